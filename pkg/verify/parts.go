package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/compute"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/queue"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/outcome"
)

// part is a job's verification of the images from first up to, but without, end.
type part struct {
	dir        string
	first, end int
}

// manyParts is how many parts a large set has: enough for many workers, few against the time that each takes to
// compile.
const manyParts = 32

// parts splits the images. It does not depend on the workers, so that their number may change when a verification
// continues.
func (j *Job) parts(dir string) (all []part) {
	images := j.Recipe.Samples
	size := max(1, (images+manyParts-1)/manyParts)
	for from := 0; from < images; from += size {
		end := min(from+size, images)
		all = append(all, part{filepath.Join(dir, partsFolder, fmt.Sprintf("images-%06d-%06d", from, end)), from, end})
	}
	return all
}

// summaryFile keeps what the stages of a part did.
const summaryFile = "summary.json"

// work verifies a part, whose images are given, in its folder, or continues it. The record that it writes last marks
// the part as done.
func (j *Job) work(ctx context.Context, c *queue.Claim, p part, b compute.Backend, n *net.Network,
	set *data.Set) error {
	folder, err := OpenFolder(p.dir, record.Resume)
	if err != nil {
		return err
	}
	defer folder.Close()
	recipe := j.Recipe
	recipe.Samples, recipe.DataHash = set.Len(), set.Hash()
	if err := folder.SetRecipe(recipe); err != nil {
		return err
	}
	o := j.Options
	o.Dir = p.dir
	o.Progress = func(s *outcome.Summary) {
		c.Report(fmt.Sprintf("%d of %d images: certified %d falsified %d unchecked %d unknown %d", s.Done(), s.Samples,
			s.Certified, s.Falsified, s.Unchecked, s.Unknown), true)
	}
	s, err := Cascade(ctx, b, n, set, o)
	if err != nil {
		return err
	}
	content, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := record.WriteAtomic(filepath.Join(p.dir, summaryFile), content); err != nil {
		return err
	}
	return folder.Finish(Record(s, n.Name, o))
}

// Merge adds the decisions of all parts, with their certificates, to the verification in dir, and returns what their
// stages did. Images that are already decided there are skipped: repeat an interrupted Merge. Merge checks no
// certificates: the [Cascade] in dir that uses the decisions checks every one again. It returns an error if a part is
// incomplete.
func (j *Job) Merge(dir string) (*outcome.Summary, error) {
	l, held, err := openLedger(dir)
	if err != nil {
		return nil, err
	}
	known := map[int]bool{}
	for _, d := range held {
		known[d.Index] = true
	}
	work := &outcome.Summary{}
	for _, p := range j.parts(dir) {
		if err = errors.Join(p.addWork(work), p.addTo(l, known)); err != nil {
			err = fmt.Errorf("part %s is incomplete: %w: continue with --resume", filepath.Base(p.dir), err)
			break
		}
	}
	return work, errors.Join(err, l.sync(), l.close())
}

// addWork adds what the stages did.
func (p part) addWork(total *outcome.Summary) error {
	content, err := os.ReadFile(filepath.Join(p.dir, summaryFile))
	if err != nil {
		return err
	}
	var s outcome.Summary
	if err := json.Unmarshal(content, &s); err != nil {
		return fmt.Errorf("its %s is damaged (%w): delete its folder", summaryFile, err)
	}
	total.AddWork(&s)
	total.Certified += s.Certified
	total.Falsified += s.Falsified
	total.Unchecked += s.Unchecked
	total.Unknown += s.Unknown
	return nil
}

// addTo adds what is not known yet.
func (p part) addTo(l *ledger, known map[int]bool) error {
	decisions, err := outcome.ReadDecisions(p.dir)
	if err != nil {
		return err
	}
	certificates, err := os.Open(filepath.Join(p.dir, outcome.CertificatesName))
	if err != nil {
		return err
	}
	defer certificates.Close()
	var fresh []outcome.Decision
	for _, d := range decisions {
		if d.Index += p.first; !known[d.Index] {
			known[d.Index], fresh = true, append(fresh, d)
		}
	}
	return l.copy(fresh, certificates)
}
