package verify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"tightrope/pkg/record"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// errOther marks a decision or certificate that is about something else than this verification: nothing is deleted
// then.
var errOther = errors.New("is of another verification")

// trusted are the decisions of an earlier session that count: one per image, and of those certified or falsified only
// the ones whose certificate is confirmed again. The others are taken out of the folder, so that their images are
// decided again. It returns an error if the folder is about another network, ball or data set.
func (c *cascade) trusted(ctx context.Context, held []outcome.Decision) ([]outcome.Decision, error) {
	failures := make([]error, len(held))
	if err := eachPlace(ctx, c.Workers, len(held), func(i int) error {
		failures[i] = c.confirmAgain(ctx, &held[i])
		return ctx.Err()
	}); err != nil {
		c.summary.Notes = append(c.summary.Notes, fmt.Sprintf("this session ended while the %d earlier decisions were "+
			"confirmed again: the folder keeps them, and the counts above are without them", len(held)))
		return nil, err
	}
	for i, err := range failures {
		if errors.Is(err, errOther) {
			return nil, fmt.Errorf("%s: the decision on image %d %w: choose another --out, or replace it with --force",
				c.Dir, held[i].Index, err)
		}
	}
	return c.keepTrusted(held, failures)
}

// keepTrusted takes out of the folder what does not count, and what is to be decided again.
func (c *cascade) keepTrusted(held []outcome.Decision, failures []error) (kept []outcome.Decision, err error) {
	seen := make([]bool, c.set.Len())
	for i, d := range held {
		if failures[i] == nil && seen[d.Index] {
			failures[i] = errors.New("decided twice")
		}
		if failures[i] != nil {
			c.summary.Notes = append(c.summary.Notes, fmt.Sprintf("the earlier decision on image %d does not count: %v",
				d.Index, failures[i]))
			continue
		}
		seen[d.Index] = true
		if c.Again && d.Verdict == outcome.Unknown {
			continue
		}
		kept = append(kept, d)
	}
	if len(kept) == len(held) {
		return kept, nil
	}
	return kept, c.ledger.keep(kept)
}

// confirmAgain reports, by its error, whether a decision counts.
func (c *cascade) confirmAgain(ctx context.Context, d *outcome.Decision) error {
	if d.Index < 0 || d.Index >= c.set.Len() || d.Label != int(c.set.Y[d.Index]) {
		return fmt.Errorf("%w (no such image with label %d)", errOther, d.Label)
	}
	switch d.Verdict {
	case outcome.Unchecked, outcome.Unknown:
		return nil
	case outcome.Certified, outcome.Falsified:
	default:
		return fmt.Errorf("the verdict %.20q is unknown", d.Verdict)
	}
	proof, err := proofOf(d, c.ledger.certificates)
	if err != nil {
		return err
	}
	if proof == nil {
		return errors.New("it has no certificate")
	}
	same := proof.Network == c.plain.Hash && proof.Ball.Equal(c.Ball)
	if !same || !slices.Equal(proof.Input, sample64(c.set, d.Index)) {
		return fmt.Errorf("%w (its certificate has another network, ball or input)", errOther)
	}
	report, err := cert.Check(ctx, c.plain, proof)
	if err != nil {
		return err
	}
	return d.ProvedBy(proof, report)
}

// keep replaces both files by those of the decisions given, and continues at their ends.
func (l *ledger) keep(kept []outcome.Decision) error {
	dir := filepath.Join(l.dir, ".kept")
	defer os.RemoveAll(dir)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil { // a killed process left one
		return record.Explain(dir, err)
	}
	fresh, _, err := openLedger(dir)
	if err != nil {
		return err
	}
	err = errors.Join(fresh.copy(kept, l.certificates), fresh.sync(), fresh.close(), l.close())
	for _, name := range []string{outcome.CertificatesName, outcome.DecisionsName} {
		if err == nil {
			err = os.Rename(filepath.Join(dir, name), filepath.Join(l.dir, name))
		}
	}
	if err == nil {
		fresh, _, err = openLedger(l.dir)
	}
	if err == nil {
		*l = *fresh
	}
	return err
}
