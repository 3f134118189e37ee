package main

import (
	"fmt"

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
	cmd.Flags().StringVar(&f.arch, "arch", "", "architecture of the file where its metadata names none: a name or text")
	cmd.Flags().StringSliceVar(&f.layers, "layers", nil,
		"names of the file's layers in the network's order, where they hold no numbers: fc_in,fc_hidden,fc_out")
}

// load reads a network whose architecture, where it is given, is for inputs of a shape (nil: the text tells) and a
// number of classes (0: any).
func (f *modelFlags) load(path string, shape []int, classes int) (*model.Model, error) {
	if err := checkModelPath(path); err != nil {
		return nil, err
	}
	o := model.LoadOptions{Order: f.layers}
	if f.arch != "" {
		a, err := model.Named(f.arch, shape, classes)
		if err != nil {
			return nil, err
		}
		o.Arch = &a
	}
	return model.Load(path, o)
}

// network reads a network that fits a data set.
func (f *modelFlags) network(path string, set *data.Set) (*net.Network, error) {
	m, err := f.load(path, set.Shape, set.Classes)
	if err != nil {
		return nil, err
	}
	if model.Size(m.Input) != set.Dim() {
		return nil, fmt.Errorf("%s takes inputs of shape %v, data set %s has %v: choose another --data",
			path, m.Input, set.Name, set.Shape)
	}
	return net.FromModel(m)
}
