package data

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// IsPath reports whether a data set's name is the path of a user's own data: it holds a separator or an ending that
// Load reads, or names something that exists and no data set of the catalogue.
func IsPath(name string) bool {
	if slices.Contains(Names(), name) || name == "" {
		return false
	}
	if strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator) || formatOf(name) != nil {
		return true
	}
	_, err := os.Stat(name)
	return err == nil
}

// Same reports whether two names, or paths of a user's own data, are of one data set: the spelling of a path does not
// matter.
func Same(a, b string) bool {
	if a == b || !IsPath(a) || !IsPath(b) {
		return a == b
	}
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// own is a user's own data as it lies on disk: all samples, or those for training and for testing, and maybe those for
// validation.
type own struct {
	all, train, validation, test *Set
	notes                        []string
}

// ownSets remember what was read, by path: Shape and Load ask for it in turn.
var ownSets sync.Map // string -> *own

// openOwn reads the data that lie at a path, once.
func openOwn(path string) (*own, error) {
	if known, ok := ownSets.Load(path); ok {
		return known.(*own), nil
	}
	o, err := readOwn(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("your data at %s: %w", path, err)
	}
	for _, set := range o.sets() {
		set.Name = path
		o.notes = append(o.notes, set.doubts()...)
	}
	ownSets.Store(path, o)
	return o, nil
}

// readOwn tells the forms of data apart: a file, a folder of classes, or a folder of files.
func readOwn(path string) (*own, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: give a folder or a file, or one of the data sets %s", err,
			strings.Join(Names(), ", "))
	}
	if !info.IsDir() {
		return readOwnFile(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, e := range entries {
		folder := filepath.Join(path, e.Name())
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			folders = append(folders, folder)
		}
	}
	p := partsOf(folders)
	if len(p.test) == 0 && len(p.train) == 0 {
		return readOwnFolder(path)
	}
	return p.read(path, func(_ string, folders []string) (*own, error) {
		if len(folders) != 1 {
			return nil, fmt.Errorf("%s: look like one part of the data: leave one", strings.Join(folders, " and "))
		}
		return readOwnFolder(folders[0])
	})
}

// sets are those that were read.
func (o *own) sets() (sets []*Set) {
	for _, set := range []*Set{o.all, o.train, o.validation, o.test} {
		if set != nil {
			sets = append(sets, set)
		}
	}
	return sets
}

// any is a set of the data, for what all have in common.
func (o *own) any() *Set { return o.sets()[0] }

// splits divides the data as [Load] says.
func (o *own) splits(path string, opts Options) (s *Splits, err error) {
	switch {
	case o.test != nil:
		s, err = o.official(path, opts)
	case opts.Whole:
		none := o.all.Head(0)
		s = &Splits{Train: none, Validation: none, Test: o.all, Hash: o.all.Hash()}
	default:
		s, err = Split(o.all, SplitOptions{Seed: opts.Seed, Validation: opts.Validation})
	}
	if err != nil {
		return nil, err
	}
	s.Name, s.Seed, s.Notes = path, opts.Seed, o.notes
	return s, nil
}

// official keeps the samples that the user set apart, and draws those for validation, if there are none, from those for
// training.
func (o *own) official(path string, opts Options) (*Splits, error) {
	if o.validation != nil {
		return &Splits{Train: o.train, Validation: o.validation, Test: o.test, Hash: o.hash()}, nil
	}
	n := o.train.Len()
	parts, err := partition(path, n, opts.Seed, holdout(opts.Validation, n/10))
	if err != nil {
		return nil, err
	}
	return &Splits{
		Test: o.test, Validation: o.train.Subset(parts[0]), Train: o.train.Subset(parts[1]), Hash: o.hash(),
	}, nil
}

// hash is that of all samples in turn, as of one set.
func (o *own) hash() string {
	whole := o.any().Head(0)
	for _, set := range o.sets() {
		whole = whole.like(slices.Concat(whole.X, set.X), slices.Concat(whole.Y, set.Y))
	}
	return whole.Hash()
}

// doubts are what a user may not have meant: classes without a sample.
func (s *Set) doubts() (notes []string) {
	var empty []string
	for class, count := range s.Histogram() {
		if count == 0 {
			empty = append(empty, s.className(class))
		}
	}
	if len(empty) > 0 {
		notes = append(notes, fmt.Sprintf("no sample of class %s among the %d of %s: labels count from 0",
			strings.Join(empty, ", "), s.Len(), s.Name))
	}
	return notes
}

// className is a class's name, or its number.
func (s *Set) className(class int) string {
	if len(s.ClassNames) > 0 {
		return s.ClassNames[class]
	}
	return fmt.Sprint(class)
}
