package lab

import (
	"math"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/plot"
	"tightrope/pkg/study"
	"tightrope/pkg/tight"
)

// Explorer is a [study.Explorer] that also shows the unstable neurons at the relaxed optimum (Fast-Lin).
type Explorer struct {
	*study.Explorer
	inspector *tight.Inspector
}

// NewExplorer prepares it for a network; b gives the norm and the box. An error ends the cell.
func NewExplorer(n *net.Network, set *data.Set, b ball.Ball) *Explorer {
	device, _, err := backend.Open("")
	Must(err)
	return &Explorer{Get(study.NewExplorer(device, n, set, b)),
		Get(tight.NewInspector(device, n, nil, b, tight.Options{}))}
}

// Close frees the compiled graphs.
func (e *Explorer) Close() {
	e.Explorer.Close()
	e.inspector.Close()
}

// Neurons draws where the unstable neurons sit at the relaxed optimum for the class with the smallest bound, at a
// radius in pixel units. It returns an error for an index outside the set and a negative radius.
func (e *Explorer) Neurons(index int, eps float64) (*plot.Figure, error) {
	x, label, err := e.Sample(index)
	if err != nil {
		return nil, err
	}
	a, err := e.inspector.Inspect(x, label, -1, eps)
	if err != nil {
		return nil, err
	}
	return Anatomy(a)
}

// Certificate is [Explorer.Certificate] for one sample at the ball's radius; plot.Explain draws it. An error ends the
// cell.
func Certificate(n *net.Network, set *data.Set, index int, b ball.Ball) plot.Certificate {
	e := NewExplorer(n, set, b)
	defer e.Close()
	return Get(e.Certificate(index, b.Eps))
}

// Undecided is the first of a set's first 200 samples that is neither certified at the ball's radius nor changed by the
// attack: where the picture of a certificate says most. It is 0 where there is none; an error ends the cell.
func Undecided(n *net.Network, set *data.Set, b ball.Ball) int {
	e := NewExplorer(n, set, b)
	defer e.Close()
	for i := range min(200, set.Len()) {
		c := Get(e.Certificate(i, b.Eps))
		bound, attacked := math.Inf(1), math.Inf(1)
		for t := range c.Bounds {
			if t != c.Label {
				bound, attacked = min(bound, c.Bounds[t]), min(attacked, c.Attacks[t])
			}
		}
		if bound <= 0 && attacked > 0 {
			return i
		}
	}
	return 0
}
