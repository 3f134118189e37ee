package play

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/net"
	"tightrope/pkg/relax"
	"tightrope/pkg/toy"
	"tightrope/pkg/verify/cert"
)

// precision is how far a page's number may be from the library's.
const precision = 1e-5

// same compares one number of an answer, relative to its size where that is above 1.
func same(t *testing.T, a *Answer, name string, want float64) {
	t.Helper()
	got, found := a.Numbers[name]
	if !found || !(math.Abs(got-want) <= precision*max(1, math.Abs(want))) {
		t.Errorf("at %v: %s is %v (there: %v), the library says %v", a.State, name, got, found, want)
	}
}

// TestNeuronNumbers: areas are those between the library's lines, summed up over z.
func TestNeuronNumbers(t *testing.T) {
	player := &Player{}
	for k := range samples {
		a := answer(t, player, Request{Page: "neuron", State: neuronPage.Sample(k)})
		l, u, alpha := number(t, a.State["l"]), number(t, a.State["u"]), number(t, a.State["alpha"])
		for key, r := range map[string]relax.Relaxation{"fast-lin": relax.FastLin{}, "crown": relax.CROWN{},
			"alpha": relax.Alpha{Slope: alpha}, "ibp": relax.Interval{}} {
			lines, err := r.Lines(l, u)
			if err != nil {
				t.Fatal(err)
			}
			middle := (l + u) / 2 // of straight lines
			same(t, a, "area "+key, (u-l)*(lines.Upper.At(middle)-lines.Lower.At(middle)))
			same(t, a, "touching "+key, float64(len(relax.Touching(lines, l, u))))
		}
		hull := 0.0
		if l < 0 && u > 0 {
			hull = -l * u / 2
		}
		same(t, a, "area triangle", hull)
	}
}

// margins are bounds by a compiled graph, in float64.
func margins(t *testing.T, n *net.Network, technique bound.Technique, b ball.Ball, x []float64, label int) []float64 {
	t.Helper()
	double := *n
	double.DType = dtypes.Float64
	device, _, err := backend.Open(backend.Go) // XLA would compile a graph for each state
	if err != nil {
		t.Fatal(err)
	}
	e, err := bound.NewEvaluator(device, &double, bound.Options{Technique: technique, Ball: b, Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	out, err := bound.Evaluate(e, x, []int32{int32(label)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Margins[0]
}

// TestBoxesNumbers: the sets are those that the compiled graphs' bounds of the same directions leave, and with all
// kinks far away the box grows by |cos| + |sin| a layer.
func TestBoxesNumbers(t *testing.T) {
	player := &Player{}
	for k := range samples {
		s := boxesPage.Sample(k)
		s["layers"] = []string{"1", "2", "3"}[k%3]
		a := answer(t, player, Request{Page: "boxes", State: s})
		turn := turns{number(t, s["angle"]) * math.Pi / 180, number(t, s["kink"])}
		eps, layers := number(t, s["eps"]), int(number(t, s["layers"]))
		for rule, technique := range map[cert.Rule]bound.Technique{cert.Interval: bound.IBP{},
			cert.FastLin: bound.FastLin{}, cert.CROWN: bound.CROWN{}} {
			want := turn.areaBy(t, technique, layers, eps, rule == cert.Interval)
			same(t, a, fmt.Sprintf("%v %d", rule, layers), want)
		}
		s["kink"] = "6"
		a = answer(t, player, Request{Page: "boxes", State: s})
		sin, cos := math.Sincos(turn.angle)
		grown := 2 * eps * math.Pow(math.Abs(sin)+math.Abs(cos), float64(layers))
		same(t, a, fmt.Sprintf("interval %d", layers), grown*grown)
		same(t, a, fmt.Sprintf("fast-lin %d", layers), 4*eps*eps)
	}
}

// TestBoxesHold: whatever the angle, the radius and the kinks, every image of a point of the square lies in every set.
func TestBoxesHold(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 60 {
		u, eps, layers := turns{math.Pi * rng.Float64(), 1.5 * rng.Float64()}, rng.Float64(), 1+rng.IntN(5)
		sets, err := u.enclosures(layers, eps)
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			x := u.image(point{eps * (2*rng.Float64() - 1), eps * (2*rng.Float64() - 1)}, layers)
			for k, set := range sets {
				for i, p := range set {
					q := set[(i+1)%len(set)]
					if side := (q[0]-p[0])*(x[1]-p[1]) - (q[1]-p[1])*(x[0]-p[0]); side < -1e-9 {
						t.Fatalf("%+v, eps %v, layer %d: %v is outside set %d", u, eps, layers, x, k)
					}
				}
			}
		}
	}
}

func (u turns) areaBy(t *testing.T, technique bound.Technique, layers int, eps float64, box bool) float64 {
	t.Helper()
	rows := u.directions(layers)
	if box {
		rows = rows[:4]
	}
	m, err := u.model(layers, rows)
	if err != nil {
		t.Fatal(err)
	}
	n, err := net.FromModel(m)
	if err != nil {
		t.Fatal(err)
	}
	set := []point{{-99, -99}, {99, -99}, {99, 99}, {-99, 99}}
	for i, least := range margins(t, n, technique, ball.Ball{Eps: eps}, []float64{0, 0}, 0) {
		if i > 0 {
			set = cut(set, point{-rows[i-1][0], -rows[i-1][1]}, least) // logit 0 minus the height, from below
		}
	}
	return area(set)
}

// onPlane checks the numbers of a point of the plane.
func onPlane(t *testing.T, player *Player, a *Answer, technique bound.Technique) {
	t.Helper()
	n, err := player.plane(a.State["net"])
	if err != nil {
		t.Fatal(err)
	}
	x, eps := point{number(t, a.State["x1"]), number(t, a.State["x2"])}, number(t, a.State["eps"])
	label := n.label(x)
	same(t, a, "p_C", margins(t, n.net, technique, ball.Ball{Eps: eps}, x[:], label)[1-label])
	exact, _, err := toy.Exact(n.net, x, label, eps)
	if err != nil {
		t.Fatal(err)
	}
	same(t, a, "exact", exact)
	star := n.margin(point{a.Numbers["x*1"], a.Numbers["x*2"]}) * float64(2*label-1)
	same(t, a, "p_O", star)
	same(t, a, "d", star-a.Numbers["p_C"])
	if a.State["net"] == "cross" && math.Abs(math.Abs(x[0])-math.Abs(x[1])) >= 2*eps {
		same(t, a, "exact", toy.ClosedForm(x, eps))
		same(t, a, "d", 0) // Claim 1
		same(t, a, "r", 0)
	}
}

// TestToyNumbers: bound, exact minimum, x* and d are the library's.
func TestToyNumbers(t *testing.T) {
	player := &Player{}
	for k := range samples {
		s := toyPage.Sample(k)
		s["net"] = toyPage.Controls[0].Options[k%3].Key
		onPlane(t, player, answer(t, player, Request{Page: "toy", State: s}), bound.FastLin{})
	}
	claimed := State{"x1": "0.1", "x2": "0.9", "eps": "0.2"}
	onPlane(t, player, answer(t, player, Request{Page: "toy", State: claimed}), bound.FastLin{})
}

// TestAdversariesNumbers: so they are neuron by neuron, whose parts of d add up to d.
func TestAdversariesNumbers(t *testing.T) {
	player := &Player{}
	for k := range samples {
		a := answer(t, player, Request{Page: "adversaries", State: adversariesPage.Sample(k)})
		onPlane(t, player, a, techniques[a.State["technique"]])
		sum := 0.0
		for name, part := range a.Numbers {
			if strings.HasPrefix(name, "gap ") {
				sum += part
			}
		}
		same(t, a, "d", sum)
	}
}

// TestLadderNumbers: every rung is what the compiled graph says; alpha-CROWN is at least CROWN, nothing is above the
// exact minimum, and PGD is not below it.
func TestLadderNumbers(t *testing.T) {
	player := &Player{}
	for k := range samples {
		a := complete(t, player, "ladder", ladderPage.Sample(k))
		n, err := player.plane(a.State["net"])
		if err != nil {
			t.Fatal(err)
		}
		x, b := point{number(t, a.State["x1"]), number(t, a.State["x2"])}, ball.Ball{Eps: number(t, a.State["eps"])}
		label := n.label(x)
		for name, technique := range map[string]bound.Technique{"IBP": bound.IBP{}, "Fast-Lin": bound.FastLin{},
			"CROWN": bound.CROWN{}} {
			same(t, a, name, margins(t, n.net, technique, b, x[:], label)[1-label])
			if a.Numbers[name] > a.Numbers["exact"]+precision {
				t.Errorf("at %v: %s is %v, above the exact minimum %v", a.State, name, a.Numbers[name],
					a.Numbers["exact"])
			}
		}
		exact, _, err := toy.Exact(n.net, x, label, b.Eps)
		if err != nil {
			t.Fatal(err)
		}
		same(t, a, "exact", exact)
		if a.Numbers["alpha-CROWN"] < a.Numbers["CROWN"]-precision || a.Numbers["alpha-CROWN"] > exact+precision ||
			a.Numbers["PGD"] < exact-precision {
			t.Errorf("at %v: CROWN %v, alpha-CROWN %v, exact %v and PGD %v are not in order", a.State,
				a.Numbers["CROWN"],
				a.Numbers["alpha-CROWN"], exact, a.Numbers["PGD"])
		}
	}
}
