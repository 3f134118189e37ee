package data

import (
	"errors"
	"os"
	"path/filepath"
)

// Status is the state of one data set on this machine.
type Status struct {
	Name, Title string
	Present     bool     // all files are there, with the right size and checksum
	Files       []string // the files that are there, right or wrong
	Bytes       int64    // of these files
	Size        int64    // bytes of all files of the set, decompressed
	// the first file that is damaged or cannot be read, and why; "" if the set is present or simply absent
	Problem         string
	Licence, Source string
}

// List verifies every known data set under dir (default: DefaultDir). It returns an error if the default folder
// cannot be found.
func List(dir string) ([]Status, error) {
	dir, err := dirOrDefault(dir)
	if err != nil {
		return nil, err
	}
	list := make([]Status, len(catalog))
	for i, c := range catalog {
		list[i] = c.status(filepath.Join(dir, c.name))
	}
	return list, nil
}

func (c *catalogued) status(dir string) Status {
	s := Status{Name: c.name, Title: c.title, Licence: c.licence, Source: c.source, Present: true,
		Size: totalBytes(c.files)}
	if c.embedded != nil {
		s.Files, s.Bytes = []string{"embedded"}, totalBytes(c.files)
		return s
	}
	for _, f := range c.files {
		if info, err := os.Stat(filepath.Join(dir, f.name)); err == nil {
			s.Files, s.Bytes = append(s.Files, f.name), s.Bytes+info.Size()
		}
		err := f.check(dir)
		s.Present = s.Present && err == nil
		if err != nil && !errors.Is(err, ErrMissing) && s.Problem == "" {
			s.Problem = err.Error()
		}
	}
	if !s.Present && len(s.Files) > 0 && s.Problem == "" {
		s.Problem = "incomplete: some of its files are missing"
	}
	return s
}
