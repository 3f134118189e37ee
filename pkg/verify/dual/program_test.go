package dual

import (
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
)

// program is the saddle point of a margin as the linear program that it is the dual of: columns s, z and a, the
// equality of every unit a row.
type program struct {
	highs.Problem
	rows []int // of the equalities
}

// solved is the program's optimum, in the network's numbers, and its multipliers nu.
func (p *instance) solved(class int) (value float64, nu []float64) {
	p.Helper()
	row := p.condensed.Margin(class)
	saddle := newProblem(p.condensed, p.ball, p.x, row)
	w := &program{}
	w.A = highs.NewMatrix()
	w.write(saddle)
	s, err := highs.New(&w.Problem)
	if err != nil {
		p.Fatal(err)
	}
	defer s.Close()
	r, err := s.Solve(p.Context(), highs.Options{})
	if err != nil || r.Status != highs.Optimal {
		p.Fatalf("%+v, %v", r, err)
	}
	y := make([]float64, len(w.rows))
	for i, at := range w.rows {
		y[i] = r.RowDual[at]
	}
	constant := row.Constant
	for k, f := range row.Input {
		constant += f * saddle.ball.centre[k]
	}
	return r.Objective*saddle.scale + constant, saddle.multipliers(y)
}

// write writes the program of a saddle point.
func (w *program) write(p *problem) {
	inputs := w.inputs(p)
	z, a := make([]int32, p.units), make([]int32, p.units)
	for i := range p.units {
		l, u := p.lower[i], p.upper[i]
		z[i], a[i] = w.column(0, l, u), w.column(p.ra[i], 0, u)
		w.constraint(0, math.Inf(1), []int32{a[i], z[i]}, []float64{1, -1})
		w.constraint(math.Inf(-1), -l*u/(u-l), []int32{a[i], z[i]}, []float64{1, -u / (u - l)})
		index, value := []int32{z[i]}, []float64{1}
		for k, f := range p.a[i] {
			for side, column := range inputs[k] {
				index, value = append(index, column), append(value, -f*float64(1-2*side))
			}
		}
		for j, f := range p.b[i] {
			index, value = append(index, a[j]), append(value, -f)
		}
		w.rows = append(w.rows, w.constraint(p.c[i], p.c[i], index, value))
	}
}

// inputs adds the ball: a column for each input, or, for l_1, how far it rises and how far it falls.
func (w *program) inputs(p *problem) (columns [][]int32) {
	var all []int32
	var ones []float64
	for k, cost := range p.rs {
		if p.ball.norm == ball.Linf {
			columns = append(columns, []int32{w.column(cost, -1, 1)})
			continue
		}
		pair := []int32{w.column(cost, 0, p.ball.up[k]), w.column(-cost, 0, -p.ball.down[k])}
		columns, all, ones = append(columns, pair), append(all, pair...), append(ones, 1, 1)
	}
	if all != nil {
		w.constraint(math.Inf(-1), 1, all, ones)
	}
	return columns
}

func (w *program) column(cost, lower, upper float64) int32 {
	w.Cost, w.ColLower, w.ColUpper = append(w.Cost, cost), append(w.ColLower, lower), append(w.ColUpper, upper)
	return int32(len(w.Cost) - 1)
}

func (w *program) constraint(lower, upper float64, index []int32, value []float64) int {
	w.A.AppendRow(index, value)
	w.RowLower, w.RowUpper = append(w.RowLower, lower), append(w.RowUpper, upper)
	return len(w.RowLower) - 1
}

// layers is the program of package exact on the same bounds: it has bounds of active units too, so that its optimum is
// at least the dual's.
func (p *instance) layers(class int) float64 {
	p.Helper()
	around, err := exact.BallOf(p.ball, p.x)
	if err != nil {
		p.Fatal(err)
	}
	found, err := exact.LastLayerLP(p.Context(), exact.NewNet(p.plain.Ops()), around, p.bounds,
		[][]float64{p.row(class)}, exact.LPOptions{})
	if err != nil || found[0].Status != highs.Optimal {
		p.Fatalf("%+v, %v", found, err)
	}
	return found[0].Value
}

// row is e_0 - e_class.
func (p *instance) row(class int) []float64 {
	row := make([]float64, p.plain.Classes())
	row[0], row[class] = 1, -1
	return row
}
