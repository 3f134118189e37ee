package prove

import (
	"math"

	"tightrope/pkg/verify/cert"
)

// smooth gives every unit of a smooth activation its own symbol, between two lines of the same slope, and keeps CROWN's
// lines for backward passes.
func (z *zonotope) smooth(o *op, f *form) {
	in := &z.forms[o.From[0]]
	lower, upper, slope := z.lower[o.relu], z.upper[o.relu], z.slope[o.relu]
	copy(lower, in.low)
	copy(upper, in.high)
	for row, r := range z.radii(in) {
		c, j := in.rows[row*in.stride], in.unit(row)
		lower[j], upper[j] = max(lower[j], c-r), min(upper[j], c+r)
	}
	f.make(o.Size, z.columns+o.Size)
	f.interval(o.Size)
	for j, l := range lower {
		g := o.curve.Lines(cert.FastLin, l, upper[j])
		z.lines[o.relu][j] = [2]cert.SmoothLines{g, o.curve.Lines(cert.CROWN, l, upper[j])}
		slope[j] = g.Lower
		row := f.row(j)
		if from, found := in.at(int32(j)); found {
			scaled(row, in.row(from), slope[j])
		}
		row[0] += (g.Below + g.Above) / 2
		row[z.columns] = (g.Above - g.Below) / 2
		z.columns++
		r := o.curve.Lines(cert.Interval, l, upper[j])
		f.low[j], f.high[j] = r.Below, r.Above
	}
}

// relaxSmooth replaces entries at the outputs of a smooth activation by entries at its inputs.
func (r *rows) relaxSmooth(o *op, g, out []float64, crown bool) {
	rule := 0
	if crown {
		rule = 1
	}
	for j, h := range g {
		line := &r.lines[o.relu][j][rule]
		if h > 0 {
			out[j] += h * line.Lower
			r.constant += h * line.Below
		} else {
			out[j] += h * line.Upper
			r.constant += h * line.Above
		}
	}
}

// gap returns the distance between the parallel lines of a unit of an activation, divided by the width of its input.
// [rows.influence] multiplies it by the absolute entry at the unit's output. It is 0 if the unit's lines are exact.
func (r *rows) gap(k, j int) float64 {
	l, u := r.zonotope.lower[k][j], r.zonotope.upper[k][j]
	switch {
	case r.ops[r.relus[k]].Smooth != "":
		g := &r.lines[k][j][0]
		return max(g.Above-g.Below, 0) / max(u-l, math.SmallestNonzeroFloat32)
	case l >= 0 || u <= 0:
		return 0
	}
	return -l * u / (u - l) / (u - l)
}
