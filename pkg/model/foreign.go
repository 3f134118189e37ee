package model

import "slices"

// FromTensors is a file of another format that holds tensors in the order in which its model registered them; that
// order stands where [LoadOptions] gives none.
func FromTensors(path string, values []Tensor) *File {
	return &File{Path: path, values: values, inOrder: true}
}

// Layers are the names of the layers that have weights, as the file holds them: in its own order if that has a meaning,
// otherwise in the order of the numbers in them.
func (f *File) Layers() []string {
	if !f.inOrder {
		return prefixes(groupsOf(f.values))
	}
	var names []string
	for i := range f.values {
		if name := prefixOf(f.values[i].Name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
