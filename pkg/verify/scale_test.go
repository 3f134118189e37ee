package verify

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/highs"
	"tightrope/pkg/verify/outcome"
)

// scaling multiplies parts of a network by powers of two, so that margins become factor times what they were.
type scaling struct {
	name  string
	apply func(n *net.Network, x []float32, eps *float64, k int) (factor float64)
}

var scalings = []scaling{
	{"last layer times 2^k", func(n *net.Network, _ []float32, _ *float64, k int) float64 {
		times(n, len(n.Params)-2, k)
		times(n, len(n.Params)-1, k)
		return math.Ldexp(1, k)
	}},
	{"first layer times 2^k, the second's weights by it", func(n *net.Network, _ []float32, _ *float64, k int) float64 {
		times(n, 0, k)
		times(n, 1, k)
		times(n, 2, -k)
		return 1
	}},
	{"inputs times 2^k, the first weights by it", func(n *net.Network, x []float32, eps *float64, k int) float64 {
		for i := range x {
			x[i] *= float32(math.Ldexp(1, k))
		}
		*eps = math.Ldexp(*eps, k)
		times(n, 0, -k)
		return 1
	}},
}

// times multiplies a parameter by 2^k.
func times(n *net.Network, param, k int) {
	for i, v := range n.Params[param].Data {
		n.Params[param].Data[i] = math.Ldexp(v, k)
	}
}

// scaleCase is a chain of layers with a ball, without a box, whose parts can be scaled.
type scaleCase struct {
	network *net.Network
	ball    ball.Ball
	x       []float32
	labels  []int32
}

// newScaleCase draws a dense or, every second time, a convolutional chain; labels are the network's own.
func newScaleCase(t *testing.T, rng *rand.Rand, i int) *scaleCase {
	n := randomNetwork(t, rng, i%2)
	for _, p := range n.Params {
		for k, v := range p.Data {
			p.Data[k] = float64(float32(v))
		}
	}
	c := &scaleCase{network: n, ball: ball.Ball{Norm: []ball.Norm{ball.Linf, ball.L1, ball.L2}[i%3],
		Eps: []float64{0.0625, 0.25, 0.125}[i%3]}}
	plain := plainOf(t, n)
	for range 3 {
		x := make([]float64, n.InputSize())
		for k := range x {
			v := float32(rng.Float64())
			x[k] = float64(v)
			c.x = append(c.x, v)
		}
		c.labels = append(c.labels, int32(argmax(plain.Forward(x))))
	}
	return c
}

// scaled is a copy with a scaling applied.
func (c *scaleCase) scaled(s scaling, k int) (*scaleCase, float64) {
	out := &scaleCase{c.network.Clone(), c.ball, append([]float32{}, c.x...), c.labels}
	return out, s.apply(out.network, out.x, &out.ball.Eps, k)
}

func (c *scaleCase) set() *data.Set {
	return &data.Set{Name: "scaled", Shape: c.network.Input, Classes: c.network.Classes(), X: c.x, Y: c.labels,
		Upper: 1}
}

// exponents of the scales.
var exponents = []int{-30, -7, 30}

// scaleTest compares a case with its scaled copies.
type scaleTest struct {
	*testing.T
	backend compute.Backend
	slow    bool
}

// TestScales: bounds, attacks, ladders and verdicts follow the scale of the logits, of hidden layers and of inputs: no
// tolerance is a number of its own.
func TestScales(t *testing.T) {
	s := &scaleTest{T: t, backend: testbackend.Open(t)}
	s.slow = s.backend.Name() == "xla"
	rng, cases := newRand(91), 3
	if s.slow {
		cases = 1
	}
	for i := range cases {
		c := newScaleCase(t, rng, i)
		for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
			s.bounds(c, dtype)
		}
		s.decisions(c)
	}
}

// bounds checks all techniques in the graph, alpha-CROWN and the attack.
func (s *scaleTest) bounds(c *scaleCase, dtype dtypes.DType) {
	s.Helper()
	unit := map[dtypes.DType]float64{dtypes.Float64: 0x1p-44, dtypes.Float32: 0x1p-18}[dtype]
	base := s.margins(c, dtype)
	size := 0.0
	for _, rows := range base {
		for _, m := range rows {
			size = max(size, math.Abs(m))
		}
	}
	for _, how := range scalings {
		for _, k := range s.exponents() {
			scaled, factor := c.scaled(how, k)
			for name, rows := range s.margins(scaled, dtype) {
				for j, m := range rows {
					if !(math.Abs(m-factor*base[name][j]) <= unit*factor*size) {
						s.Errorf("%s, %s, k = %d, %v, %v: margin %v, want %v", c.network.Arch().Text(), how.name, k,
							dtype,
							name, m, factor*base[name][j])
					}
				}
			}
		}
	}
}

func (s *scaleTest) exponents() []int {
	if s.slow {
		return exponents[:1]
	}
	return exponents
}

// margins are those of all samples by every technique, and PGD's.
func (s *scaleTest) margins(c *scaleCase, dtype dtypes.DType) map[string][]float64 {
	s.Helper()
	c.network.DType = dtype
	found := map[string][]float64{}
	note := func(name string, out *bound.Output, err error) {
		if err != nil {
			s.Fatal(err)
		}
		for i, y := range c.labels {
			for t, m := range out.Margins[i] {
				if int32(t) != y {
					found[name] = append(found[name], m)
				}
			}
		}
	}
	for _, technique := range s.techniques() {
		e, err := bound.NewEvaluator(s.backend, c.network, bound.Options{Technique: technique, Ball: c.ball, Batch: 3})
		if err != nil {
			s.Fatal(err)
		}
		out, err := bound.Evaluate(e, c.x, c.labels)
		note(technique.Name(), out, err)
		e.Close()
	}
	a, err := bound.NewAlphaEvaluator(s.backend, c.network,
		bound.AlphaOptions{Ball: c.ball, Iterations: 10, Joint: true})
	if err != nil {
		s.Fatal(err)
	}
	out, err := bound.EvaluateAlpha(a, c.x, c.labels)
	note("alpha-CROWN", out, err)
	a.Close()
	found["PGD"] = s.attacked(c)
	return found
}

func (s *scaleTest) techniques() []bound.Technique {
	if s.slow {
		return []bound.Technique{bound.FastLin{}, bound.CROWNIBP()}
	}
	return []bound.Technique{bound.IBP{}, bound.FastLin{}, bound.CROWN{}, bound.CROWNIBP(), bound.Zonotope{},
		bound.Hybrid{}, bound.Best{},
		bound.FastLin{Intermediate: bound.IBP{}}}
}

func (s *scaleTest) attacked(c *scaleCase) []float64 {
	a, err := attack.New(s.backend, c.network, attack.Options{Ball: c.ball, Steps: 5, Batch: 3})
	if err != nil {
		s.Fatal(err)
	}
	defer a.Close()
	r, err := attack.Run(a, c.x, c.labels)
	if err != nil {
		s.Fatal(err)
	}
	return r.Margin
}

// decisions checks ladders and cascades: every bound <= exact <= PGD up to a part of the margins' size, no image is
// left, and verdicts are those of the network without a scale.
func (s *scaleTest) decisions(c *scaleCase) {
	c.network.DType = dtypes.Float32
	base, verdicts := s.ladder(c, 1), s.verdicts(c)
	for _, how := range scalings {
		for _, k := range s.exponents() {
			scaled, factor := c.scaled(how, k)
			what := fmt.Sprintf("%s, %v, %s, k = %d", c.network.Arch().Text(), c.ball.Norm, how.name, k)
			for name, m := range s.ladder(scaled, factor) {
				if !(math.Abs(m-base[name]) <= scalePart) {
					s.Errorf("%s, %s: %v of the margins' size, want %v", what, name, m, base[name])
				}
			}
			if got := s.verdicts(scaled); got != verdicts {
				s.Errorf("%s: %s, want %s", what, got, verdicts)
			}
		}
	}
}

// scalePart is the fraction of the margins' size by which searches and programs may differ: their own gaps.
const scalePart = 1e-4

// ladder gives every rung's margin of every image over factor and the size of the image's logits, and checks their
// order.
func (s *scaleTest) ladder(c *scaleCase, factor float64) map[string]float64 {
	s.Helper()
	o := LadderOptions{Ball: c.ball, AlphaSteps: 10, DualSteps: 40, Attack: &attack.Options{Steps: 10}}
	for _, r := range append(Rungs(), technique.Dual) {
		if !r.Row().HiGHS || highs.Load() == nil && c.ball.Norm != ball.L2 {
			o.Rungs = append(o.Rungs, r)
		}
	}
	_, ladders, err := Ladder(s.Context(), s.backend, c.network, c.set(), o)
	if err != nil {
		s.Fatal(err)
	}
	found := map[string]float64{}
	plain := plainOf(s, c.network)
	for i := range ladders {
		size := 0.0
		for _, z := range plain.Forward(sample64(c.set(), i)) {
			size = max(size, math.Abs(z)/factor)
		}
		exact := *ladders[i].Step(technique.Exact).Margin / factor / size
		for _, step := range ladders[i].Steps {
			m := *step.Margin / factor / size
			found[fmt.Sprint(step.Rung, " of image ", i)] = m
			if step.Unfinished && c.ball.Norm != ball.L2 { // whose last nodes have no program that settles them
				s.Errorf("%v of image %d is unfinished: %v, %s", step.Rung, i, c.ball, c.network.Arch().Text())
			}
			if above := m - exact; step.Rung < technique.Exact && above > scalePart || step.Rung == technique.PGD &&
				above < -1e-6 {
				s.Errorf("%v, factor %g: %v = %v, exact %v of the margins' size", c.ball, factor, step.Rung, m, exact)
			}
		}
	}
	return found
}

// verdicts are the counts of a cascade.
func (s *scaleTest) verdicts(c *scaleCase) string {
	s.Helper()
	sum, err := Cascade(s.Context(), s.backend, c.network, c.set(),
		CascadeOptions{Ball: c.ball, PerImage: 20 * time.Second,
			Skip: []outcome.Stage{outcome.PGD, outcome.IBP, outcome.CROWNIBP, outcome.FastLin, outcome.CROWN}})
	if err != nil {
		s.Fatal(err)
	}
	return fmt.Sprintf("%d certified, %d falsified, %d unchecked, %d unknown", sum.Certified, sum.Falsified,
		sum.Unchecked,
		sum.Unknown)
}
