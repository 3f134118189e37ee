package attack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
)

// everyBall are the norms with and without the box, and radii per feature.
func everyBall(inputs int) []ball.Ball {
	radii := make([]float64, inputs)
	for i := range radii {
		radii[i] = float64(i%3) / 2
	}
	return []ball.Ball{{Eps: 0.15}, {Eps: 0.15, Box: ball.Unit}, {Eps: 0.3, Radii: radii, Box: ball.Unit},
		{Norm: ball.L2, Eps: 0.35}, {Norm: ball.L2, Eps: 0.35, Box: ball.Unit},
		{Norm: ball.L1, Eps: 0.8}, {Norm: ball.L1, Eps: 0.8, Box: ball.Unit}}
}

// everyMethod are the attacks, each of few steps.
func everyMethod(t *testing.T) (all []Options) {
	for _, key := range MethodKeys() {
		o, err := Parse(key)
		if err != nil {
			t.Fatal(err)
		}
		o.Steps, o.Restarts, o.Queries, o.Batch, o.Seed = 12, 1, 60, 7, 3
		all = append(all, o)
	}
	return all
}

// named is a random network of an architecture.
func named(t *testing.T, text string, shape []int, classes int, seed uint64) *net.Network {
	t.Helper()
	n, err := net.Named(text, shape, classes)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(seed)
	rng := rand.New(rand.NewPCG(seed, 9))
	for _, p := range n.Params {
		for i := range p.Data {
			p.Data[i] += 0.2 * rng.NormFloat64()
		}
	}
	return n
}

// samplesIn are samples of the unit box, some pixels at its ends, with the labels that the network gives to most.
func samplesIn(n *cert.Network, count, inputs int, rng *rand.Rand) (x []float64, y []int32) {
	for range count {
		one := make([]float64, inputs)
		for k := range one {
			one[k] = min(max(1.2*rng.Float64()-0.1, 0), 1)
		}
		x = append(x, one...)
		label, logits := 0, n.Forward(one)
		for k, z := range logits {
			if z > logits[label] {
				label = k
			}
		}
		if rng.IntN(8) == 0 {
			label = rng.IntN(len(logits))
		}
		y = append(y, int32(label))
	}
	return x, y
}

// marginAt is the least margin at a point, in float64.
func marginAt(n *cert.Network, x []float64, label int32) float64 {
	logits, least := n.Forward(x), math.Inf(1)
	for k, z := range logits {
		if k != int(label) {
			least = min(least, logits[label]-z)
		}
	}
	return least
}

// TestEveryMethod: on dense and convolutional networks of two and more classes, every attack under every ball ends in
// the ball and the box, tells the margin that is there, is no worse than the image itself, and never beats the exact
// least margin.
func TestEveryMethod(t *testing.T) {
	// XLA takes a second for each graph: there one network, the balls that a box cuts, and the attacks in turn.
	compiles := strings.HasPrefix(os.Getenv(compute.ConfigEnvVar), "xla")
	for i, c := range []struct {
		arch    string
		shape   []int
		classes int
	}{{"fc6 fc5 fc3", []int{5}, 3}, {"fc6 fc2", []int{4}, 2}, {"conv(2,2,1,0) fc4 fc4", []int{2, 3, 3}, 4}} {
		if compiles && i > 0 {
			break
		}
		n := named(t, c.arch, c.shape, c.classes, 4)
		plain, err := cert.NewNetwork(n.Model())
		if err != nil {
			t.Fatal(err)
		}
		x, y := samplesIn(plain, 9, n.InputSize(), rand.New(rand.NewPCG(3, 4)))
		for _, b := range everyBall(n.InputSize()) {
			if compiles && (b.Box == nil || b.Radii != nil) {
				continue
			}
			exact := exactMargins(t, plain, b, x, y)
			for _, o := range everyMethod(t) {
				if compiles && o.Method != Auto {
					continue
				}
				o.Ball = b
				t.Run(fmt.Sprintf("%s/%v/%v/%v", c.arch, b, o.Method, o.Loss), func(t *testing.T) {
					checkAttack(t, n, plain, o, x, y, exact)
				})
			}
		}
	}
}

// exactMargins are lower bounds of the least margins, exact to 2e-5 of them but for l_2, where some searches end early.
func exactMargins(t *testing.T, n *cert.Network, b ball.Ball, x []float64, y []int32) (exact []float64) {
	t.Helper()
	size := len(x) / len(y)
	for i, label := range y {
		root, err := bab.NewRoot(t.Context(), n, b, x[i*size:(i+1)*size], int(label))
		if err != nil {
			t.Fatal(err)
		}
		m := bab.Least(t.Context(), root, bab.Options{})
		if !m.Finished && b.Norm != ball.L2 {
			t.Fatalf("sample %d: the exact margin was not found: %+v", i, m)
		}
		exact = append(exact, m.Lower)
	}
	return exact
}

func checkAttack(t *testing.T, n *net.Network, plain *cert.Network, o Options, x []float64, y []int32,
	exact []float64) {
	a, err := New(testbackend.Open(t), n, o)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	r, err := Run(a, x, y)
	if err != nil {
		t.Fatal(err)
	}
	size, lowered := n.InputSize(), 0
	const rounding = 2e-6
	for i, label := range y {
		clean, at := x[i*size:(i+1)*size], r.X[i]
		lower, upper := o.Ball.Bounds(clean)
		for k, v := range at {
			if v < lower[k]-rounding || v > upper[k]+rounding {
				t.Errorf("sample %d: input %d is %v, outside [%v, %v]", i, k, v, lower[k], upper[k])
			}
		}
		if d := o.Ball.Distance(clean, at); o.Ball.Radii == nil && d > o.Ball.Eps+rounding {
			t.Errorf("sample %d: distance %v > eps %v", i, d, o.Ball.Eps)
		}
		if there := marginAt(plain, at, label); math.Abs(there-r.Margin[i]) > 1e-5 {
			t.Errorf("sample %d: margin %v, but %v there", i, r.Margin[i], there)
		}
		before := marginAt(plain, clean, label)
		if r.Margin[i] > before+rounding || r.Margin[i] < exact[i]-1e-5 {
			t.Errorf("sample %d: margin %v, of the image %v, exact %v", i, r.Margin[i], before, exact[i])
		}
		if r.Margin[i] < before-1e-3 {
			lowered++
		}
	}
	if lowered < len(y)/2 {
		t.Errorf("the attack lowered only %d of %d margins", lowered, len(y))
	}
}

// TestAPGDAgainstPGD: over 20 random networks, from the images alone and with as many gradients, the mean of APGD's
// margins is no larger than that of PGD's, for every norm.
func TestAPGDAgainstPGD(t *testing.T) {
	for _, b := range []ball.Ball{{Eps: 0.2, Box: ball.Unit}, {Norm: ball.L2, Eps: 0.8, Box: ball.Unit},
		{Norm: ball.L1, Eps: 2, Box: ball.Unit}} {
		pgd := newAttacker(t, Options{Ball: b, Steps: 40, Loss: Margin, Restarts: NoRestarts})
		apgd := newAttacker(t, Options{Ball: b, Method: APGD, Steps: 40, Loss: Margin, Restarts: NoRestarts})
		var mean [2]float64
		better, worse := 0, 0
		for seed := range uint64(20) {
			n := compared(t, seed)
			plain, err := cert.NewNetwork(n.Model())
			if err != nil {
				t.Fatal(err)
			}
			x, y := samplesIn(plain, 10, 20, rand.New(rand.NewPCG(seed, 1)))
			pgd, apgd := marginsOf(t, pgd, n, x, y), marginsOf(t, apgd, n, x, y)
			for i := range y {
				mean[0], mean[1] = mean[0]+pgd[i]/200, mean[1]+apgd[i]/200
				if apgd[i] < pgd[i]-1e-5 {
					better++
				} else if apgd[i] > pgd[i]+1e-5 {
					worse++
				}
			}
		}
		t.Logf("%v: mean margin %.5f by PGD, %.5f by APGD; APGD less on %d of 200 images, more on %d", b, mean[0],
			mean[1], better, worse)
		if mean[1] > mean[0] {
			t.Errorf("%v: APGD's mean margin is %v, PGD's %v", b, mean[1], mean[0])
		}
	}
}

// compared are the networks of this comparison.
func compared(t *testing.T, seed uint64) *net.Network {
	return named(t, "fc24 fc24 fc5", []int{20}, 5, seed)
}

func newAttacker(t *testing.T, o Options) *Attacker {
	t.Helper()
	a, err := New(testbackend.Open(t), compared(t, 0), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func marginsOf(t *testing.T, a *Attacker, n *net.Network, x []float64, y []int32) []float64 {
	t.Helper()
	if err := a.Use(n); err != nil {
		t.Fatal(err)
	}
	r, err := Run(a, x, y)
	if err != nil {
		t.Fatal(err)
	}
	return r.Margin
}

func margins(t *testing.T, n *net.Network, o Options, x []float64, y []int32) []float64 {
	t.Helper()
	return results(t, n, o, x, y).Margin
}
