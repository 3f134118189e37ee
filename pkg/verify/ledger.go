package verify

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"tightrope/pkg/internal/strictjson"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// ledger keeps decisions and certificates in two files that only grow: a line of certificates.jsonl is written before
// the line of decisions.jsonl that points to it, so that a process that is killed at any moment leaves at most a line
// without a pointer or a piece of a line, and both are cut off when the ledger is opened again. Without a folder it
// keeps nothing.
type ledger struct {
	lock         sync.Mutex
	decisions    *os.File
	certificates *os.File
	end          int64 // of certificates
}

// openLedger opens or makes the files in a folder (empty: none) and returns the decisions that they hold.
func openLedger(dir string) (*ledger, []outcome.Decision, error) {
	if dir == "" {
		return &ledger{}, nil, nil
	}
	l := &ledger{}
	var err error
	if l.decisions, err = openGrowing(filepath.Join(dir, outcome.DecisionsName)); err != nil {
		return nil, nil, err
	}
	if l.certificates, err = openGrowing(filepath.Join(dir, outcome.CertificatesName)); err != nil {
		l.decisions.Close()
		return nil, nil, err
	}
	held, err := l.recover()
	if err != nil {
		l.close()
		return nil, nil, err
	}
	return l, held, nil
}

func openGrowing(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w: choose another --out", path, err)
	}
	return f, nil
}

// recover reads the decisions whose certificates are there and cuts off what follows.
func (l *ledger) recover() ([]outcome.Decision, error) {
	info, err := l.certificates.Stat()
	if err != nil {
		return nil, err
	}
	var held []outcome.Decision
	good, reader := int64(0), bufio.NewReader(l.decisions)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("cannot read %s: %w", l.decisions.Name(), err)
		}
		if err != nil {
			break // the end, or a line that was being written
		}
		var d outcome.Decision
		if err := strictjson.Unmarshal(line, &d); err != nil || d.Offset < 0 || d.Length < 0 {
			return nil, fmt.Errorf("%s is damaged behind %d decisions (%v): restore it, or verify again with --force",
				l.decisions.Name(), len(held), err)
		}
		if d.Offset > info.Size()-d.Length {
			break // its certificate did not reach the disk
		}
		held = append(held, d)
		good += int64(len(line))
		l.end = max(l.end, d.Offset+d.Length)
	}
	if err := rewind(l.decisions, good); err != nil {
		return nil, err
	}
	return held, rewind(l.certificates, l.end)
}

// rewind cuts a file off and goes to its end.
func rewind(f *os.File, size int64) error {
	if err := f.Truncate(size); err != nil {
		return fmt.Errorf("cannot cut %s: %w", f.Name(), err)
	}
	_, err := f.Seek(size, io.SeekStart)
	return err
}

// append adds a decision and, where there is one, its certificate.
func (l *ledger) append(d *outcome.Decision, c *cert.Certificate) error {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.decisions == nil {
		return nil
	}
	if c != nil {
		line, err := json.Marshal(c)
		if err != nil {
			return err
		}
		if err := write(l.certificates, line); err != nil {
			return err
		}
		d.Offset, d.Length = l.end, int64(len(line))+1
		l.end += d.Length
	}
	line, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return write(l.decisions, line)
}

// write adds a line in one call. After a failure the file is in doubt and must not be written again; opening it cuts
// the piece off.
func write(f *os.File, line []byte) error {
	if _, err := f.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("cannot write %s: %w: free some space, then go on with --resume", f.Name(), err)
	}
	return nil
}

// sync puts everything on the disk, certificates first.
func (l *ledger) sync() error {
	if l.decisions == nil {
		return nil
	}
	return errors.Join(l.certificates.Sync(), l.decisions.Sync())
}

func (l *ledger) close() error {
	if l.decisions == nil {
		return nil
	}
	return errors.Join(l.certificates.Close(), l.decisions.Close())
}
