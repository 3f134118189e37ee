package lab

import (
	"fmt"
	"path/filepath"

	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// Trained reads the network of a run's folder with the test images of its data set, split as in its training: with
// another split of the digits the network would have seen most of them. An error ends the cell.
func Trained(folder string) (*net.Network, *data.Set) {
	n := Get(net.Load(filepath.Join(folder, "model.safetensors"), nil))
	o := n.Origin
	if !o.Known() { // an older run: its record tells
		o = Get(recipe.OriginOf(Get(record.Read(folder))))
	}
	return n, testOf(o)
}

// Model reads the network of a file that names its data set, such as those of figures/results, with the test images,
// split as in its training. An error ends the cell.
func Model(file string) (*net.Network, *data.Set) {
	n := Get(net.Load(file, nil))
	if !n.Origin.Known() {
		Must(fmt.Errorf("%s does not say which data it was trained on: complete it with `tightrope net stamp`", file))
	}
	return n, testOf(n.Origin)
}

func testOf(o model.Origin) *data.Set {
	var options data.Options
	if o.Seed != nil {
		options.Seed = *o.Seed
	}
	return Get(data.Load(o.Data, options)).Test
}
