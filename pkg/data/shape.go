package data

import "slices"

// Shape is the shape of a data set's samples, [channels, height, width], and its number of classes, without loading it.
func Shape(name string) (shape []int, classes int, err error) {
	c, err := lookup(name)
	if err != nil {
		return nil, 0, err
	}
	return slices.Clone(c.shape), len(c.classNames), nil
}
