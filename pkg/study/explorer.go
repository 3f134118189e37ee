package study

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/plot"
)

// Explorer shows single samples of a data set at any radius: every margin from both sides, and the inputs behind them.
// Its graphs are compiled once, so that a slider can follow. Close frees them.
type Explorer struct {
	set    *data.Set
	ball   ball.Ball
	bounds *bound.Evaluator
	attack *attack.Attacker
}

// NewExplorer prepares it for a network; b gives the norm and the box. It returns an error if the network does not
// fit the set or its graphs cannot be compiled.
func NewExplorer(device compute.Backend, n *net.Network, set *data.Set, b ball.Ball) (*Explorer, error) {
	bounds, err := bound.NewEvaluator(device, n, bound.Options{Ball: b, Batch: 1, XStar: true})
	if err != nil {
		return nil, err
	}
	pgd, err := attack.New(device, n, attack.Options{Ball: b, Steps: 50, Loss: attack.Margin, Batch: 1, Restarts: 2})
	if err != nil {
		bounds.Close()
		return nil, err
	}
	return &Explorer{set: set, ball: b, bounds: bounds, attack: pgd}, nil
}

// Close frees the compiled graphs.
func (e *Explorer) Close() {
	e.bounds.Close()
	e.attack.Close()
}

// Margins draws the certificate of a sample at a radius, in pixel units: bounds from below, attacks from above. It
// returns an error for an index outside the set and a negative radius.
func (e *Explorer) Margins(index int, eps float64) (*plot.Figure, error) {
	c, err := e.Certificate(index, eps)
	if err != nil {
		return nil, err
	}
	return plot.Explain(c)
}

// Sample is a sample of the set and its label. It returns an error for an index outside the set.
func (e *Explorer) Sample(index int) ([]float64, int32, error) {
	if index < 0 || index >= e.set.Len() {
		return nil, 0, fmt.Errorf("sample %d of %s: use 0 to %d", index, e.set.Name, e.set.Len()-1)
	}
	return floats.Double(e.set.Sample(index)), e.set.Y[index], nil
}

// Certificate bounds every margin of a sample, at a radius in pixel units, from both sides: from below by Fast-Lin,
// from above by the real network at the points that PGD and the relaxation found. It returns an error for an index
// outside the set and a negative radius.
func (e *Explorer) Certificate(index int, eps float64) (plot.Certificate, error) {
	x, label, err := e.Sample(index)
	if err != nil {
		return plot.Certificate{}, err
	}
	bounds, err := bound.EvaluateAt(e.bounds, x, []int32{label}, eps)
	if err != nil {
		return plot.Certificate{}, err
	}
	pgd, err := attack.RunAt(e.attack, x, []int32{label}, eps)
	if err != nil {
		return plot.Certificate{}, err
	}
	margins, err := e.realMargins(append(slices.Clone(bounds.XStar[0]), pgd.X[0]), label)
	worst := weakest(bounds.Margins[0], int(label))
	return plot.Certificate{
		Clean:    plot.Picture{Title: "clean", Shape: e.set.Shape, Values: x},
		Attacked: plot.Picture{Title: "PGD", Shape: e.set.Shape, Values: pgd.X[0], Edge: pgd.Success(0)},
		XStar:    plot.Picture{Title: "x*", Shape: e.set.Shape, Values: bounds.XStar[0][worst]},
		Label:    int(label), Eps: eps, ClassNames: e.set.ClassNames, Technique: "Fast-Lin",
		Bounds: bounds.Margins[0], Attacks: margins,
	}, err
}

// realMargins are the smallest margins over each class that the network has at any of the points.
func (e *Explorer) realMargins(points [][]float64, label int32) ([]float64, error) {
	var smallest []float64
	for _, p := range points {
		// Rounding may put a point a hair outside the box, where the evaluator would refuse it.
		if box := e.ball.Box; box != nil {
			for i, v := range p {
				p[i] = min(max(v, box.Lower), box.Upper)
			}
		}
		out, err := bound.EvaluateAt(e.bounds, p, []int32{label}, 0)
		if err != nil {
			return nil, err
		}
		logits := out.Logits[0]
		if smallest == nil {
			smallest = make([]float64, len(logits))
			for t := range smallest {
				smallest[t] = logits[label] - logits[t]
			}
		}
		for t := range logits {
			smallest[t] = min(smallest[t], logits[label]-logits[t])
		}
	}
	return smallest, nil
}

// weakest is the other class with the smallest bound.
func weakest(margins []float64, label int) int {
	best := -1
	for t, m := range margins {
		if t != label && (best < 0 || m < margins[best]) {
			best = t
		}
	}
	return best
}
