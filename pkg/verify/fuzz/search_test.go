package fuzz

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
)

// extremes are the least and the largest values that any point of a ball has shown: no bound may lie inside.
type extremes struct {
	net          *plain
	ball         ball.Ball
	x            []float64
	label        int
	lower, upper [][]float64  // of the relus' inputs, [relu][unit]
	margins      []float64    // least logit[label] - logit[t], [class t]
	hull         [2][]float64 // lower and upper side of the smallest box around the ball
	programs     int          // mixed-integer programs solved
}

func newExtremes(p *plain, b ball.Ball, x []float64, label int) *extremes {
	e := &extremes{net: p, ball: b, x: x, label: label, margins: make([]float64, p.Classes())}
	e.hull[0], e.hull[1] = b.Bounds(x)
	for i := range e.margins {
		e.margins[i] = math.Inf(1)
	}
	for _, i := range p.relus {
		n := p.ops[i].Size
		l, u := make([]float64, n), make([]float64, n)
		for j := range l {
			l[j], u[j] = math.Inf(1), math.Inf(-1)
		}
		e.lower, e.upper = append(e.lower, l), append(e.upper, u)
	}
	return e
}

// see moves a point into the ball and takes its values in.
func (e *extremes) see(point []float64) [][]float64 {
	e.clip(point)
	values := e.net.forward(point)
	for k, i := range e.net.relus {
		for j, z := range values[e.net.ops[i].From[0]] {
			e.lower[k][j], e.upper[k][j] = min(e.lower[k][j], z), max(e.upper[k][j], z)
		}
	}
	logits := values[len(values)-1]
	for t := range e.margins {
		e.margins[t] = min(e.margins[t], logits[e.label]-logits[t])
	}
	return values
}

// clip moves a point into the ball: towards x until it is near enough, then into the box, which contains x.
func (e *extremes) clip(point []float64) {
	scale := 1.0
	if e.ball.Norm != ball.Linf {
		if d := e.ball.Distance(e.x, point); d > e.ball.Eps {
			scale = e.ball.Eps / d
		}
	}
	for k := range point {
		point[k] = min(max(e.x[k]+scale*(point[k]-e.x[k]), e.hull[0][k]), e.hull[1][k])
	}
}

// search looks at samples, corners, points of descent on every margin and on some units, and solvers' optima where
// asked.
func (e *extremes) search(rng *rand.Rand, solve bool) {
	starts := [][]float64{append([]float64{}, e.x...)}
	for range 8 {
		starts = append(starts, e.ball.Sample(e.x, rng))
	}
	starts = append(starts, e.corners(rng)...)
	for _, point := range starts {
		e.see(point)
	}
	for t := range e.margins {
		if t != e.label {
			e.descend(starts[rng.IntN(len(starts))], e.margin(t))
			e.descend(e.x, e.margin(t))
		}
	}
	for range 6 {
		if len(e.net.relus) > 0 {
			e.descend(starts[rng.IntN(len(starts))], e.unit(rng))
		}
	}
	if solve {
		e.optima()
	}
}

// corners are those of the hull that has few of them, else some.
func (e *extremes) corners(rng *rand.Rand) (all [][]float64) {
	n := len(e.x)
	count := 8
	if n <= 4 {
		count = 1 << n
	}
	for c := range count {
		point := make([]float64, n)
		for k := range point {
			side := c >> k & 1
			if n > 4 {
				side = rng.IntN(2)
			}
			point[k] = e.hull[side][k]
		}
		all = append(all, point)
	}
	return all
}

// objective gives the seeds of a gradient, [op][unit].
type objective func() [][]float64

func (e *extremes) margin(t int) objective {
	return func() [][]float64 {
		seeds := make([][]float64, len(e.net.ops))
		last := make([]float64, len(e.margins))
		last[e.label], last[t] = 1, -1
		seeds[len(seeds)-1] = last
		return seeds
	}
}

// unit is a unit of a relu's input, or minus it.
func (e *extremes) unit(rng *rand.Rand) objective {
	from := e.net.ops[e.net.relus[rng.IntN(len(e.net.relus))]].From[0]
	n := e.net.ops[from].Size
	j, sign := rng.IntN(n), float64(2*rng.IntN(2)-1)
	return func() [][]float64 {
		seeds := make([][]float64, len(e.net.ops))
		seeds[from] = make([]float64, n)
		seeds[from][j] = sign
		return seeds
	}
}

// descend goes down from a point by steps of the norm's steepest direction.
func (e *extremes) descend(from []float64, o objective) {
	point := append([]float64{}, from...)
	for step := range 7 {
		g := e.net.backward(e.see(point), o())
		d := steepest(e.ball, g)
		for k := range point {
			point[k] -= 2 * e.ball.Eps / float64(1+step) * d[k]
		}
	}
	e.see(point)
}

// steepest is the direction of length 1 in which a function of gradient g grows fastest.
func steepest(b ball.Ball, g []float64) []float64 {
	d := make([]float64, len(g))
	norm, largest := 0.0, 0
	for k, v := range g {
		norm = math.Hypot(norm, v)
		if abs(v) > abs(g[largest]) {
			largest = k
		}
	}
	for k, v := range g {
		switch {
		case v == 0:
		case b.Norm == ball.L2:
			d[k] = v / norm
		case b.Norm == ball.Linf && b.Radii != nil:
			d[k] = math.Copysign(b.Radii[k], v)
		case b.Norm == ball.Linf || k == largest:
			d[k] = math.Copysign(1, v)
		}
	}
	return d
}

// What makes a mixed-integer program small: the unstable units, and the time that it may take.
const (
	mostBinaries = 14
	milpLimit    = 2 * time.Second
)

// optima looks at the minima of the margins by mixed-integer programs; an l_2 ball has none.
func (e *extremes) optima() {
	if len(e.net.Smooth()) > 0 {
		return // they know relus only
	}
	region, err := cert.NewRegion(e.net.Network, e.ball, e.x)
	if err != nil {
		return
	}
	found, err := region.Bounds(context.Background(), cert.FastLin, cert.CROWN)
	if err != nil {
		return
	}
	b, err := exact.BallOf(e.ball, e.x)
	if err != nil || len(found.UnstableUnits()) > mostBinaries {
		return
	}
	n := exact.NewNet(e.net.Network.Ops())
	for t := range e.margins {
		row := make([]float64, len(e.margins))
		row[e.label], row[t] = 1, -1
		if t == e.label {
			continue
		}
		r, err := exact.MILP(context.Background(), n, b, found, row, exact.MILPOptions{TimeLimit: milpLimit})
		if err == nil && r.X != nil {
			e.see(append([]float64{}, r.X...))
			e.programs++
		}
	}
}

// solverReady reports whether programs can be solved.
func solverReady(t *testing.T) bool {
	if err := highs.Load(); err != nil {
		t.Logf("*** without mixed-integer programs: %v", err)
		return false
	}
	return true
}
