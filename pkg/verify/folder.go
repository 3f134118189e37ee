package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tightrope/pkg/record"
	"tightrope/pkg/verify/outcome"
)

// OpenFolder makes or opens the folder of a verification, locked against other processes. Decisions that it holds are
// an error (Refuse), taken over (Resume) or deleted with their certificates (Replace). A folder without any decision
// and without a [Job] holds no verification.
func OpenFolder(dir string, existing record.Existing) (*record.Run, error) {
	files := []string{outcome.DecisionsName, outcome.CertificatesName, laddersFile}
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

// Record is the summary as a result record: the certified error counts every image without a checked proof.
func Record(s *outcome.Summary, name string, o CascadeOptions) *record.Record {
	r := record.New(name, record.Verify)
	r.Results = map[string]record.SplitResult{record.Test: s.Result(o.Ball, o.Until.End())}
	r.WallSeconds = s.Seconds
	r.Started = time.Now().Add(-time.Duration(s.Seconds * float64(time.Second))).UTC()
	r.Notes = append(r.Notes, s.RobustNote())
	for _, c := range s.Stages {
		r.Notes = append(r.Notes, c.Note())
	}
	return r
}
