package data

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
)

// Options says where data sets lie and how many samples are held out. The zero value is the usual choice.
type Options struct {
	Dir        string // folder that holds a subfolder for each data set; default: DefaultDir
	Seed       uint64 // draws the held-out samples
	Validation int    // training samples held out; 0: 5,000 (digits: 200; own data: a tenth); -1: none
	Whole      bool   // of a user's own data that are not divided, all samples are for testing, and none for training
}

// pixels are images and labels as bytes, before scaling.
type pixels struct {
	x [][]byte // [samples][channels * height * width]
	y []byte   // [samples]
}

// Load reads a data set by name (see Names), verifies size and checksum of every file, and splits it. The test set is
// the official one and does not depend on Seed; only digits, which have none, hold out 400 test samples by Seed:
// evaluate a network there with the Seed that it was trained with. Missing and damaged files are errors that name the
// remedy (ErrMissing, ErrDamaged).
//
// A path instead of a name (see [IsPath]) reads a user's own data: a folder with one subfolder of images for each
// class, a pair of NumPy or IDX files (images and labels, by their names), or a CSV file with a label in each row; a
// folder may divide them into train and test, as subfolders or in the names of its files. Data that are not divided
// hold out a fifth for testing by Seed, unless Whole. If data could be read in several ways, the Notes of the splits
// say which was chosen.
func Load(name string, opts Options) (*Splits, error) {
	if IsPath(name) {
		o, err := openOwn(name)
		if err != nil {
			return nil, err
		}
		return o.splits(name, opts)
	}
	c, err := lookup(name)
	if err != nil {
		return nil, err
	}
	contents, err := c.contents(opts.Dir)
	if err != nil {
		return nil, err
	}
	train, test, err := c.read(contents)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	sizes := []int{holdout(opts.Validation, c.validation)}
	if c.draws {
		sizes = append([]int{digitsTest}, sizes...)
	}
	parts, err := partition(name, len(train.x), opts.Seed, sizes...)
	if err != nil {
		return nil, err
	}
	return c.splits(train, test, parts, opts.Seed)
}

// splits turns bytes into sets. parts lists training samples for [test,] validation and training.
func (c *catalogued) splits(train, test pixels, parts [][]int, seed uint64) (*Splits, error) {
	s := &Splits{Name: c.name, Seed: seed, Hash: c.hash()}
	if !c.draws {
		s.Test = c.newSet(test, nil)
	} else {
		s.Test, parts = c.newSet(train, parts[0]), parts[1:]
	}
	s.Validation, s.Train = c.newSet(train, parts[0]), c.newSet(train, parts[1])
	for _, set := range []*Set{s.Train, s.Validation, s.Test} {
		// bytes are always inside the box
		if err := errors.Join(set.validateShape(), set.validateLabels()); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// newSet scales the samples with these indices (nil: all).
func (c *catalogued) newSet(p pixels, indices []int) *Set {
	if indices == nil {
		indices = make([]int, len(p.x))
		for i := range indices {
			indices[i] = i
		}
	}
	var scale [256]float32
	for b := range scale {
		scale[b] = float32(b) / c.divide
	}
	set := &Set{Name: c.name, Shape: c.shape, Classes: len(c.classNames), ClassNames: c.classNames, Upper: 1}
	set.X, set.Y = make([]float32, len(indices)*set.Dim()), make([]int32, len(indices))
	for k, i := range indices {
		set.Y[k] = int32(p.y[i])
		out := set.Sample(k)
		for j, b := range p.x[i] {
			out[j] = scale[b]
		}
	}
	return set
}

// hash is the SHA-256 of the list of files and their checksums. It stands for the verified content.
func (c *catalogued) hash() string {
	h := sha256.New()
	for _, f := range c.files {
		fmt.Fprintf(h, "%s %d %s\n", f.name, f.size, f.md5)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// contents reads and verifies all files of the set; dir is the folder of all sets.
func (c *catalogued) contents(dir string) (map[string][]byte, error) {
	if c.embedded != nil {
		return c.unpackEmbedded()
	}
	dir, err := dirOrDefault(dir)
	if err != nil {
		return nil, err
	}
	contents := map[string][]byte{}
	for _, f := range c.files {
		b, err := f.readChecked(filepath.Join(dir, c.name))
		if err != nil {
			return nil, c.withRemedy(dir, err)
		}
		contents[f.name] = b
	}
	return contents, nil
}

func (c *catalogued) unpackEmbedded() (map[string][]byte, error) {
	contents := map[string][]byte{}
	for _, f := range c.files {
		b, err := gunzip(c.embedded[f.name])
		if err == nil {
			err = f.verifyBytes(f.name, b)
		}
		if err != nil {
			return nil, fmt.Errorf("embedded %s: %w: restore datasets/ of the repository", c.name, err)
		}
		contents[f.name] = b
	}
	return contents, nil
}

// withRemedy tells a user what to do about a missing or damaged file.
func (c *catalogued) withRemedy(dir string, err error) error {
	switch {
	case errors.Is(err, ErrMissing):
		return &kindError{ErrMissing, fmt.Sprintf("%s is not in %s: run `tightrope data fetch %s`, or `tightrope "+
			"data fetch %s --from DIR` with files from elsewhere",
			c.name, filepath.Join(dir, c.name), c.name, c.name)}
	case errors.Is(err, ErrDamaged):
		return damaged("%s: run `tightrope data fetch %s`, which sets the file aside and fetches a good one", err,
			c.name)
	}
	return err
}
