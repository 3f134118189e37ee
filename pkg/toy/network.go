// Package toy holds examples in the plane that are small enough to be seen and to be solved exactly: the paper's toy
// (Figures 2 and 3, Claim 1), a second one on which the bounds differ, and random networks.
package toy

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/net"
)

// Cross is the paper's maximal-margin classifier of S (Appendix E): logits (0, |x2| - |x1|), one hidden layer of 4
// neurons.
func Cross() *net.Network {
	return must(shallow("cross", [][3]float64{{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}}, []float64{-1, -1, 1, 1},
		0))
}

// Steps is the example of docs/method.md, section 8: logits (0, 0.2 + relu(x1+x2-0.5) - relu(x1-x2)), on
// which IBP, Fast-Lin and the exact minimum differ.
func Steps() *net.Network {
	return must(shallow("steps", [][3]float64{{1, 1, -0.5}, {1, -1, 0}}, []float64{1, -1}, 0.2))
}

// Counterexample is a network on which Fast-Lin is tight at (0, 0) with eps = 1 (p_C = p_O* = -1.75, r = 0) and CROWN,
// on the same l and u, is not (docs/method.md, section 11): Proposition 1 is about the technique with which x* was
// found.
func Counterexample() *net.Network {
	return must(shallow("counterexample", [][3]float64{{1, 1.5, -0.5}, {1, 0, 5}, {0, 1, 5}}, []float64{-1, 0.25, 2},
		-11.25))
}

// Random is a network with one hidden layer, its parameters drawn from a seed. It returns an error for fewer than one
// unit.
func Random(units int, seed uint64) (*net.Network, error) {
	n, err := shallow(fmt.Sprintf("random-%d", units), make([][3]float64, units), make([]float64, units), 0)
	if err != nil {
		return nil, err
	}
	return n.Init(seed), nil
}

// shallow makes logits (0, out . relu(w x + b) + bias) from rows (w1, w2, b) of the hidden layer.
func shallow(name string, hidden [][3]float64, out []float64, bias float64) (*net.Network, error) {
	n := net.New(name, 2)
	n.DType = dtypes.Float64
	for _, layer := range []net.Layer{net.Dense{Units: len(hidden)}, net.ReLU{}, net.Dense{Units: 2}} {
		if _, err := n.Append(layer); err != nil {
			return nil, err
		}
	}
	for j, row := range hidden {
		copy(n.Params[0].Data[2*j:], row[:2])
		n.Params[1].Data[j] = row[2]
	}
	copy(n.Params[2].Data[len(hidden):], out)
	n.Params[3].Data[1] = bias
	return n, nil
}

func must(n *net.Network, err error) *net.Network {
	if err != nil {
		panic(err) // the shapes above are fixed
	}
	return n
}

// view reads a network of the plane as plain numbers: rows (w1, w2, b) of the hidden layer, and the difference of the
// logits 1 and 0.
type view struct {
	hidden [][3]float64
	out    []float64
	bias   float64
}

// viewOf checks that the network has the form of [Random]'s and reads it.
func viewOf(n *net.Network) (view, error) {
	var v view
	if n.InputSize() != 2 || n.Classes() != 2 || len(n.Vertices) != 3 || len(n.Params) != 4 {
		return v, fmt.Errorf("network %q is not one hidden layer between 2 inputs and 2 classes: use toy.Random or "+
			"train one of that form", n.Name)
	}
	w, b, u, c := n.Params[0].Data, n.Params[1].Data, n.Params[2].Data, n.Params[3].Data
	for j := range b {
		v.hidden = append(v.hidden, [3]float64{w[2*j], w[2*j+1], b[j]})
		v.out = append(v.out, u[len(b)+j]-u[j])
	}
	v.bias = c[1] - c[0]
	return v, nil
}

// at is logit 1 minus logit 0.
func (v view) at(x [2]float64) float64 {
	f := v.bias
	for j, h := range v.hidden {
		f += v.out[j] * max(h[0]*x[0]+h[1]*x[1]+h[2], 0)
	}
	return f
}

// class is the class that the network gives a point.
func (v view) class(x [2]float64) int {
	if v.at(x) > 0 {
		return 1
	}
	return 0
}
