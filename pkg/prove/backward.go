package prove

import (
	"math"
	"slices"

	"tightrope/pkg/internal/vector"
)

// rows carries rows of coefficients back from the output to the input, using the bounds of a zonotope. It is scratch
// memory.
type rows struct {
	*zonotope
	held     [][]float64 // [padded size] by operation
	constant float64
	active   [][]float64 // if not nil: values, by operation, at which CROWN's lower lines are exact
	h        [][]float64 // entries at the relus' outputs, [relus][units]
}

func (z *zonotope) newRows() *rows {
	r := &rows{zonotope: z, held: make([][]float64, len(z.ops)), h: make([][]float64, len(z.relus))}
	for i := range z.ops {
		r.held[i] = make([]float64, vector.Padded(z.ops[i].Size))
	}
	for k, at := range z.relus {
		r.h[k] = r.held[at][:z.ops[at].Size]
	}
	return r
}

// lower returns a lower bound of row . output + constant, by Fast-Lin's lines or by CROWN's.
func (r *rows) lower(row []float64, constant float64, crown bool) float64 {
	for i := range r.held {
		clear(r.held[i])
	}
	r.constant = constant
	copy(r.held[len(r.held)-1], row)
	for i := len(r.ops) - 1; i > 0; i-- {
		o, g := &r.ops[i], r.held[i][:r.ops[i].Size]
		switch {
		case o.Bias != nil:
			for j, f := range g {
				r.constant += f * o.Bias[j]
			}
			o.transposed(g, r.held[o.From[0]])
		case o.Relu:
			r.relax(o, g, r.held[o.From[0]], crown)
		case o.Smooth != "":
			r.relaxSmooth(o, g, r.held[o.From[0]], crown)
		default:
			for _, from := range o.From {
				for j, f := range g {
					r.held[from][j] += f
				}
			}
		}
	}
	return r.constant + r.atInput()
}

// adapted repeats [rows.lower] with CROWN's lines after they have been used once, now with the lower lines that are
// exact at the input where the earlier bound is attained. Values is scratch memory.
func (r *rows) adapted(row []float64, constant float64, values [][]float64) float64 {
	r.network.forward(r.corner(), values)
	r.active = values
	bound := r.lower(row, constant, true)
	r.active = nil
	return bound
}

// corner returns the input at which the row that was carried back last is least.
func (r *rows) corner() []float64 {
	x := slices.Clone(r.centre)
	for _, k := range r.free {
		if r.held[0][k] < 0 {
			x[k] += r.radius[k]
		} else {
			x[k] -= r.radius[k]
		}
	}
	return x
}

// relax replaces entries at the outputs of a relu by entries at its inputs.
func (r *rows) relax(o *op, g, out []float64, crown bool) {
	lower, upper, slope := r.lowers(o), r.uppers(o), r.slope[o.relu]
	for j, h := range g {
		l, u, nu := lower[j], upper[j], slope[j]*h
		switch {
		case h == 0:
			continue
		case l >= 0 || u <= 0:
		case h < 0:
			r.constant -= nu * l
		case r.active != nil:
			if nu = 0; r.active[o.From[0]][j] > 0 {
				nu = h
			}
		case crown && u > -l:
			nu = h
		case crown:
			nu = 0
		}
		out[j] += nu
	}
}

func (r *rows) lowers(o *op) []float64 { return r.zonotope.lower[o.relu] }
func (r *rows) uppers(o *op) []float64 { return r.zonotope.upper[o.relu] }

// atInput returns the least value of the input's entries over the box.
func (r *rows) atInput() float64 {
	s := 0.0
	for k, v := range r.held[0][:r.inputs] {
		s += v*r.centre[k] - math.Abs(v)*r.radius[k]
	}
	return s
}

// influence estimates how much each free input matters to a row that was carried back: the part of its linear term, and
// of the errors of the relus' lines, that depends on this input, [free].
func (r *rows) influence(linear float64) []float64 {
	score := make([]float64, len(r.free))
	for c, k := range r.free {
		score[c] = linear * math.Abs(r.held[0][k]) * r.radius[k]
	}
	for k, at := range r.relus {
		in := &r.forms[r.ops[at].From[0]]
		for j, h := range r.h[k] {
			gap := r.gap(k, j)
			if h == 0 || gap == 0 {
				continue
			}
			from := j
			if in.index != nil {
				at, found := slices.BinarySearch(in.index, int32(j))
				if !found {
					continue
				}
				from = at
			}
			row := in.row(from)
			weight := math.Abs(h) * gap
			for c := range score {
				score[c] += weight * math.Abs(row[1+c])
			}
		}
	}
	return score
}
