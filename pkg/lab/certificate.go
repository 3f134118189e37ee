package lab

import (
	"fmt"
	"slices"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/plot"
)

// Certificate bounds every margin of one sample from both sides: from below by Fast-Lin, from above by the real network at
// the points that PGD and the relaxation found. plot.Explain draws it. An error ends the cell.
func Certificate(n *net.Network, set *data.Set, index int, b ball.Ball) plot.Certificate {
	if index < 0 || index >= set.Len() {
		Must(fmt.Errorf("sample %d of %s: use 0 to %d", index, set.Name, set.Len()-1))
	}
	device, _, err := backend.Open("")
	Must(err)
	x, label := bound.Float64s(set.Sample(index)), set.Y[index]
	e := Get(bound.NewEvaluator(device, n, bound.Options{Ball: b, Batch: 1, XStar: true}))
	defer e.Close()
	bounds := Get(bound.Evaluate(e, x, []int32{label}))
	a := Get(attack.New(device, n, attack.Options{Ball: b, Steps: 50, Loss: attack.Margin, Batch: 1, Restarts: 2}))
	defer a.Close()
	pgd := Get(attack.Run(a, x, []int32{label}))
	points := append(slices.Clone(bounds.XStar[0]), pgd.X[0])
	worst := weakest(bounds.Margins[0], int(label))
	return plot.Certificate{
		Clean:    plot.Picture{Title: "clean", Shape: set.Shape, Values: x},
		Attacked: plot.Picture{Title: "PGD", Shape: set.Shape, Values: pgd.X[0], Edge: pgd.Success(0)},
		XStar:    plot.Picture{Title: "x*", Shape: set.Shape, Values: bounds.XStar[0][worst]},
		Label:    int(label), Eps: b.Eps, ClassNames: set.ClassNames, Technique: "Fast-Lin",
		Bounds: bounds.Margins[0], Attacks: realMargins(e, points, label),
	}
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

// realMargins are the smallest margins over each class that the network has at any of the points.
func realMargins(e *bound.Evaluator, points [][]float64, label int32) []float64 {
	var smallest []float64
	for _, p := range points {
		// Rounding may put a point a hair outside the box, where the evaluator would refuse it.
		for i, v := range p {
			p[i] = min(max(v, 0), 1)
		}
		logits := Get(bound.EvaluateAt(e, p, []int32{label}, 0)).Logits[0]
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
	return smallest
}
