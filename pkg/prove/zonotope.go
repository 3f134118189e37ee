package prove

import (
	"slices"

	"tightrope/pkg/internal/vector"
	"tightrope/pkg/verify/cert"
)

// A zonotope bounds every value of the network on a box by an affine form of symbols in [-1, 1]: one for each input
// that can move, and one for each relu that may be on either side of 0, whose two lines have the slope u/(u-l)
// (Fast-Lin, Weng et al. 2018; Singh et al. 2018). It is the scratch memory of one goroutine. Rounding errors of its
// float64 numbers are not bounded, because package property checks whatever it finds.
type zonotope struct {
	*network
	free           []int     // the inputs that can move
	centre, radius []float64 // of all inputs
	forms          []form    // by operation; the input has none
	lower, upper   [][]float64
	slope          [][]float64             // u/(u-l) of each relu's unit; 1 or 0 if it is stable
	lines          [][][2]cert.SmoothLines // of smooth activations' units: Fast-Lin's and CROWN's
	middle, width  []float64               // intervals of an affine map's input
	sums           vector.Sums
	size, a, b, c  []float64 // scratch, of rows
	gathered       []float64
	columns        int // in use
}

// form holds the affine forms of one operation's values, with columns for the centre, the inputs and the relus.
type form struct {
	stride int
	rows   []float64
	index  []int32 // units with a row, in order; the others are 0; nil if all have one
	low    []float64
	high   []float64 // intervals, by interval arithmetic from those of the relus before
}

func (p *network) newZonotope(free []int) *zonotope {
	z := &zonotope{network: p, free: free, centre: make([]float64, p.inputs), radius: make([]float64, p.inputs),
		forms: make([]form, len(p.ops))}
	for _, at := range p.relus {
		size := p.ops[at].Size
		z.lower, z.upper = append(z.lower, make([]float64, size)), append(z.upper, make([]float64, size))
		z.slope = append(z.slope, make([]float64, size))
		z.lines = append(z.lines, nil)
		if p.ops[at].Smooth != "" {
			z.lines[len(z.lines)-1] = make([][2]cert.SmoothLines, size)
		}
	}
	return z
}

// run bounds all operations on a box of all inputs.
func (z *zonotope) run(lower, upper []float64) {
	for k := range lower {
		z.centre[k] = (lower[k] + upper[k]) / 2
	}
	for _, k := range z.free { // the others move only within rounding
		z.radius[k] = (upper[k] - lower[k]) / 2
	}
	z.columns = 1 + len(z.free)
	for i := range z.ops {
		o, f := &z.ops[i], &z.forms[i]
		switch {
		case i == 0:
			z.input(f)
		case o.Bias != nil && o.From[0] == 0:
			z.first(o, f)
		case o.Bias != nil:
			z.affine(o, f)
		case o.Relu:
			z.relu(o, f)
		case o.Smooth != "":
			z.smooth(o, f)
		default:
			z.sum(o, f)
		}
	}
}

// make gives the form a number of rows of zeros.
func (f *form) make(rows, columns int) {
	f.stride = vector.Padded(columns)
	n := rows * f.stride
	f.rows = slices.Grow(f.rows[:0], n)[:n]
	clear(f.rows)
}

func (f *form) row(i int) []float64 { return f.rows[i*f.stride : (i+1)*f.stride] }

// interval makes room for the intervals of size units, whose values are undefined.
func (f *form) interval(size int) {
	f.low, f.high = slices.Grow(f.low[:0], size)[:size], slices.Grow(f.high[:0], size)[:size]
}

func (z *zonotope) input(f *form) {
	f.index = f.index[:0]
	f.make(z.inputs, 1+len(z.free))
	f.index = nil
	f.interval(z.inputs)
	for k := range z.inputs {
		f.row(k)[0] = z.centre[k]
		f.low[k], f.high[k] = z.centre[k]-z.radius[k], z.centre[k]+z.radius[k]
	}
	for c, k := range z.free {
		f.row(k)[1+c] = z.radius[k]
	}
}

// relu gives every unit that may be on either side of 0 its own symbol.
func (z *zonotope) relu(o *op, f *form) {
	in := &z.forms[o.From[0]]
	lower, upper, slope := z.lower[o.relu], z.upper[o.relu], z.slope[o.relu]
	copy(lower, in.low)
	copy(upper, in.high)
	for row, r := range z.radii(in) {
		c, j := in.rows[row*in.stride], in.unit(row)
		lower[j], upper[j] = max(lower[j], c-r), min(upper[j], c+r)
	}
	if f.index == nil {
		f.index = make([]int32, 0, o.Size)
	}
	f.index = f.index[:0]
	unstable := 0
	for j, l := range lower {
		u := upper[j]
		switch {
		case u <= 0:
			slope[j] = 0
			continue
		case l >= 0:
			slope[j] = 1
		default:
			slope[j] = u / (u - l)
			unstable++
		}
		f.index = append(f.index, int32(j))
	}
	f.make(len(f.index), z.columns+unstable)
	f.interval(o.Size)
	for j := range f.low {
		f.low[j], f.high[j] = max(lower[j], 0), max(upper[j], 0)
	}
	for r, unit := range f.index {
		j := int(unit)
		from, _ := in.at(unit)
		row := f.row(r)
		scaled(row, in.row(from), slope[j])
		if lower[j] < 0 {
			half := -slope[j] * lower[j] / 2
			row[0] += half
			row[z.columns] = half
			z.columns++
		}
	}
}

func scaled(out, in []float64, f float64) {
	if f == 1 {
		copy(out, in)
		return
	}
	for k, v := range in[:min(len(in), len(out))] {
		out[k] = f * v
	}
}

// sum adds operations.
func (z *zonotope) sum(o *op, f *form) {
	f.make(o.Size, z.columns)
	f.interval(o.Size)
	clear(f.low)
	clear(f.high)
	for _, from := range o.From {
		in := &z.forms[from]
		for r := range len(in.rows) / in.stride {
			row := f.row(in.unit(r))
			for k, v := range in.row(r) {
				row[k] += v
			}
		}
		for j := range f.low {
			f.low[j] += in.low[j]
			f.high[j] += in.high[j]
		}
	}
	if o.Native != nil {
		o.Native.Tighten(f.low, f.high, func(v int) (lower, upper []float64) { return z.forms[v].low, z.forms[v].high })
	}
}
