package fuzz

import (
	"math"

	"github.com/gomlx/compute/dtypes"
)

// tolerance is what rounding may take from a bound, derived and not fitted. A bound is a sum of products; in whatever
// order, n operations of unit roundoff u err by at most n u times the sum of the terms' sizes (Higham, Accuracy and
// Stability of Numerical Algorithms, section 3.1, but for terms in u^2). So for every vertex
//
//	size:  the terms of its value by absolute values: |x| + eps at the input, |W| size + |b| behind a layer, and
//	       size + max(|l|,|u|) behind a relu, since lines have slopes and intercepts up to 1 and its unit's bounds;
//	count: the operations on the longest way from the input, each layer with its longest row or column, and a relu
//	       with its units, which a slack sums;
//	own:   2 count u size, for a bound is a centre and a radius.
//
// A relu whose bounds are wrong by e is relaxed by lines that are wrong by e at most outside them (slopes lie in
// [0,1]). So an error of its input is passed on, and counts once more:
//
//	error: 0 at the input, |W| error behind a layer, and 2 error + own behind a relu.
//
// The tolerance of a vertex is own + error.
type tolerance struct {
	layers  [][]float64 // of the relus' inputs, [relu][unit]
	margins []float64   // [class t]
}

// roundoff is the unit roundoff and the smallest normal number, below which XLA rounds to 0.
func roundoff(dtype dtypes.DType) (unit, smallest float64) {
	if dtype == dtypes.Float64 {
		return 0x1p-53, 0x1p-1022
	}
	return 0x1p-24, 0x1p-126
}

// overhead is the number of operations on a vertex beside the sum: centre, radius, slope and intercept of a line.
const overhead = 8

// room is how many units of roundoff the lines of a smooth activation leave on both sides together, at most, whose
// values and intercepts are at most 1 larger than those of a relu.
const room = 256

// newTolerance takes the largest |l|, |u| of any technique, [relu][unit].
func newTolerance(e *extremes, largest [][]float64, dtype dtypes.DType) tolerance {
	unit, smallest := roundoff(dtype)
	p := e.net
	size, err, count := make([][]float64, len(p.ops)), make([][]float64, len(p.ops)), make([]float64, len(p.ops))
	own := func(i, j int) float64 { return 2 * count[i] * (unit*size[i][j] + smallest) }
	var t tolerance
	for i, op := range p.ops {
		size[i], err[i] = make([]float64, op.Size), make([]float64, op.Size)
		for _, from := range op.From {
			count[i] = max(count[i], count[from])
		}
		count[i] += overhead
		switch {
		case i == 0:
			count[i] += float64(op.Size)
			e.reach(size[i])
		case op.Relu, op.Smooth != "":
			from, k := op.From[0], len(t.layers)
			count[i] += float64(op.Size)
			if op.Smooth != "" {
				count[i] += room
			}
			t.layers = append(t.layers, make([]float64, op.Size))
			for j := range size[i] {
				t.layers[k][j] = own(from, j) + err[from][j]
				size[i][j], err[i][j] = size[from][j]+largest[k][j], err[from][j]+t.layers[k][j]
				if op.Smooth != "" {
					size[i][j]++
				}
			}
		case op.Bias != nil:
			count[i] += p.longest(i)
			p.absolute(i, size)
			p.absoluteError(i, err)
		default:
			for _, from := range op.From {
				addTo(size[i], size[from], false)
				addTo(err[i], err[from], false)
			}
		}
	}
	last := len(p.ops) - 1
	for c := range e.margins {
		t.margins = append(t.margins, own(last, c)+err[last][c]+own(last, e.label)+err[last][e.label])
	}
	return t
}

// reach is |x| + eps, the radius of each input times its own factor.
func (e *extremes) reach(size []float64) {
	for k := range size {
		r := e.ball.Eps
		if e.ball.Radii != nil {
			r *= e.ball.Radii[k]
		}
		size[k] = abs(e.x[k]) + r
		if b := e.ball.Box; b != nil {
			size[k] += max(abs(b.Lower), abs(b.Upper))
		}
	}
}

// absolute is |W| in + |b| of an affine op.
func (p *plain) absolute(i int, size [][]float64) {
	op := p.ops[i]
	p.absoluteError(i, size)
	for j, b := range op.Bias {
		if p.moved[i] != nil {
			b = p.moved[i][j]
		}
		size[i][j] += abs(b)
	}
}

func (p *plain) absoluteError(i int, err [][]float64) {
	op := p.ops[i]
	for j := range err[i] {
		for k := op.Start[j]; k < op.Start[j+1]; k++ {
			err[i][j] += abs(op.Value[k]) * err[op.From[0]][op.Index[k]]
		}
	}
}

// longest is the largest number of entries of a row or a column.
func (p *plain) longest(i int) float64 {
	op := p.ops[i]
	columns, most := map[int32]int{}, 0
	for j := range op.Size {
		most = max(most, int(op.Start[j+1]-op.Start[j]))
	}
	for _, k := range op.Index {
		columns[k]++
		most = max(most, columns[k])
	}
	return float64(most)
}

// finite reports whether a number is one.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
