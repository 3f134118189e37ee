package cert

import (
	"context"
	"math"
	"slices"

	"tightrope/pkg/internal/vector"
)

// zonotope bounds values by affine forms of symbols s in [-1, 1]:
//
//	value_i = centre_i + row_i . s + e_i,  |e_i| <= errors_i,
//
// for every input of the region and some s that is the same for all values. There is a symbol for each input that
// moves, and one for each relu that may be on either side. The errors are those of rounding,
// and of inputs that hardly move.
type zonotope struct {
	*Region
	forms   []form // by vertex; made when they are needed
	symbols int    // in use
	gather  []float64
	weight  []float64 // what a unit of a form costs in the errors of an affine map
}

// form is the affine forms of a vertex.
type form struct {
	stride int
	rows   []float64 // [units with a row][stride]
	index  []int32   // units with a row, in order; the others are exactly 0. nil: all
	centre []float64 // [units]
	radius []float64 // [units with a row]: the sum of the sizes of a row, as it was computed
	errors []float64 // [units]
	reach  []float64 // [units]: at least |centre| + radius
}

// Zonotope bounds the input of every relu by intervals and by affine forms, which are as tight as Fast-Lin's backward
// passes and take one pass forward: relu(z) is put between two lines of the slope u/(u-l). It is for boxes. A cancelled
// context ends it with the context's error.
func (r *Region) Zonotope(ctx context.Context) (*Bounds, error) {
	b, z := &Bounds{}, &zonotope{Region: r, forms: make([]form, len(r.net.vertices))}
	err := r.propagate(func(relu int, n interval) error {
		b.Lower, b.Upper = append(b.Lower, n.lower), append(b.Upper, n.upper)
		at := r.net.relus[relu]
		z.reach(r.net.vertices[at].from[0])
		z.tighten(r.net.vertices[at].from[0], n)
		z.relu(at, n)
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// reach makes the forms of a vertex, and of those that it reads; relus before it are done.
func (z *zonotope) reach(vertex int) {
	v, f := &z.net.vertices[vertex], &z.forms[vertex]
	if f.rows != nil {
		return
	}
	for _, from := range v.from {
		z.reach(from)
	}
	switch v.kind {
	case inputVertex:
		z.input(f)
	case affineVertex:
		z.affine(v, f)
	case sumVertex:
		z.sum(v, f)
	}
}

func (f *form) make(units, rows, symbols int) {
	f.stride = vector.Padded(symbols)
	f.rows, f.radius = make([]float64, rows*f.stride), make([]float64, rows)
	f.centre, f.errors, f.reach = make([]float64, units), make([]float64, units), make([]float64, units)
}

func (f *form) row(i int) []float64 { return f.rows[i*f.stride : (i+1)*f.stride] }

// at is the row of a unit; one without a row is 0.
func (f *form) at(unit int32) (row int, found bool) {
	if f.index == nil {
		return int(unit), true
	}
	return slices.BinarySearch(f.index, unit)
}

// moves reports whether an interval is wide enough for a symbol of its own; one that is wide by the rounding of a
// decimal number only is an error of its centre. Either is sound.
func moves(l, u float64) bool { return u-l > 1e-12*max(math.Abs(l), math.Abs(u)) }

// input is centre + radius s + e, which contains the box.
func (z *zonotope) input(f *form) {
	centre, radius := interval{z.lower, z.upper}.centred()
	for k := range radius {
		if moves(z.lower[k], z.upper[k]) {
			z.symbols++
		}
	}
	f.make(len(centre), len(centre), z.symbols)
	symbol := 0
	for k, c := range centre {
		f.centre[k] = c
		switch {
		case moves(z.lower[k], z.upper[k]):
			f.row(k)[symbol], f.radius[k] = radius[k], radius[k]
			symbol++
		case z.lower[k] < z.upper[k]:
			f.errors[k] = radius[k]
		}
		f.reach[k] = inflate(math.Abs(c) + radius[k])
	}
}

// affine is W a + b. A computed coefficient errs by at most gamma sum_j |W_ij| |coefficient_j|, so centre and row all
// together by gamma sum_j |W_ij| reach_j.
func (z *zonotope) affine(v *vertex, f *form) {
	in := &z.forms[v.from[0]]
	f.make(v.size, v.size, z.symbols)
	z.weight = append(z.weight[:0], in.errors...)
	for j, reach := range in.reach {
		z.weight[j] += gamma(len(in.reach)+2) * reach
	}
	f.centre, f.errors, _ = v.weight.products(v.size, &z.sums, in.centre, z.weight, z.weight)
	if v.weight.start == nil {
		weight, columns := z.present(&v.weight, v.size, in.index)
		vector.Multiply(f.rows, f.stride, v.size, weight, columns, in.rows, in.stride)
	} else {
		z.sparse(v, in, f)
	}
	z.sums.Sizes(f.radius, f.rows, f.stride)
	for i, b := range v.bias {
		f.centre[i] += b
		f.reach[i] = inflate(math.Abs(f.centre[i]) + f.radius[i])
		f.errors[i] = inflate(f.errors[i] + 2*unit*(math.Abs(f.centre[i])+math.Abs(b)))
	}
}

// sparse adds the rows of a form.
func (z *zonotope) sparse(v *vertex, in, f *form) {
	for i := range v.size {
		index, value := v.weight.row(i)
		row := f.row(i)[:in.stride]
		for k := range value {
			if at, found := in.at(index[k]); found {
				vector.AddRows(row, in.row(at), in.stride, value[k:k+1])
			}
		}
	}
}

// present are the columns of the units that have a row.
func (z *zonotope) present(m *matrix, rows int, index []int32) (weight []float64, columns int) {
	if index == nil {
		return m.value, m.cols
	}
	z.gather = z.gather[:0]
	for i := range rows {
		_, value := m.row(i)
		for _, j := range index {
			z.gather = append(z.gather, value[j])
		}
	}
	return z.gather, len(index)
}

// sum adds vertices; each addition rounds.
func (z *zonotope) sum(v *vertex, f *form) {
	f.make(v.size, v.size, z.symbols)
	for _, from := range v.from {
		in := &z.forms[from]
		for j := range v.size {
			f.centre[j] += in.centre[j]
			f.errors[j] += in.errors[j]
			f.reach[j] += in.reach[j]
			if at, found := in.at(int32(j)); found {
				for k, c := range in.row(at) {
					f.row(j)[k] += c
				}
			}
		}
	}
	z.sums.Sizes(f.radius, f.rows, f.stride)
	for j := range f.reach {
		f.reach[j] = inflate(f.reach[j])
		f.errors[j] = inflate(f.errors[j] + gamma(len(v.from)+1)*f.reach[j])
	}
}

// tighten intersects intervals with those of the forms. A number that is not finite tightens nothing.
func (z *zonotope) tighten(vertex int, n interval) {
	f := &z.forms[vertex]
	for j := range n.lower {
		at, found := f.at(int32(j))
		if !found {
			continue
		}
		radius := up(f.radius[at]*(1+gamma(f.stride))) + f.errors[j]
		radius = up(radius)
		if l := down(f.centre[j] - radius); l > n.lower[j] {
			n.lower[j] = l
		}
		if u := up(f.centre[j] + radius); u < n.upper[j] {
			n.upper[j] = u
		}
	}
}

// relu puts the units between two lines. For a slope in [0, 1], relu(z) - slope z is convex, 0 at z = 0, and so between
// 0 and the larger of its values at l and u.
func (z *zonotope) relu(vertex int, n interval) {
	v, f := &z.net.vertices[vertex], &z.forms[vertex]
	in := &z.forms[v.from[0]]
	index, unstable := []int32{}, 0
	for j, l := range n.lower {
		if _, found := in.at(int32(j)); v.curve != nil || found && n.upper[j] > 0 {
			index = append(index, int32(j))
			if v.curve != nil || l < 0 {
				unstable++
			}
		}
	}
	f.make(v.size, len(index), z.symbols+unstable)
	f.index = index
	for r, j := range index {
		from, found := in.at(j)
		if v.curve != nil {
			z.curved(v.curve, f, in, r, from, found, int(j), n.lower[j], n.upper[j])
			continue
		}
		z.line(f, in, r, from, int(j), n.lower[j], n.upper[j])
	}
	z.sums.Sizes(f.radius, f.rows, f.stride)
}

// line makes row r of a relu from a row of its input, for unit j.
func (z *zonotope) line(f, in *form, r, from, j int, l, u float64) {
	row, source := f.row(r), in.row(from)
	if l >= 0 {
		copy(row, source)
		f.centre[j], f.errors[j], f.reach[j] = in.centre[j], in.errors[j], in.reach[j]
		return
	}
	slope := min(u/(u-l), 1)
	for k, c := range source {
		row[k] = slope * c
	}
	half := up(max(-slope*l, (1-slope)*u)*(1+8*unit)) / 2
	f.centre[j] = slope*in.centre[j] + half
	row[z.symbols] = half
	z.symbols++
	f.reach[j] = inflate(slope*in.reach[j] + 2*half)
	f.errors[j] = inflate(slope*in.errors[j] + 4*unit*f.reach[j])
}
