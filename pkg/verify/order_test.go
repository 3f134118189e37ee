package verify

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
)

// randomNetwork has weights twice as large as usual, for unstable neurons; every second one is a convolutional or
// residual network.
func randomNetwork(t *testing.T, rng *rand.Rand, i int) *net.Network {
	t.Helper()
	input, text := []int{3 + rng.IntN(3)}, ""
	switch i % 4 {
	case 1:
		input, text = []int{1 + rng.IntN(2), 5, 4},
			fmt.Sprintf("conv(2,%d,%d,%d) conv(2,2,1,%d) fc5 fc3", 3+rng.IntN(2), 1+rng.IntN(2), 1+rng.IntN(2),
				rng.IntN(2))
	case 3:
		input, text = []int{1, 4, 4}, fmt.Sprintf("conv(2,3,%d,1) block(2,1) block(3,2) fc4 fc3", 1+rng.IntN(2))
	default:
		for range 1 + rng.IntN(3) {
			text += fmt.Sprintf("fc%d ", 4+rng.IntN(6))
		}
		text += "fc3"
	}
	n, err := net.Named(text, input, 3)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(rng.Uint64()).DType = dtypes.Float64
	for _, p := range n.Params {
		for k := range p.Data {
			p.Data[k] *= 2
		}
	}
	return n
}

// ordering is one network with samples on which the bounds' order is checked.
type ordering struct {
	*testing.T
	backend compute.Backend
	n       *net.Network
	ball    ball.Ball
	x       []float64
	labels  []int32
}

// TestOrderOnRandomNetworks checks the theorems of docs/method.md, section 9, with the solver: each relaxation is at
// most the LP on the same l, u, that at most the LP on all bounds tightened, the exact minimum and what PGD finds;
// CROWN is at most alpha-CROWN. Nothing else is a theorem.
func TestOrderOnRandomNetworks(t *testing.T) {
	if err := highs.Load(); errors.Is(err, highs.ErrNotFound) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	rng := newRand(81)
	count := 12
	if testing.Short() || backend.IsXLA(testbackend.Open(t)) { // XLA compiles each network for seconds
		count = 2
	}
	strict := 0
	for i := range count {
		n := randomNetwork(t, rng, i)
		b := ball.Ball{Eps: 0.05 + 0.15*rng.Float64(), Box: ball.Unit}
		if i%3 == 2 {
			b = ball.Ball{Norm: ball.L1, Eps: 0.2 + 0.5*rng.Float64()}
		}
		o := &ordering{t, testbackend.Open(t), n, b, nil, []int32{0, 1}}
		for range len(o.labels) * n.InputSize() {
			o.x = append(o.x, rng.Float64())
		}
		strict += o.check()
	}
	if strict == 0 {
		t.Error("no gap anywhere: the networks are too easy to tell the bounds apart")
	}
}

// check compares all bounds of every sample and counts the gaps between relaxation and exact minimum.
func (o *ordering) check() (gaps int) {
	bounds := map[string]*bound.Output{}
	for _, t := range []bound.Technique{bound.IBP{}, bound.FastLin{}, bound.CROWN{}, bound.CROWNIBP(),
		bound.FastLin{Intermediate: bound.IBP{}}} {
		bounds[t.Name()] = o.bound(t)
	}
	bounds["alpha-CROWN"] = o.alpha()
	found := o.attack()
	network, size := exact.NewNet(plainOf(o, o.n).Ops()), o.n.InputSize()
	for s, label := range o.labels {
		around, err := exact.BallOf(o.ball, o.x[s*size:(s+1)*size])
		if err != nil {
			o.Fatal(err)
		}
		rows, of := marginRows(int(label), o.n.Classes())
		best := o.tightened(network, around, layersOf(bounds["CROWN"], s))
		all, smallest := o.lp(network, around, best, rows), math.Inf(1)
		for i, t := range of {
			result, err := exact.MILP(context.Background(), network, around, best, rows[i], exact.MILPOptions{})
			if err != nil || result.Status != highs.Optimal {
				o.Fatalf("MILP: %v, %v", result, err)
			}
			smallest = min(smallest, result.Margin)
			o.atMost("LP-all", all[i], "the exact minimum", result.Margin)
			o.atMost("CROWN", bounds["CROWN"].Margins[s][t], "alpha-CROWN", bounds["alpha-CROWN"].Margins[s][t])
			for _, out := range bounds {
				if result.Margin-out.Margins[s][t] > 1e-3 {
					gaps++
				}
			}
		}
		o.atMost("the exact minimum", smallest, "PGD", found.Margin[s])
		for name, out := range bounds {
			for i, lp := range o.lp(network, around, layersOf(out, s), rows) {
				o.atMost(name, out.Margins[s][of[i]], "the LP on its bounds", lp)
				o.atMost("the LP on the bounds of "+name, lp, "LP-all", all[i])
			}
		}
	}
	return gaps
}

// atMost allows 1e-5 for rounding and the solver's tolerance.
func (o *ordering) atMost(low string, a float64, high string, b float64) {
	o.Helper()
	if !(a <= b+1e-5*max(1, math.Abs(b))) {
		o.Errorf("%s, %v eps %.3g: %s = %v is above %s = %v", o.n.Arch().Text(), o.ball.Norm, o.ball.Eps, low, a, high,
			b)
	}
}

func (o *ordering) bound(technique bound.Technique) *bound.Output {
	e, err := bound.NewEvaluator(o.backend, o.n,
		bound.Options{Technique: technique, Ball: o.ball, Batch: len(o.labels), Layers: true})
	if err != nil {
		o.Fatal(err)
	}
	defer e.Close()
	out, err := bound.Evaluate(e, o.x, o.labels)
	if err != nil {
		o.Fatal(err)
	}
	return out
}

// alpha is alpha-CROWN on CROWN's intermediate bounds.
func (o *ordering) alpha() *bound.Output {
	e, err := bound.NewAlphaEvaluator(o.backend, o.n,
		bound.AlphaOptions{Ball: o.ball, Iterations: 20, Batch: len(o.labels), Layers: true})
	if err != nil {
		o.Fatal(err)
	}
	defer e.Close()
	out, err := bound.EvaluateAlpha(e, o.x, o.labels)
	if err != nil {
		o.Fatal(err)
	}
	return out
}

func (o *ordering) attack() *attack.Result {
	a, err := attack.New(o.backend, o.n, attack.Options{Ball: o.ball, Steps: 30, Restarts: 2, Loss: attack.Margin,
		Batch: len(o.labels)})
	if err != nil {
		o.Fatal(err)
	}
	defer a.Close()
	found, err := attack.Run(a, o.x, o.labels)
	if err != nil {
		o.Fatal(err)
	}
	return found
}

// lp solves the triangle programs of the rows on bounds.
func (o *ordering) lp(network *exact.Net, around *exact.Ball, bounds *cert.Bounds,
	rows [][]float64) (values []float64) {
	found, err := exact.LastLayerLP(context.Background(), network, around, bounds, rows, exact.LPOptions{})
	if err != nil {
		o.Fatal(err)
	}
	for _, b := range found {
		if b.Status != highs.Optimal {
			o.Fatalf("LP: %v", b.Status)
		}
		values = append(values, b.Value)
	}
	return values
}

func (o *ordering) tightened(network *exact.Net, around *exact.Ball, bounds *cert.Bounds) *cert.Bounds {
	t, err := exact.TightenLP(context.Background(), network, around, bounds, 0, exact.LPOptions{})
	if err != nil || t.Failed > 0 {
		o.Fatalf("LP-all: %d programs failed, %v", t.Failed, err)
	}
	return t.Bounds
}

func layersOf(out *bound.Output, sample int) *cert.Bounds {
	b := &cert.Bounds{}
	for k := range out.Lower[sample] {
		b.Lower, b.Upper = append(b.Lower, out.Lower[sample][k]), append(b.Upper, out.Upper[sample][k])
	}
	return b
}

// marginRows are e_label - e_t for the other classes t, and these classes.
func marginRows(label, classes int) (rows [][]float64, of []int) {
	for t := range classes {
		if t != label {
			row := make([]float64, classes)
			row[label], row[t] = 1, -1
			rows, of = append(rows, row), append(of, t)
		}
	}
	return rows, of
}
