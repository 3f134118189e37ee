package exact

import (
	"math"

	"tightrope/pkg/internal/powers"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// unit is a relu that has columns in a program, with its place there.
type unit struct {
	layer, index int   // relu number, unit in it
	z, a, s      int32 // columns: input; output, -1 if it is z; phase (1: active), -1 in an LP
	row          int   // row z = expression
	scale        float64
}

// program is problem C (triangle) or O (exact) up to one operation, as columns and rows. The solver's tolerances are
// absolute, so a relu's columns are counted in a power of two near the larger of |l| and |u|, and the inputs' as
// distances from the centre in one near eps: every column is at most about 1, whatever the scale of the layers and of
// the ball.
type program struct {
	problem highs.Problem
	exact   bool
	step    float64  // that the inputs' columns are counted in
	input   []expr   // [inputs], the point x of the ball
	values  [][]expr // [operations][size], nil for those that are not needed
	units   []unit   // unstable and active ones
}

// encode writes the network from the input to operation target over the ball, with every relu replaced by its triangle,
// or exactly by a binary where exact is set. The arguments have been checked. Columns all have finite bounds.
func encode(n *Net, ball *Ball, bounds *cert.Bounds, target int, exact bool) *program {
	p := &program{exact: exact, values: make([][]expr, len(n.ops))}
	p.problem.A = highs.NewMatrix()
	needed := n.ancestors(target)
	p.encodeInput(ball)
	p.values[0] = p.input
	for i := 1; i <= target; i++ {
		if !needed[i] {
			continue
		}
		switch op := &n.ops[i]; {
		case op.Relu:
			p.values[i] = p.relu(n.layer[i], p.values[op.From[0]], bounds)
		case op.Bias != nil:
			p.values[i] = p.affine(op)
		case len(op.From) > 1:
			p.values[i] = p.sum(op)
		default:
			panic(unknown(op))
		}
	}
	return p
}

// addColumn adds a column without cost.
func (p *program) addColumn(lower, upper float64) int32 {
	q := &p.problem
	q.Cost, q.ColLower, q.ColUpper = append(q.Cost, 0), append(q.ColLower, lower), append(q.ColUpper, upper)
	if p.exact {
		q.Integer = append(q.Integer, false)
	}
	return int32(len(q.Cost) - 1)
}

// addRow adds lower <= sum value*column <= upper.
func (p *program) addRow(lower, upper float64, index []int32, value []float64) int {
	q := &p.problem
	q.A.AppendRow(index, value)
	q.RowLower, q.RowUpper = append(q.RowLower, lower), append(q.RowUpper, upper)
	return len(q.RowLower) - 1
}

// encodeInput adds the ball: each input is its centre plus a column for l_inf; for l_1 it is centre + rise - fall, and
// the sum of all rises and falls is at most eps.
func (p *program) encodeInput(ball *Ball) {
	p.input = make([]expr, len(ball.Center))
	for k := range p.input {
		p.step = max(p.step, ball.radius(k))
	}
	p.step = powers.OfTwo(p.step)
	var all []int32
	var ones []float64
	for k, x := range ball.Center {
		down, up := ball.room(k)
		if !ball.l1() {
			at := p.addColumn(-down/p.step, up/p.step)
			p.input[k] = expr{index: []int32{at}, value: []float64{p.step}, constant: x}
			continue
		}
		rise, fall := p.addColumn(0, up/p.step), p.addColumn(0, down/p.step)
		p.input[k] = expr{index: []int32{rise, fall}, value: []float64{p.step, -p.step}, constant: x}
		all, ones = append(all, rise, fall), append(ones, 1, 1)
	}
	if ball.l1() {
		p.addRow(math.Inf(-1), ball.Eps/p.step, all, ones)
	}
}

// roundUp returns the next larger number of a positive one: it undoes a rounding.
func roundUp(value float64) float64 {
	if value == 0 {
		return 0
	}
	return math.Nextafter(value, math.Inf(1))
}

// affine composes a layer with the expressions it reads.
func (p *program) affine(op *cert.Op) []expr {
	in, out := p.values[op.From[0]], make([]expr, op.Size)
	s := newSummer(len(p.problem.Cost))
	for i := range out {
		index, weight := row(op, i)
		for k, j := range index {
			s.add(weight[k], &in[j])
		}
		out[i] = s.take(op.Bias[i])
	}
	return out
}

// sum adds the expressions of several operations.
func (p *program) sum(op *cert.Op) []expr {
	out := make([]expr, op.Size)
	s := newSummer(len(p.problem.Cost))
	for i := range out {
		for _, from := range op.From {
			s.add(1, &p.values[from][i])
		}
		out[i] = s.take(0)
	}
	return out
}

// relu adds the columns and rows of relu number k over its inputs and returns its outputs.
func (p *program) relu(k int, inputs []expr, bounds *cert.Bounds) []expr {
	out := make([]expr, len(inputs))
	for j := range out {
		in, l, u := &inputs[j], bounds.Lower[k][j], bounds.Upper[k][j]
		switch {
		case u <= 0: // inactive: no column at all
		case l >= 0:
			z, row, scale := p.define(in, l, u)
			p.units = append(p.units, unit{layer: k, index: j, z: z, a: -1, s: -1, row: row, scale: scale})
			out[j] = column(z, scale)
		default:
			z, row, scale := p.define(in, l, u)
			added := unit{layer: k, index: j, z: z, a: p.addColumn(0, u/scale), s: -1, row: row, scale: scale}
			if p.exact {
				p.addBigM(&added, l/scale, u/scale)
			} else {
				p.addTriangle(&added, l/scale, u/scale)
			}
			p.units = append(p.units, added)
			out[j] = column(added.a, scale)
		}
	}
	return out
}

// define adds a column within [l, u] that equals the expression, both in a power of two. The bounds are valid, so they
// cut nothing off the network; they can cut the relaxation.
func (p *program) define(e *expr, l, u float64) (z int32, row int, scale float64) {
	scale = powers.OfTwo(max(-l, u))
	z = p.addColumn(l/scale, u/scale)
	index, value := append([]int32{z}, e.index...), append([]float64{1}, e.value...)
	for k := 1; k < len(value); k++ {
		value[k] /= -scale
	}
	return z, p.addRow(e.constant/scale, e.constant/scale, index, value), scale
}

// addTriangle adds a >= z and a <= u/(u-l) (z-l); a >= 0 is the column's bound. The right side is rounded up, so that
// the line lies above relu in exact arithmetic.
func (p *program) addTriangle(t *unit, l, u float64) {
	p.addRow(0, math.Inf(1), []int32{t.a, t.z}, []float64{1, -1})
	slope := u / (u - l)
	intercept := roundUp(max(-slope*l, math.FMA(-slope, u, u)))
	p.addRow(math.Inf(-1), intercept, []int32{t.a, t.z}, []float64{1, -slope})
}

// addBigM adds the exact relu (Tjeng et al. 2019, eq. 6): a >= z, a <= z - l(1-s), a <= u s, s in {0, 1}.
func (p *program) addBigM(t *unit, l, u float64) {
	t.s = p.addColumn(0, 1)
	p.problem.Integer[t.s] = true
	p.addRow(0, math.Inf(1), []int32{t.a, t.z}, []float64{1, -1})
	p.addRow(math.Inf(-1), -l, []int32{t.a, t.z, t.s}, []float64{1, -1, -l})
	p.addRow(math.Inf(-1), 0, []int32{t.a, t.s}, []float64{1, -u})
}

// objective returns the costs and offset of c . values(target).
func (p *program) objective(target int, c []float64) ([]float64, float64) {
	cost, offset := make([]float64, len(p.problem.Cost)), 0.0
	for i, factor := range c {
		if factor == 0 {
			continue
		}
		e := &p.values[target][i]
		offset += factor * e.constant
		for k, j := range e.index {
			cost[j] += factor * e.value[k]
		}
	}
	return cost, offset
}

// normalised are the costs and offset in units of a power of two near the largest cost, and that.
func normalised(cost []float64, offset float64) (scaled []float64, scaledOffset, scale float64) {
	largest := 0.0
	for _, c := range cost {
		largest = max(largest, math.Abs(c))
	}
	scale = powers.OfTwo(largest)
	scaled = make([]float64, len(cost))
	for j, c := range cost {
		scaled[j] = c / scale
	}
	return scaled, offset / scale, scale
}

// point returns the input at the columns' values, moved into the ball.
func (p *program) point(ball *Ball, columns []float64) []float64 {
	x := make([]float64, len(p.input))
	for k := range x {
		x[k] = p.input[k].at(columns)
	}
	ball.Project(x)
	return x
}

// columns returns the columns' values at an input: the inverse of point. values are those of all operations at x.
func (p *program) columns(n *Net, ball *Ball, x []float64, values [][]float64) []float64 {
	columns := make([]float64, len(p.problem.Cost))
	for k, e := range p.input {
		rise := (x[k] - ball.Center[k]) / p.step
		if !ball.l1() {
			columns[e.index[0]] = rise
			continue
		}
		columns[e.index[0]], columns[e.index[1]] = max(rise, 0), max(-rise, 0)
	}
	for _, v := range p.units {
		z := values[n.before(v.layer)][v.index]
		columns[v.z] = z / v.scale
		if v.a >= 0 {
			columns[v.a] = max(z, 0) / v.scale
		}
		if v.s >= 0 && z > 0 {
			columns[v.s] = 1
		}
	}
	return columns
}
