package verify

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"tightrope/pkg/internal/strictjson"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// ledger keeps decisions and certificates in two journals: the line of a certificate is written before that of the
// decision that points to it, so that a process that is killed at any moment leaves at most a certificate without a
// decision, which is cut off when the ledger is opened again. It is not safe for concurrent use.
type ledger struct {
	dir                     string
	decisions, certificates *record.Journal
}

// openLedger opens or makes the files in a folder (empty: none) and returns the decisions that they hold. It returns an
// error for a damaged line, and then changes nothing.
func openLedger(dir string) (*ledger, []outcome.Decision, error) {
	if dir == "" {
		return &ledger{decisions: &record.Journal{}, certificates: &record.Journal{}}, nil, nil
	}
	proofs, err := record.OpenJournal(filepath.Join(dir, outcome.CertificatesName), nil)
	if err != nil {
		return nil, nil, err
	}
	var held []outcome.Decision
	end := int64(0) // of the certificates that decisions point to
	decisions, err := record.OpenJournal(filepath.Join(dir, outcome.DecisionsName), func(line []byte) (bool, error) {
		var d outcome.Decision
		if err := strictjson.Unmarshal(line, &d); err != nil {
			return false, err
		}
		if d.Offset < 0 || d.Length < 0 {
			return false, fmt.Errorf("a certificate at byte %d with %d bytes", d.Offset, d.Length)
		}
		if d.Offset > proofs.Size()-d.Length {
			return false, nil // its certificate did not reach the disk
		}
		held, end = append(held, d), max(end, d.Offset+d.Length)
		return true, nil
	})
	if err != nil {
		return nil, nil, errors.Join(err, proofs.Close())
	}
	l := &ledger{dir, decisions, proofs}
	if err := proofs.Cut(end); err != nil {
		return nil, nil, errors.Join(err, l.close())
	}
	return l, held, nil
}

// append adds a decision and, where there is one, its certificate.
func (l *ledger) append(d *outcome.Decision, c *cert.Certificate) (err error) {
	if c != nil {
		if d.Offset, d.Length, err = l.certificates.Append(c); err != nil {
			return err
		}
	}
	_, _, err = l.decisions.Append(d)
	return err
}

// copy adds decisions whose certificates stand elsewhere.
func (l *ledger) copy(decisions []outcome.Decision, certificates io.ReaderAt) error {
	for _, d := range decisions {
		c, err := proofOf(&d, certificates)
		if err != nil {
			return fmt.Errorf("image %d: %w", d.Index, err)
		}
		if d.Offset, d.Length = 0, 0; c != nil {
			c.Index = d.Index
		}
		if err := l.append(&d, c); err != nil {
			return err
		}
	}
	return nil
}

// proofOf reads the certificate of a decision; nil if it has none.
func proofOf(d *outcome.Decision, certificates io.ReaderAt) (*cert.Certificate, error) {
	if d.Length == 0 {
		return nil, nil
	}
	if d.Offset < 0 || d.Length < 0 || d.Length > cert.MaxLine {
		return nil, fmt.Errorf("its certificate cannot be at byte %d with %d bytes", d.Offset, d.Length)
	}
	line := make([]byte, d.Length)
	if _, err := io.ReadFull(io.NewSectionReader(certificates, d.Offset, d.Length), line); err != nil {
		return nil, fmt.Errorf("its certificate is missing: %w", err)
	}
	c, err := cert.Decode(line)
	if err != nil {
		return nil, fmt.Errorf("its certificate is damaged: %w", err)
	}
	return c, nil
}

// sync puts everything on the disk, certificates first.
func (l *ledger) sync() error { return errors.Join(l.certificates.Sync(), l.decisions.Sync()) }

func (l *ledger) close() error { return errors.Join(l.certificates.Close(), l.decisions.Close()) }
