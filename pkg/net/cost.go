package net

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Coster is a layer whose forward pass costs more than its outputs' number of operations.
type Coster interface {
	// ForwardFLOPs is the number of floating-point operations for one sample, a multiplication and an addition counted
	// as two; structural zeros (padding apart) are not counted.
	ForwardFLOPs(in, out []int) int
}

// ForwardFLOPs implements Coster.
func (d Dense) ForwardFLOPs(in, out []int) int { return 2 * size(in) * d.Units }

// ForwardFLOPs implements Coster.
func (c Conv) ForwardFLOPs(in, out []int) int {
	return 2 * in[0] * c.Kernel[0] * c.Kernel[1] * size(out)
}

// ForwardFLOPs implements Coster.
func (a AvgPool) ForwardFLOPs(_, out []int) int { return a.Kernel[0] * a.Kernel[1] * size(out) }

// ForwardFLOPs implements Coster.
func (Flatten) ForwardFLOPs(_, _ []int) int { return 0 }

// LayerCost is one line of a network's description.
type LayerCost struct {
	Layer   string // in the notation of [ParseArch]
	Inputs  []int  // vertices read
	Out     []int  // output shape of one sample
	Params  int    // trainable values
	Neurons int    // units of an activation
	FLOPs   int    // of one sample's forward pass
}

// Costs describes every vertex.
func (n *Network) Costs() []LayerCost {
	var out []LayerCost
	for i, v := range n.Vertices {
		spec := v.Layer.Spec()
		c := LayerCost{Layer: spec.Text(), Inputs: slices.Clone(v.Inputs), Out: v.Out, FLOPs: size(v.Out)}
		if IsActivation(v.Layer) {
			c.Neurons = size(v.Out)
		}
		if layer, ok := v.Layer.(Coster); ok {
			c.FLOPs = layer.ForwardFLOPs(n.ShapeOf(v.Inputs[0]), v.Out)
		}
		for _, p := range n.ParamsOf(i) {
			c.Params += len(p.Data)
		}
		out = append(out, c)
	}
	return out
}

// ForwardFLOPs is the number of floating-point operations of one sample's forward pass.
func (n *Network) ForwardFLOPs() int {
	total := 0
	for _, c := range n.Costs() {
		total += c.FLOPs
	}
	return total
}

// Describe writes a table of the layers with their shapes, parameters, neurons and FLOPs, and the sums. It returns the
// writer's error.
func (n *Network) Describe(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tlayer\treads\toutput\tparameters\tneurons\tFLOPs a sample\t")
	fmt.Fprintf(t, "\tinput\t\t%v\t\t\t\t\n", n.Input)
	for i, c := range n.Costs() {
		reads := ""
		if len(c.Inputs) != 1 || c.Inputs[0] != i-1 {
			reads = fmt.Sprint(c.Inputs)
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%v\t%s\t%s\t%s\t\n",
			i, c.Layer, reads, c.Out, count(c.Params), count(c.Neurons), count(c.FLOPs))
	}
	fmt.Fprintf(t, "\ttotal\t\t\t%s\t%s\t%s\t\n", count(n.NumParams()), count(n.HiddenUnits()), count(n.ForwardFLOPs()))
	return t.Flush()
}

// count writes a number in groups of three digits, nothing for 0.
func count(n int) string {
	if n == 0 {
		return ""
	}
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", count(n/1000), n%1000)
}
