package cert

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
)

// smoothTexts are networks of smooth activations and relus; one begins with an activation.
var smoothTexts = []string{"fc5 tanh fc4 softplus fc3", "sigmoid fc5 relu fc4 sigmoid fc3", "fc4 softplus tanh fc3"}

// smoothModel draws the weights of a text, for three inputs and classes.
func smoothModel(t *testing.T, text string, rng *rand.Rand) *model.Model {
	t.Helper()
	return drawn(t, text, 3, 3, rng)
}

// drawn is a network of a text with random weights.
func drawn(t *testing.T, text string, inputs, classes int, rng *rand.Rand) *model.Model {
	t.Helper()
	arch, err := model.ParseArch(text, []int{inputs}, classes)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(arch)
	if err != nil {
		t.Fatal(err)
	}
	m.Float64 = true
	for _, l := range m.Layers {
		for _, p := range l.Params {
			for i := range p.Data {
				p.Data[i] = 1.5 * rng.NormFloat64()
			}
		}
	}
	return m
}

// TestSmoothBounds: bounds and margins of networks of smooth activations, by all rules and by zonotopes, hold at random
// points and at corners of the ball.
func TestSmoothBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, text := range smoothTexts {
		for i := range 12 {
			n, err := NewNetwork(smoothModel(t, text, rng))
			if err != nil {
				t.Fatal(err)
			}
			b := ball.Ball{Norm: ball.Norm(i % 3), Eps: 0.4 * rng.Float64()}
			x := []float64{rng.Float64(), rng.Float64(), rng.Float64()}
			r, err := NewRegion(n, b, x)
			if err != nil {
				t.Fatal(err)
			}
			for _, rules := range [][]Rule{nil, {FastLin}, {CROWN}, {CROWN, FastLin}} {
				found, err := r.Bounds(t.Context(), rules...)
				if err != nil {
					t.Fatal(err)
				}
				holdsAt(t, n, r, found, b, x, rng)
			}
			if b.Norm == ball.Linf {
				found, err := r.Zonotope(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				holdsAt(t, n, r, found, b, x, rng)
			}
		}
	}
}

// holdsAt compares bounds, and margins by them, with the network at points of the ball.
func holdsAt(t *testing.T, n *Network, r *Region, found *Bounds, b ball.Ball, x []float64, rng *rand.Rand) {
	t.Helper()
	var margins [3][2]float64
	for rule := range margins {
		margins[rule] = [2]float64{r.Margin(found, Rule(rule), 0, 1), r.Margin(found, Rule(rule), 0, 2)}
	}
	lower, upper := b.Bounds(x)
	for k := range 60 {
		point := b.Sample(x, rng)
		if b.Norm == ball.Linf && k < 8 {
			for j := range point {
				point[j] = []float64{lower[j], upper[j]}[k>>j&1]
			}
		}
		values := n.values(point)
		for k, at := range n.relus {
			for j, z := range values[n.vertices[at].from[0]] {
				if z < found.Lower[k][j]-1e-12 || z > found.Upper[k][j]+1e-12 {
					t.Fatalf("z %v of unit %d of activation %d is not in [%v, %v]", z, j, k, found.Lower[k][j],
						found.Upper[k][j])
				}
			}
		}
		y := values[n.output]
		for rule, m := range margins {
			if y[0]-y[1] < m[0]-1e-12 || y[0]-y[2] < m[1]-1e-12 {
				t.Fatalf("margins %v and %v, by %v at least %v", y[0]-y[1], y[0]-y[2], Rule(rule), m)
			}
		}
	}
}

// TestChoicesOfCurves: whatever approximations choose the slopes, the lines enclose the curve, in exact arithmetic.
func TestChoicesOfCurves(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for name, f := range curves {
		spoiled := *f
		noise := func(float64) float64 {
			return []float64{4 * rng.NormFloat64(), rng.Float64(), math.NaN(), math.Inf(1)}[rng.IntN(4)]
		}
		spoiled.near, spoiled.steep, spoiled.level = noise, noise, noise
		for range 150 {
			l := 3 * rng.NormFloat64()
			u := l + 4*rng.Float64()
			for rule := range Rule(len(ruleNames)) {
				g := spoiled.enclose(rule, l, u)
				for k := range 12 {
					z := l + (u-l)*float64(k)/12
					if k == 11 {
						z = min(max(f.level(g.lower), l), u)
					}
					if below, above := g.gaps(name, z); below.Sign() < 0 || above.Sign() < 0 {
						t.Fatalf("%s by %v on [%v, %v] at %v: the lines %+v are %v and %v away", name, rule, l, u, z, g,
							below, above)
					}
				}
			}
		}
	}
}

// TestSmoothCertificate: a proof by rules is confirmed where the margin is positive and refused where it is not;
// CROWN's multipliers on the condensed network prove what its lines prove.
func TestSmoothCertificate(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	confirmed, refused := 0, 0
	for i := range 60 {
		n, err := NewNetwork(smoothModel(t, smoothTexts[i%3], rng))
		if err != nil {
			t.Fatal(err)
		}
		x := []float64{rng.Float64(), rng.Float64(), rng.Float64()}
		y := n.Forward(x)
		label := 0
		for c := range y {
			if y[c] > y[label] {
				label = c
			}
		}
		c := ByRule(n, ball.Ball{Eps: []float64{0.05, 0.6}[i/3%2]}, x, label, "", []Rule{CROWN}, CROWN)
		report, err := Check(t.Context(), n, c)
		switch {
		case err == nil:
			confirmed++
		case errors.Is(err, ErrRefused):
			refused++
		default:
			t.Fatal(err)
		}
		other := *c
		other.Margins = append([]MarginProof(nil), c.Margins...)
		for k := range other.Margins {
			other.Margins[k].Tree = &Tree{Splits: []int{Leaf}}
		}
		again, wrong := Check(t.Context(), n, &other)
		if (err == nil) != (wrong == nil) || err == nil &&
			math.Abs(slices.Min(report.Lower)-slices.Min(again.Lower)) > 1e-12*(1+slices.Min(report.Lower)) {
			t.Errorf("by lines %v, %v, by multipliers %v, %v", report, err, again, wrong)
		}
	}
	if confirmed < 15 || refused < 5 {
		t.Errorf("%d proofs confirmed, %d refused: the test shows little", confirmed, refused)
	}
}
