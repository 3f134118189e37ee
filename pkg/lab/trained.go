package lab

import (
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

func testOf(o model.Origin) *data.Set {
	var options data.Options
	if o.Seed != nil {
		options.Seed = *o.Seed
	}
	return Get(data.Load(o.Data, options)).Test
}
