package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"tightrope/pkg/record"
	"tightrope/pkg/verify/outcome"
)

// OpenFolder makes or opens the folder of a verification, locked against other processes. Decisions that it holds are
// an error (Refuse), taken over (Resume) or deleted with their certificates (Replace). A folder without any decision
// and without a [Job] holds no verification.
func OpenFolder(dir string, existing record.Existing) (*record.Run, error) {
	files := []string{outcome.DecisionsName, outcome.CertificatesName, outcome.SessionsName, laddersFile}
	run, err := record.Create(dir, existing, append(files, filepath.Join(partsFolder, jobPrefix+"*"))...)
	if err != nil {
		return nil, err
	}
	if existing != record.Replace {
		return run, nil
	}
	for _, name := range append(files, partsFolder) {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			run.Close()
			return nil, fmt.Errorf("cannot replace the verification in %s: %w", dir, err)
		}
	}
	return run, nil
}

// Record is the summary as a result record: the certified error counts every image without a checked proof. Times and
// images reached are those of the summary's session and of the earlier ones; a killed session left none.
func Record(s *outcome.Summary, name string, o CascadeOptions, earlier ...outcome.Session) *record.Record {
	r := record.New(name, record.Verify)
	now := s.Session()
	r.Started = now.Started
	if len(earlier) > 0 {
		r.Started = earlier[0].Started
	}
	r.Work = outcome.WorkOf(append(slices.Clone(earlier), *now))
	total := *s
	total.Stages = slices.Clone(s.Stages)
	total.AddSessions(earlier)
	r.Results = map[string]record.SplitResult{record.Test: s.Result(o.Ball, o.Until.End())}
	r.WallSeconds = total.Seconds
	r.Notes = append(r.Notes, s.RobustNote())
	for _, c := range total.Stages {
		r.Notes = append(r.Notes, c.Note())
	}
	return r
}
