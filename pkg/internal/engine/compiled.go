package engine

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/backend"
	"tightrope/pkg/internal/floats"
)

// Compiled is one compiled graph of a [Program].
type Compiled struct {
	program *Program
	exec    *Exec
	devices *backend.Devices // nil: one
	split   int              // arguments that the devices split along their first axis; they have copies of the others
}

// Share has all devices work on each call: the first arguments, so many, are split along their first axis.
func (g *Compiled) Share(devices *backend.Devices, split int) {
	g.devices, g.split = devices, split
	if devices != nil {
		g.exec.AutoSharding(devices.Mesh).
			WithInputShardingSpecs(devices.Specs(split)...).WithOutputShardingSpecs(devices.Whole)
	}
}

// Call calls the graph; the network's parameters follow the arguments. The results stay on the device. It returns an
// error if the backend fails.
func (g *Compiled) Call(args ...any) ([]*tensors.Tensor, error) {
	spread, err := g.devices.Spread(slices.Concat(args, g.program.params), g.split)
	if err != nil {
		return nil, err
	}
	results, err := g.exec.Call(spread...)
	if err != nil {
		return nil, fmt.Errorf("%s network %q: %w", g.program.what, g.program.network.Name, err)
	}
	if g.devices != nil {
		for _, t := range spread { // the copies; what they were made of is kept
			t.(*tensors.Tensor).MustFinalizeAll()
		}
	}
	return results, nil
}

// Values calls the graph and reads its results, [result][values], which are freed. It returns an error if the
// backend fails.
func (g *Compiled) Values(args ...any) ([][]float64, error) {
	results, err := g.Call(args...)
	if err != nil {
		return nil, err
	}
	n := len(results) / g.devices.Count() // every device has all of them
	floats.Free(results[n:])
	return floats.Take(results[:n])
}
