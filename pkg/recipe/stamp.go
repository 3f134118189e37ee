package recipe

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

// Stamp copies the origin in the record of a training into the model file, and reports whether the file was changed: a
// file that already has the same entries is left unchanged. The tensors stay bit-identical.
//
// It returns an error if the record is not of a training, or of one with another architecture, or if the file contains
// a different origin.
func Stamp(path string, r *record.Record) (changed bool, err error) {
	origin, err := OriginOf(r)
	if err != nil {
		return false, err
	}
	file, err := model.Open(path)
	if err != nil {
		return false, err
	}
	if err := fits(file, r); err != nil {
		return false, err
	}
	has := file.Origin
	has.Version = origin.Version // a record may be measured again by a later program
	switch {
	case reflect.DeepEqual(has, origin):
		return false, nil
	case file.Origin.Known():
		return false, fmt.Errorf("%s says already that it is of another training: %v, the record says %v",
			path, file.Origin.Entries(), origin.Entries())
	}
	values, metadata, err := net.ReadTensors(path)
	if err != nil {
		return false, err
	}
	if metadata == nil {
		metadata = map[string]string{}
	}
	maps.Copy(metadata, origin.Metadata())
	return true, net.WriteTensors(path, values, metadata)
}

// fits returns an error if the file's network is not of the recipe's architecture.
func fits(file *model.File, r *record.Record) error {
	have, err := file.Model(model.LoadOptions{})
	if err != nil {
		return err
	}
	recipe, err := FromRecord(r)
	if err != nil {
		return err
	}
	shape, classes, err := data.Shape(recipe.Data)
	if err != nil {
		return fmt.Errorf("the record %s: %w", r.Name, err)
	}
	want, err := recipe.arch(shape, classes)
	if err != nil {
		return err
	}
	full, err := model.New(want)
	if err != nil {
		return err
	}
	if a, b := have.Arch(), full.Arch(); !slices.Equal(a.Input, b.Input) || !reflect.DeepEqual(a.Layers, b.Layers) {
		return fmt.Errorf("%s is %s, the record %s is of %s: give the record of its own training",
			file.Path, a.Text(), r.Name, b.Text())
	}
	return nil
}
