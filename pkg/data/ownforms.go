package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// format reads arrays of one kind of file.
type format struct {
	name    string
	endings []string
	parse   func([]byte) (array, error)
}

// formats are the files of arrays that [Load] reads; each may be gzipped.
var formats = []*format{
	{"NumPy", []string{".npy"}, parseNPY},
	{"IDX", []string{".idx", "-ubyte", ".idx1", ".idx3", "idx1-ubyte", "idx3-ubyte"}, parseIDX},
	{"CSV", []string{".csv"}, nil},
}

// formatOf is the format that a file's name tells, nil for none.
func formatOf(path string) *format {
	name := strings.TrimSuffix(strings.ToLower(path), ".gz")
	for _, f := range formats {
		if slices.ContainsFunc(f.endings, func(ending string) bool { return strings.HasSuffix(name, ending) }) {
			return f
		}
	}
	return nil
}

// Names of folders, or beginnings and ends of the names of files, that hold a part of the data, or labels.
var (
	trainNames      = regexp.MustCompile(`(?i)(^|[._-])(train|training)([._-]|$)`)
	validationNames = regexp.MustCompile(`(?i)(^|[._-])(val|valid|validation|dev)([._-]|$)`)
	testNames       = regexp.MustCompile(`(?i)(^|[._-])(test|testing|t10k)([._-]|$)`)
	labelNames      = regexp.MustCompile(`(?i)(^|[._-])(labels?|targets?|classes|y)([._-]|$)`)
)

// parts are paths by the part of the data that their names tell.
type parts struct{ train, validation, test, rest []string }

// partsOf sorts paths. Where nothing is named test, validation is.
func partsOf(paths []string) (p parts) {
	for _, path := range paths {
		switch name := filepath.Base(path); {
		case trainNames.MatchString(name):
			p.train = append(p.train, path)
		case validationNames.MatchString(name):
			p.validation = append(p.validation, path)
		case testNames.MatchString(name):
			p.test = append(p.test, path)
		default:
			p.rest = append(p.rest, path)
		}
	}
	if len(p.test) == 0 {
		p.test, p.validation = p.validation, nil
	}
	return p
}

// read reads each part by f and makes one description of them.
func (p parts) read(dir string, f func(dir string, paths []string) (*own, error)) (*own, error) {
	if len(p.train) == 0 || len(p.test) == 0 || len(p.rest) > 0 {
		return nil, fmt.Errorf("%s: cannot tell what is for training and what for testing: name both, as in "+
			"train and test, or train-images.npy, train-labels.npy, test-images.npy, test-labels.npy, and leave "+
			"nothing else there", dir)
	}
	o := &own{}
	for _, part := range []struct {
		paths []string
		set   **Set
	}{{p.train, &o.train}, {p.test, &o.test}, {p.validation, &o.validation}} {
		if len(part.paths) == 0 {
			continue
		}
		read, err := f(dir, part.paths)
		if err != nil {
			return nil, err
		}
		if read.all == nil {
			return nil, fmt.Errorf("%s is divided into parts itself: give its path", strings.Join(part.paths, ", "))
		}
		*part.set = read.all
		o.notes = append(o.notes, read.notes...)
	}
	return o, o.agree()
}

// agree checks that all parts have one shape and the same classes.
func (o *own) agree() error {
	classes := 0
	for _, set := range o.sets() {
		if !slices.Equal(o.train.Shape, set.Shape) {
			return fmt.Errorf("the samples for training have shape %v, others %v: make them one shape",
				o.train.Shape, set.Shape)
		}
		if !slices.Equal(o.train.ClassNames, set.ClassNames) {
			return fmt.Errorf("the classes for training are %q, others %q: give all parts the same folders, an empty "+
				"one where there is no image", o.train.ClassNames, set.ClassNames)
		}
		classes = max(classes, set.Classes)
	}
	for _, set := range o.sets() {
		set.Classes = classes
	}
	return nil
}

// readOwnFolder reads a folder: files of arrays where there are any, else a subfolder of images for each class.
func readOwnFolder(dir string) (*own, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && formatOf(e.Name()) != nil && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	if len(files) > 0 {
		return readOwnFiles(dir, files)
	}
	set, err := LoadFolder(dir, ImportOptions{})
	if err != nil {
		return nil, err
	}
	return &own{all: set}, nil
}

// readOwnFiles reads the files of arrays of a folder: images and labels, for training and testing or for all.
func readOwnFiles(dir string, files []string) (*own, error) {
	p := partsOf(files)
	if len(p.train) == 0 && len(p.test) == 0 {
		return readOwnArrays(dir, p.rest)
	}
	return p.read(dir, readOwnArrays)
}

// readOwnArrays reads one file with labels in it, or one of images and one of labels.
func readOwnArrays(dir string, files []string) (*own, error) {
	switch len(files) {
	case 1:
		return readOwnFile(files[0])
	case 2:
		labels := slices.IndexFunc(files, func(f string) bool { return labelNames.MatchString(filepath.Base(f)) })
		images := 1 - labels
		if labels < 0 || labelNames.MatchString(filepath.Base(files[images])) {
			return nil, fmt.Errorf("cannot tell which of %s and %s holds the labels: name it labels, as in labels.npy",
				filepath.Base(files[0]), filepath.Base(files[1]))
		}
		return readOwnPair(files[images], files[labels])
	}
	return nil, fmt.Errorf("%s holds %d files of arrays for one part of the data: leave one of images and one of labels",
		dir, len(files))
}

// readOwnFile reads a CSV file, or the pair that a file of images or labels belongs to.
func readOwnFile(path string) (*own, error) {
	f := formatOf(path)
	if f == nil {
		return nil, fmt.Errorf("the form of this file is not known: give an .npy, IDX or .csv file (also .gz), or a " +
			"folder with one subfolder of images for each class")
	}
	if f.parse == nil {
		return readCSV(path)
	}
	other, err := partnerOf(path)
	if err != nil {
		return nil, err
	}
	if labelNames.MatchString(filepath.Base(path)) {
		return readOwnPair(other, path)
	}
	return readOwnPair(path, other)
}

// partnerOf finds the one other file beside a file of arrays whose name makes it its labels or images.
func partnerOf(path string) (string, error) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil {
		return "", err
	}
	isLabels := labelNames.MatchString(filepath.Base(path))
	var found []string
	for _, file := range files {
		name := filepath.Base(file)
		if formatOf(name) == formatOf(path) && labelNames.MatchString(name) != isLabels &&
			partOf(name) == partOf(filepath.Base(path)) {
			found = append(found, file)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("found %d files beside it that may be its labels or images, want one: keep images.npy "+
			"and labels.npy in a folder of their own, and give the folder", len(found))
	}
	return found[0], nil
}

// partOf is the part of the data that a name tells.
func partOf(name string) [3]bool {
	return [3]bool{trainNames.MatchString(name), validationNames.MatchString(name), testNames.MatchString(name)}
}

// errPair says that a pair of files mixes formats.
var errPair = errors.New("images and labels must be files of one form, both .npy or both IDX")

// readOwnPair reads images and labels; where the axes of channels and of 8-bit values are unusual, it says how it read
// them.
func readOwnPair(images, labels string) (*own, error) {
	f := formatOf(images)
	if f == nil || f != formatOf(labels) || f.parse == nil {
		return nil, errPair
	}
	x, err := parseFile(images, f.parse)
	if err != nil {
		return nil, err
	}
	var o ImportOptions
	var notes []string
	if channelsAreLast(x.shape) {
		o.ChannelsLast = true
		notes = append(notes, fmt.Sprintf("%s has shape %v: read as [samples, height, width, channels]",
			filepath.Base(images), x.shape))
	}
	if x.bytesInOtherNumbers() {
		o.Divide = 255
		notes = append(notes, fmt.Sprintf("%s holds whole numbers up to 255: divided by 255", filepath.Base(images)))
	}
	set, err := importPair(images, labels, o, f.parse)
	if err != nil {
		return nil, err
	}
	return &own{all: set, notes: notes}, nil
}

// channelsAreLast reports whether the last of four axes, and not the second, has a size that channels have.
func channelsAreLast(shape []int) bool {
	usual := []int{1, 3, 4}
	return len(shape) == 4 && slices.Contains(usual, shape[3]) && !slices.Contains(usual, shape[1])
}

// bytesInOtherNumbers reports whether an array that is not of bytes holds 8-bit values: whole, from 0 to 255, with some
// above 1.
func (a array) bytesInOtherNumbers() bool {
	if a.kind == uint8s {
		return false
	}
	above := false
	for i := range a.len() {
		v := a.at(i)
		if !(v >= 0 && v <= 255) || v != float64(int(v)) {
			return false
		}
		above = above || v > 1
	}
	return above
}
