package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
)

// modelFlags say how a network's file is read.
type modelFlags struct {
	arch   string
	layers []string
}

func (f *modelFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.arch, "arch", "", "architecture, if the file's metadata contain none: a name or text "+
		"(tightrope net list)")
	cmd.Flags().StringSliceVar(&f.layers, "layers", nil,
		"the file's layer names in the network's order, if they contain no numbers, e.g. fc_in,fc_hidden,fc_out")
}

// load makes the network of a file, whose architecture, where it is given, is for inputs of a shape (nil: the text
// tells) and a number of classes (0: any). It warns of what had to be assumed.
func (f *modelFlags) load(w io.Writer, file *model.File, shape []int, classes int) (*model.Model, error) {
	o := model.LoadOptions{Order: f.layers}
	if f.arch != "" {
		a, err := model.Named(f.arch, shape, classes)
		if err != nil {
			return nil, err
		}
		o.Arch = &a
	}
	m, err := file.Model(o)
	if err != nil {
		return nil, err
	}
	for _, text := range m.Assumed {
		fmt.Fprintf(w, "WARNING: %s: %s\n", file.Path, text)
	}
	return m, nil
}

// network makes the network of a file, which must fit a data set.
func (f *modelFlags) network(w io.Writer, file *model.File, set *data.Set) (*net.Network, error) {
	m, err := f.load(w, file, set.Shape, set.Classes)
	if err != nil {
		return nil, err
	}
	if model.Size(m.Input) != set.Dim() {
		return nil, fmt.Errorf("%s takes inputs of shape %v, data set %s has %v: choose another --data",
			file.Path, m.Input, set.Name, set.Shape)
	}
	if outputs := model.Size(m.Layers[len(m.Layers)-1].Out); outputs < set.Classes {
		return nil, fmt.Errorf("%s has %d outputs, data set %s has %d classes: choose another --data",
			file.Path, outputs, set.Name, set.Classes)
	}
	return net.FromModel(m)
}
