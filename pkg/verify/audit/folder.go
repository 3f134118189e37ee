package audit

import (
	"context"
	"fmt"
	"slices"

	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// Folder checks the certificates of a verification's folder, and that the folder holds together: every certificate is
// about the recipe's network and ball, and is the proof of one decision; every decision certified or falsified has its
// proof; the record says what the decisions say. It returns an error if the folder cannot be read or the context
// ends; faults are in the report.
func Folder(ctx context.Context, dir string, o Options) (*Report, error) {
	o = o.withDefaults()
	f, err := openFolder(dir, &o)
	if err != nil {
		return nil, err
	}
	if err := o.stream(ctx, outcome.CertificatesFile(dir), f.count); err != nil {
		return nil, err
	}
	if o.Only == nil {
		f.complete()
		if err := f.compareRecord(); err != nil {
			return nil, err
		}
	}
	return f.report, nil
}

// folder is an audit of a folder.
type folder struct {
	*audit
	dir       string
	recipe    *outcome.Recipe
	decisions map[int]*outcome.Decision
	proved    map[int]bool // decisions whose certificate was confirmed
	clean     int          // falsified images whose point is the image itself
}

func openFolder(dir string, o *Options) (*folder, error) {
	f := &folder{audit: newAudit(o), dir: dir, decisions: map[int]*outcome.Decision{}, proved: map[int]bool{}}
	var err error
	if f.recipe, err = outcome.ReadRecipe(dir); err != nil {
		return nil, err
	}
	if err := f.expect(); err != nil {
		return nil, err
	}
	list, err := outcome.ReadDecisions(dir)
	if err != nil {
		return nil, err
	}
	f.report.Folder = &FolderReport{Samples: f.recipe.Samples}
	for i := range list {
		f.addDecision(&list[i])
	}
	return f, nil
}

// expect compares the recipe with the network, the data and the ball that were asked for, and makes its ball the one
// that all certificates must have.
func (f *folder) expect() error {
	b, err := f.recipe.Ball()
	if err != nil {
		return fmt.Errorf("the recipe of %s: %w", f.dir, err)
	}
	if f.recipe.Network != f.Network.Hash {
		return fmt.Errorf("%s is about the network %.20q with hash %.12q, this one has %.12q: give the right one "+
			"with --model",
			f.dir, f.recipe.Model, f.recipe.Network, f.Network.Hash)
	}
	if err := f.Expect.check(b); err != nil {
		return fmt.Errorf("the recipe of %s: %w", f.dir, err)
	}
	if set := f.Images; set != nil {
		if f.recipe.Samples < 1 || f.recipe.Samples > set.Len() {
			return fmt.Errorf("the recipe of %s is of %d images, %s has %d",
				f.dir, f.recipe.Samples, set.Name, set.Len())
		}
		if set.Head(f.recipe.Samples).Hash() != f.recipe.DataHash {
			return fmt.Errorf("the recipe of %s is of other images than the first %d of %s: give the right --data "+
				"and --seed",
				f.dir, f.recipe.Samples, set.Name)
		}
	}
	box := b.Box != nil
	f.Expect = Expect{Norm: &b.Norm, Eps: &b.Eps, Radii: b.Radii, Box: &box}
	return nil
}

func (f *folder) addDecision(d *outcome.Decision) {
	switch {
	case d.Index < 0 || d.Index >= f.recipe.Samples:
		f.report.fault(imageName(d.Index), "it is decided, but the recipe is of %d images", f.recipe.Samples)
		return
	case f.decisions[d.Index] != nil:
		f.report.fault(imageName(d.Index), "it is decided twice")
		return
	}
	f.decisions[d.Index] = d
	switch d.Verdict {
	case outcome.Certified, outcome.Falsified:
	case outcome.Unchecked:
		f.report.Folder.Unchecked++
	case outcome.Unknown:
		f.report.Folder.Unknown++
	default:
		f.report.fault(imageName(d.Index), "the verdict %.20q is unknown", d.Verdict)
	}
}

func imageName(i int) string { return fmt.Sprintf("image %d", i) }

// count adds a certificate, if it is the proof of a decision.
func (f *folder) count(number int, c *checked) {
	if c.err == nil {
		c.err = f.match(c)
	}
	f.audit.count(number, c)
}

func (f *folder) match(c *checked) error {
	d := f.decisions[c.proof.Index]
	if d == nil {
		return cert.Refused("no decision is about it")
	}
	if err := d.ProvedBy(c.proof, c.report); err != nil {
		return err
	}
	if f.proved[d.Index] {
		return cert.Refused("the decision has a certificate already")
	}
	f.proved[d.Index] = true
	if d.Stage == outcome.Clean {
		f.clean++
	}
	return nil
}

// complete looks for decisions without a proof and for images without a decision.
func (f *folder) complete() {
	var bare []int
	for i, d := range f.decisions {
		if (d.Verdict == outcome.Certified || d.Verdict == outcome.Falsified) && !f.proved[i] {
			bare = append(bare, i)
		}
	}
	slices.Sort(bare)
	for _, i := range bare {
		f.report.fault(imageName(i), "the decision says %s, but no certificate proves it", f.decisions[i].Verdict)
	}
	f.report.Folder.Missing = f.recipe.Samples - len(f.decisions)
}
