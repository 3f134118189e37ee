package data

import "slices"

// Shape is the shape of a data set's samples, [channels, height, width], and its number of classes, without loading it
// (a user's own data are read). It returns an error for an unknown name, and for own data that cannot be read.
func Shape(name string) (shape []int, classes int, err error) {
	if IsPath(name) {
		o, err := openOwn(name)
		if err != nil {
			return nil, 0, err
		}
		return slices.Clone(o.any().Shape), o.any().Classes, nil
	}
	c, err := lookup(name)
	if err != nil {
		return nil, 0, err
	}
	return slices.Clone(c.shape), len(c.classNames), nil
}

// TrainSize is the number of samples that Load leaves for training in addition to the default validation and test
// splits, without loading them. It returns an error for a name that is not in the catalogue.
func TrainSize(name string) (int, error) {
	c, err := lookup(name)
	if err != nil {
		return 0, err
	}
	return c.train, nil
}

// DrawsTest reports whether Load draws the test samples of a data set by Options.Seed, because the set has no official
// ones: with another seed than that of its training, a network has seen most of them. It is false for unknown names.
func DrawsTest(name string) bool {
	if IsPath(name) {
		o, err := openOwn(name)
		return err == nil && o.test == nil
	}
	c, err := lookup(name)
	return err == nil && c.draws
}
