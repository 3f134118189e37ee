package outcome

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tightrope/pkg/internal/strictjson"
	"tightrope/pkg/record"
)

// The files of a verification's folder beside those of every run.
const (
	DecisionsName    = "decisions.jsonl"
	CertificatesName = "certificates.jsonl"
)

// ReadDecisions reads the decisions of a verification's folder, in the order in which they were made. A last line that
// is still being written is left out. It returns an error if there are none, and for a damaged line.
func ReadDecisions(dir string) (held []Decision, err error) {
	path := filepath.Join(dir, DecisionsName)
	err = record.ReadJournal(path, func(line []byte) (bool, error) {
		var d Decision
		err := strictjson.Unmarshal(line, &d)
		held = append(held, d)
		return true, err
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no decisions at %s: give the folder of a verification", path)
	}
	if err != nil {
		return nil, err
	}
	return held, nil
}

// CertificatesFile is the file of certificates in a verification's folder; the path of a file stays as it is.
func CertificatesFile(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, CertificatesName)
	}
	return path
}
