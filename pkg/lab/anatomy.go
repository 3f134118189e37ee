package lab

import (
	"fmt"
	"slices"

	"tightrope/pkg/plot"
	"tightrope/pkg/relax"
	"tightrope/pkg/tight"
)

// Neurons displays the unstable neurons of a relaxed problem: bounds, gradient, the line that the optimum uses, where
// the real network is at x*, and what each contributes to d and r.
func Neurons(a *tight.Anatomy) {
	header := []string{"neuron", "l", "u", "h", "slope D", "δ*", "z′", "relu(z′)", "D z′ + δ*", "part of d", "distance"}
	if slices.ContainsFunc(a.Neurons, func(n tight.Neuron) bool { return n.Smooth != "" }) {
		header[7] = "f(z′)"
	}
	var rows [][]string
	for _, n := range a.Unstable() {
		rows = append(rows, []string{name(n), decimals(n.Lower), decimals(n.Upper), decimals(n.H), decimals(n.Slope),
			decimals(n.Intercept), decimals(n.Z),
			decimals(activated(n)), decimals(n.Slope*n.Z + n.Intercept), decimals(n.Gap), decimals(n.Distance)})
	}
	Table(header, rows...)
	gaps := 0.0
	for _, n := range a.Neurons {
		gaps += n.Gap
	}
	Markdown(`$p_C = %s$, $p_O(x^\ast) = %s$, so $d = %s$; the parts of $d$ sum to $%s$. The mean distance over all `+
		`%d hidden neurons is $r = %s$.`,
		decimals(a.Bound), decimals(a.PO), decimals(a.D()), decimals(gaps), len(a.Neurons), decimals(a.R))
}

// activated is what the neuron makes of z'.
func activated(n tight.Neuron) float64 {
	if f := relax.SmoothOf(n.Smooth); f != nil {
		return f.At(n.Z)
	}
	return max(n.Z, 0)
}

// Anatomy returns the figure of a relaxed problem, neuron by neuron. It draws relus only. It returns an error for a
// neuron of another activation, or one that is not unstable.
func Anatomy(a *tight.Anatomy) (*plot.Figure, error) {
	d := plot.AnatomyData{Bound: a.Bound, D: a.D(), R: a.R}
	for _, n := range a.Unstable() {
		if n.Smooth != "" {
			return nil, fmt.Errorf("neuron %s is of a %s, and the figure draws relus: use Neurons, its table", name(n),
				n.Smooth)
		}
		d.Neurons = append(d.Neurons, plot.NeuronAt{Name: name(n), Lower: n.Lower, Upper: n.Upper, H: n.H,
			Slope: n.Slope, Intercept: n.Intercept, Z: n.Z, Gap: n.Gap, Tight: n.Tight})
	}
	return plot.Anatomy(d)
}

// name counts layers and units from 1.
func name(n tight.Neuron) string { return fmt.Sprintf("%d.%d", n.Layer+1, n.Unit+1) }
