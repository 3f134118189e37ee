package dual

import "math"

// point is where the climber is: all primal values, and the multipliers.
type point struct{ s, z, a, y []float64 }

func (p *problem) newPoint() point {
	units := func() []float64 { return make([]float64, p.units) }
	return point{s: make([]float64, p.inputs), z: units(), a: units(), y: units()}
}

// parts are the lists of a point.
func (p point) parts() [4][]float64 { return [4][]float64{p.s, p.z, p.a, p.y} }

func (p point) copyFrom(q point) {
	for i, to := range p.parts() {
		copy(to, q.parts()[i])
	}
}

// climber finds the saddle point by the primal-dual hybrid gradient method (Chambolle and Pock 2011) with diagonal step
// sizes (Pock and Chambolle 2011): each primal step times each dual one stays below the bound at which it converges, so
// nothing has to be tuned and no step decays. Its fixed point is found by Halpern's iteration with reflection, begun
// again from where it is whenever the residual has fallen far enough (Lu and Yang 2024), and the balance of primal and
// dual steps follows from how far both have moved (Applegate et al. 2021).
type climber struct {
	*problem
	tauS     []float64 // primal steps of the inputs
	tau      []float64 // of (z, a), one for both, so that the projection is the plain one
	sigma    []float64 // dual steps
	weight   float64   // of dual steps against primal ones
	at, from point     // where it is, and where it began anew
	next     point     // one step on
	gs, ga   []float64 // gradients: h over the outputs of units, v over the inputs
	bars, ba []float64 // primal values extrapolated
	steps    int       // since it began anew
	first    float64   // the residual then
	last     float64   // the residual now
}

// Restarts happen when the residual has fallen to this fraction of the first one, or has not within this number of
// steps.
const (
	fallen  = 0.3
	patient = 400
)

func (p *problem) newClimber(y []float64) *climber {
	c := &climber{problem: p, weight: 1, at: p.newPoint(), from: p.newPoint(), next: p.newPoint(),
		gs: make([]float64, p.inputs), ga: make([]float64, p.units),
		bars: make([]float64, p.inputs), ba: make([]float64, p.units)}
	copy(c.at.y, y)
	c.balance()
	for i := range p.units {
		c.at.z[i], c.at.a[i] = triangle(p.c[i], max(p.c[i], 0), p.lower[i], p.upper[i])
	}
	c.again()
	return c
}

// balance sets the steps: one over the sum of the sizes of a column, or of a row, of the equalities.
func (c *climber) balance() {
	columns, units := make([]float64, c.inputs), make([]float64, c.units)
	c.sigma, c.tau, c.tauS = make([]float64, c.units), make([]float64, c.units), make([]float64, c.inputs)
	for i := range c.units {
		sum := 1.0 // of z
		for k, f := range c.problem.a[i] {
			columns[k] += math.Abs(f)
			sum += math.Abs(f)
		}
		for j, f := range c.b[i] {
			units[j] += math.Abs(f)
			sum += math.Abs(f)
		}
		c.sigma[i] = 1 / sum
	}
	for i, sum := range units {
		c.tau[i] = 1 / max(sum, 1)
	}
	steepest := largest(columns)
	for k, sum := range columns {
		if c.tauS[k] = 1 / steepest; c.ball.down == nil && sum > 0 { // each input by itself
			c.tauS[k] = 1 / sum
		}
	}
}

// again restarts from the current point.
func (c *climber) again() {
	c.from.copyFrom(c.at)
	c.steps = 0
}

// rebalance lets primal and dual values move about as far, each measured in its steps.
func (c *climber) rebalance() {
	primal := c.moved(c.at.s, c.from.s, c.tauS) + c.moved(c.at.z, c.from.z, c.tau) + c.moved(c.at.a, c.from.a, c.tau)
	if dual := c.moved(c.at.y, c.from.y, c.sigma); primal > 1e-20 && dual > 1e-20 {
		c.weight = math.Sqrt(c.weight * math.Sqrt(dual/primal))
	}
}

// moved is the square of a distance in steps.
func (c *climber) moved(p, q, steps []float64) float64 {
	sum := 0.0
	for i := range p {
		sum += (p[i] - q[i]) * (p[i] - q[i]) / steps[i]
	}
	return sum
}

// step takes one step of Halpern's iteration.
func (c *climber) step() {
	c.gradients()
	c.primal()
	c.dual()
	c.last = c.residual()
	if c.steps == 0 {
		c.first = c.last
	}
	c.steps++
	share := float64(c.steps) / float64(c.steps+1)
	next, from := c.next.parts(), c.from.parts()
	for l, at := range c.at.parts() {
		for i := range at {
			at[i] = share*(2*next[l][i]-at[i]) + (1-share)*from[l][i]
		}
	}
	if c.steps > 1 && (c.last <= fallen*c.first || c.steps >= patient) {
		c.rebalance()
		c.again()
	}
}

// gradients carries the multipliers back: h over every unit's output, v over the inputs.
func (c *climber) gradients() {
	copy(c.gs, c.rs)
	copy(c.ga, c.ra)
	for i, y := range c.at.y {
		if y == 0 {
			continue
		}
		add(c.gs, y, c.problem.a[i])
		add(c.ga, y, c.b[i])
	}
}

// add adds f times a list to the beginning of another.
func add(to []float64, f float64, list []float64) {
	to = to[:len(list)]
	for k, v := range list {
		to[k] += f * v
	}
}

// primal moves the primal values down, and extrapolates them.
func (c *climber) primal() {
	for k, s := range c.at.s {
		c.next.s[k] = s - c.tauS[k]/c.weight*c.gs[k]
	}
	c.ball.project(c.next.s)
	for k, s := range c.at.s {
		c.bars[k] = 2*c.next.s[k] - s
	}
	for i := range c.units {
		t := c.tau[i] / c.weight
		c.next.z[i], c.next.a[i] = triangle(c.at.z[i]+t*c.at.y[i], c.at.a[i]-t*c.ga[i], c.lower[i], c.upper[i])
		c.ba[i] = 2*c.next.a[i] - c.at.a[i]
	}
}

// dual moves the multipliers by how far the equalities are violated.
func (c *climber) dual() {
	for i := range c.units {
		violation := c.c[i] + dot(c.problem.a[i], c.bars) + dot(c.b[i], c.ba) - (2*c.next.z[i] - c.at.z[i])
		c.next.y[i] = c.at.y[i] + c.sigma[i]*c.weight*violation
	}
}

func dot(row, x []float64) float64 {
	sum := 0.0
	for k, f := range row {
		sum += f * x[k]
	}
	return sum
}

// residual is how far the step goes.
func (c *climber) residual() float64 {
	primal := c.moved(c.at.s, c.next.s, c.tauS) + c.moved(c.at.z, c.next.z, c.tau) + c.moved(c.at.a, c.next.a, c.tau)
	return math.Sqrt(c.weight*primal + c.moved(c.at.y, c.next.y, c.sigma)/c.weight)
}
