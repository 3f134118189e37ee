package train

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
)

// lossOf evaluates the measures of a configuration on a fixed batch at its target radius, in float64.
func lossOf(t *testing.T, c Config) Measures {
	t.Helper()
	c.Ramp, c.Warmup = 0, 0
	n, set, w := tiny(t, dtypes.Float64), blobs(12), c.At(0, 0, 1)
	exec, err := NewExec(testbackend.Open(t), func(g *Graph) *Node {
		s := n.OnConstants(g)
		x := ConvertDType(Reshape(Const(g, set.X), 12, 1, 2, 3), n.DType)
		scalar := func(v float64) *Node { return Scalar(g, n.DType, v) }
		return Stack(objective(robustStage, &batch{
			config: c, net: s, params: constants(g, n.DType, n.Params[0].Data, n.Params[1].Data), x: x,
			labels: Const(g, set.Y), random: RNGStateFromSeedForGraph(g, 5),
			eps: scalar(w.Eps), lambda: scalar(w.Lambda), gamma: scalar(w.Gamma), kappa: scalar(w.Kappa),
			beta: scalar(w.Beta),
		}).nodes(), 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	values := make([]float64, numMeasures)
	if err := floats.Read(values, exec.MustCall()[0]); err != nil {
		t.Fatal(err)
	}
	var m Measures
	for i, p := range m.fields() {
		*p = values[i]
	}
	return m
}

// constants are a matrix of one row and a vector.
func constants(g *Graph, dtype dtypes.DType, w, b []float64) []*Node {
	return []*Node{ConvertDType(Const(g, [][]float64{w}), dtype), ConvertDType(Const(g, b), dtype)}
}

// TestLosses checks identities between the methods: each is known exactly from others at some value of its parameter.
func TestLosses(t *testing.T) {
	plain := Config{Epochs: 1, Eps: 0.1, Box: ball.Unit}
	with := func(change func(*Config)) float64 {
		c := plain
		change(&c)
		return lossOf(t, c).Loss
	}
	attack := Attack{Steps: 4, StepSize: 0.05}
	natural := with(func(c *Config) { c.Method = Natural })
	ibp := with(func(c *Config) { c.Method = IBP })
	fastLin := with(func(c *Config) { c.Method = CP })
	pgd := with(func(c *Config) { c.Method, c.Attack = PGD, attack })
	crown := with(func(c *Config) { c.Method, c.Beta = CROWNIBP, Range{1, 1} })
	hybrid := with(func(c *Config) { c.Method = DiffAI })
	if !(pgd < hybrid) || math.Abs(hybrid-ibp) < 1e-6 || math.Abs(hybrid-fastLin) < 1e-6 {
		t.Errorf("DiffAI on hybrid zonotopes %v: want more than PGD's %v, and neither IBP's %v nor Fast-Lin's %v",
			hybrid, pgd, ibp, fastLin)
	}
	if !(natural < pgd && pgd < fastLin && fastLin < ibp && pgd < crown && crown < ibp) {
		t.Errorf("natural %v, PGD %v, Fast-Lin %v, CROWN-IBP %v, IBP %v: want them in this order here", natural, pgd,
			fastLin, crown, ibp)
	}
	for _, test := range []struct {
		name      string
		got, want float64
	}{
		{"CROWN-IBP at beta 0", with(func(c *Config) { c.Method = CROWNIBP }), ibp},
		{"IBP at kappa 0.3", with(func(c *Config) { c.Method, c.Kappa = IBP, Range{0.3, 0.3} }), 0.7*ibp + 0.3*natural},
		{"CROWN-IBP at kappa 0.2", with(func(c *Config) {
			c.Method, c.Beta, c.Kappa = CROWNIBP, Range{1, 1},
				Range{0.2, 0.2}
		}), 0.8*crown + 0.2*natural},
		{"SABR with tau = eps", with(func(c *Config) { c.Method, c.Attack, c.Share = SABR, attack, 1 }), ibp},
		{"SABR with tau = 0", with(func(c *Config) { c.Method, c.Attack = SABR, attack }), pgd},
		{"MTL-IBP", with(func(c *Config) { c.Method, c.Attack, c.Share = MTLIBP, attack, 0.4 }), 0.6*pgd + 0.4*ibp},
		{"CC-IBP at alpha 1", with(func(c *Config) { c.Method, c.Attack, c.Share = CCIBP, attack, 1 }), ibp},
		{"CC-IBP at alpha 0", with(func(c *Config) { c.Method, c.Attack = CCIBP, attack }), pgd},
		{"EXP-IBP", with(func(c *Config) { c.Method, c.Attack, c.Share = EXPIBP, attack, 0.4 }),
			math.Pow(pgd, 0.6) * math.Pow(ibp, 0.4)},
		{"DiffAI on boxes", with(func(c *Config) { c.Method, c.Domain = DiffAI, BoxDomain }), ibp},
		{"DiffAI on zonotopes", with(func(c *Config) { c.Method, c.Domain = DiffAI, ZonotopeDomain }), fastLin},
		{"DiffAI on hybrid zonotopes at kappa 0.3", with(func(c *Config) {
			c.Method, c.Kappa = DiffAI, Range{0.3, 0.3}
		}), 0.7*hybrid + 0.3*natural},
	} {
		if math.Abs(test.got-test.want) > 1e-9 {
			t.Errorf("%s: loss %.12g, want %.12g", test.name, test.got, test.want)
		}
	}
}

// TestAddedTerms checks what is added to a loss: d and r by their weights, RS, and L1.
func TestAddedTerms(t *testing.T) {
	c := Config{Epochs: 1, Eps: 0.1, Box: ball.Unit, Method: IBP, Lambda: 0.3, Gamma: 2}
	m := lossOf(t, c)
	if m.D <= 0 || m.R <= 0 || math.Abs(m.Loss-m.Robust-0.3*m.D-2*m.R) > 1e-12 {
		t.Errorf("IBP with d and r: %+v", m)
	}
	c.Lambda, c.Gamma, c.RS = 0, 0, 0.5
	rs := lossOf(t, c)
	if rs.D != 0 || rs.R != 0 || rs.Loss-rs.Robust < -0.5 || rs.Loss-rs.Robust > 0.5 || rs.Loss == rs.Robust {
		t.Errorf("IBP with RS 0.5: %+v", rs)
	}
	c.RS, c.L1 = 0, 0.01
	sum := 0.0
	for _, v := range tiny(t, dtypes.Float64).Params[0].Data { // the only matrix that lossOf passes as a parameter
		sum += math.Abs(v)
	}
	if l1 := lossOf(t, c); math.Abs(l1.Loss-l1.Robust-0.01*sum) > 1e-12 {
		t.Errorf("L1: loss %v - %v, want a difference of %v", l1.Loss, l1.Robust, 0.01*sum)
	}
}

// TestClip scales a gradient of norm 13 to norm 2 and leaves it at limits 0 and 20.
func TestClip(t *testing.T) {
	for limit, want := range map[float64]float64{0: 1, 2: 2. / 13, 20: 1} {
		out := MustExecOnce(testbackend.Open(t), func(a, b *Node) *Node {
			return Concatenate(clipped([]*Node{a, b}, limit), 0)
		}, []float64{3, 4}, []float64{0, 12})
		values := make([]float64, 4)
		if err := floats.Read(values, out); err != nil {
			t.Fatal(err)
		}
		for i, v := range []float64{3, 4, 0, 12} {
			if math.Abs(values[i]-want*v) > 1e-12 {
				t.Errorf("limit %v: %v, want %v times 3 4 0 12", limit, values, want)
			}
		}
	}
}

// TestStages trains CROWN-IBP through warm-up, ramp and pure IBP: the regularizers act in the ramp only.
func TestStages(t *testing.T) {
	c := short()
	c.Method, c.RampForm, c.Epochs, c.Warmup, c.Ramp, c.EpsStart, c.Beta = CROWNIBP, BySteps, 5, 1, 2, 0, Range{1, 0}
	n := tiny(t, dtypes.Float32)
	want, history := mustRun(t, n, blobs(60), c, Options{})
	for i, e := range history {
		ramp := i == 1 || i == 2
		if (e.D > 0) != ramp || (e.Gamma > 0) != ramp || (e.Eps == 0) != (i == 0) || (e.Unstable > 0) != (i > 0) {
			t.Errorf("epoch %d: %+v", i+1, e)
		}
	}
	left := saved(t, interrupted(t, n, c, 20)) // in the second stage; graphs are compiled anew, as in another process
	got, _, err := Run(context.Background(), testbackend.Open(t), n, blobs(60), c, Options{Resume: left})
	if err != nil || !equalWeights(want, got) {
		t.Errorf("resumed in the second stage: error %v, or other weights", err)
	}
}

// TestProjections trains with estimated bounds: a run repeats bit by bit, and another seed draws other vectors.
func TestProjections(t *testing.T) {
	c := short()
	c.Projections = 2 // fewer than the 8 units of the first layer
	n := tiny(t, dtypes.Float32)
	a, history := mustRun(t, n, blobs(60), c, Options{})
	if b, _ := mustRun(t, n, blobs(60), c, Options{}); !equalWeights(a, b) {
		t.Error("the same run gives other weights")
	}
	if b, _ := mustRun(t, n, blobs(60), c, Options{Resume: saved(t, interrupted(t, n, c, 8))}); !equalWeights(a, b) {
		t.Error("a resumed run gives other weights")
	}
	c.Projections = 0
	if b, exact := mustRun(t, n, blobs(60), c, Options{}); equalWeights(a, b) || history[3].Loss > 2*exact[3].Loss {
		t.Errorf("projected loss %v, exact %v", history[3].Loss, exact[3].Loss)
	}
}
