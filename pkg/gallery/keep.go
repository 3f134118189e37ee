package gallery

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tightrope/pkg/record"
)

// keeper keeps the records of a folder of figures in it.
type keeper struct {
	dir   string
	homes map[string]string // the paths of the records that are among the folder's results, by hash
}

func newKeeper(dir string, records []*record.Record) keeper {
	k := keeper{dir: dir, homes: map[string]string{}}
	for _, r := range records {
		if _, twice := k.homes[r.Hash]; !twice && isResult(dir, r.Path) {
			k.homes[r.Hash] = r.Path
		}
	}
	return k
}

// isResult reports whether a later run finds the record at this path among the results of dir.
func isResult(dir, path string) bool {
	inside, ok := within(dir, path)
	return ok && slices.ContainsFunc(record.Results("."), func(pattern string) bool {
		match, err := filepath.Match(pattern, inside)
		return err == nil && match
	})
}

// within is a path as seen from a folder; not ok: it is not in it.
func within(dir, path string) (inside string, ok bool) {
	from, err := filepath.Abs(dir)
	if err != nil || path == "" {
		return "", false
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return "", false
	}
	inside, err = filepath.Rel(from, to)
	return inside, err == nil && filepath.IsLocal(inside)
}

// keep sees to it that every record is in the folder once: among its results if it is there, else as a copy, byte by
// byte so that hashes stay. Records that were never in a file are written. Their paths become those in the folder.
func (k keeper) keep(records []*record.Record) error {
	for _, r := range records {
		if err := k.keepOne(r); err != nil {
			return err
		}
	}
	return nil
}

func (k keeper) keepOne(r *record.Record) error {
	if r.Path == "" {
		path := filepath.Join(k.dir, record.CopyFolder, "."+slug(r.Name)+".json")
		if err := r.Write(path); err != nil {
			return err
		}
		if err := os.Rename(path, copyPath(k.dir, r)); err != nil {
			return err
		}
		r.Path = copyPath(k.dir, r)
		return nil
	}
	if home, ok := k.homes[r.Hash]; ok {
		r.Path = home
		if err := os.Remove(copyPath(k.dir, r)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if k.isCopy(r) {
		return nil
	}
	content, err := os.ReadFile(r.Path)
	if err != nil {
		return err
	}
	r.Path = copyPath(k.dir, r)
	return record.WriteAtomic(r.Path, content)
}

// remove deletes the copies of records that others have superseded.
func (k keeper) remove(superseded []*record.Record) error {
	for _, r := range superseded {
		if r.Path == "" || !k.isCopy(r) {
			continue
		}
		if err := os.Remove(r.Path); err != nil {
			return err
		}
	}
	return nil
}

// isCopy reports whether a record was read from the folder's own copy.
func (k keeper) isCopy(r *record.Record) bool {
	return filepath.Clean(r.Path) == filepath.Clean(copyPath(k.dir, r))
}

// copyPath is where a folder has its copy of a record.
func copyPath(dir string, r *record.Record) string {
	return filepath.Join(dir, record.CopyFolder, slug(r.Name)+"-"+r.Hash[:12]+".json")
}

// slug is a name that is fit for a file.
func slug(name string) string {
	return strings.Trim(strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-':
			return c
		}
		return '-'
	}, strings.NewReplacer(": ", "-", " (", "-").Replace(name)), "-")
}
