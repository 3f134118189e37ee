package verify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tightrope/pkg/verify/outcome"
)

// Part is the folder of a verification of consecutive images of a set.
type Part struct {
	Dir   string
	First int // index in the set of its first image
}

// Merge adds the decisions of parts, with their certificates, to the verification in dir. Images that it has decided
// already are left out, so that an interrupted Merge is simply repeated. It trusts nothing and proves nothing: the
// [Cascade] in dir that takes the decisions over checks every certificate again.
func Merge(dir string, parts []Part) error {
	l, held, err := openLedger(dir)
	if err != nil {
		return err
	}
	known := map[int]bool{}
	for _, d := range held {
		known[d.Index] = true
	}
	for _, p := range parts {
		if err = p.addTo(l, known); err != nil {
			break
		}
	}
	return errors.Join(err, l.sync(), l.close())
}

// addTo adds what is not known yet.
func (p Part) addTo(l *ledger, known map[int]bool) error {
	decisions, err := outcome.ReadDecisions(p.Dir)
	if err != nil {
		return err
	}
	certificates, err := os.Open(filepath.Join(p.Dir, outcome.CertificatesName))
	if err != nil {
		return fmt.Errorf("no certificates at %s: %w", p.Dir, err)
	}
	defer certificates.Close()
	for _, d := range decisions {
		if known[d.Index+p.First] {
			continue
		}
		proof, err := proofOf(&d, certificates)
		if err != nil {
			return fmt.Errorf("%s, image %d: %w", p.Dir, d.Index, err)
		}
		d.Index += p.First
		d.Offset, d.Length = 0, 0
		known[d.Index] = true
		if proof != nil {
			proof.Index = d.Index
		}
		if err := l.append(&d, proof); err != nil {
			return err
		}
	}
	return nil
}
