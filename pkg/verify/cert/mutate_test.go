package cert

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
)

// tent is f(x) = relu(x) + relu(-x) - 2 relu(x/2 + 1/8) + c in logit 0 against 0 in logit 1, a margin that needs
// splits: on [-1, 1] it is least at x = 0, with c - 1/4.
func tent(t testing.TB, c float64) *net.Network {
	t.Helper()
	n := net.New("tent", 1)
	n.DType = dtypes.Float64
	for _, l := range []net.Layer{net.Dense{Units: 3}, net.ReLU{}, net.Dense{Units: 2}} {
		if _, err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	copy(n.Params[0].Data, []float64{1, -1, 0.5})
	copy(n.Params[1].Data, []float64{0, 0, 0.125})
	copy(n.Params[2].Data, []float64{1, 1, -2, 0, 0, 0})
	copy(n.Params[3].Data, []float64{c, 0})
	return n
}

// tentProof is a certificate with a tree for tent's margin on [-1, 1], made by hand: on every leaf the multipliers of
// the phases cancel the slope of the margin's linear piece.
func tentProof(_ testing.TB, n *Network) *Certificate {
	c := ByRule(n, ball.Ball{Eps: 1}, []float64{0}, 0, "tree", []Rule{FastLin, CROWN}, CROWN)
	c.Units = []Unit{{0, 0}, {0, 1}, {0, 2}}
	c.Margins[0].Tree = &Tree{
		Splits: []int{0, 1, 2, Leaf, Leaf, 2, Leaf, Leaf, 1, 2, Leaf, Leaf, 2, Leaf, Leaf},
		Multipliers: Floats{
			1, 0, -2, // x >= 0, -x >= 0, x/2 + 1/8 >= 0
			1, 1, 0,
			1, 0, -2,
			0, 0, 0,
			2, 1, -2, // x <= 0, -x >= 0, x/2 + 1/8 >= 0
			1, 1, 0,
			1, 0, -2,
			0, 0, 0,
		},
	}
	return c
}

func clone(t testing.TB, c *Certificate) *Certificate {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	d := &Certificate{}
	if err := json.Unmarshal(text, d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTent: the tree proves what no rule proves, and its certificate survives a file.
func TestTent(t *testing.T) {
	n := plain(t, tent(t, 0.3))
	for _, c := range proofs(t, n, ball.Ball{Eps: 1}, []float64{0}, 0, rand.New(rand.NewPCG(1, 1))) {
		if _, err := Check(t.Context(), n, clone(t, c)); !errors.Is(err, ErrRefused) {
			t.Errorf("%s without multipliers of the phases: %v", c.Stage, err)
		}
	}
	report, err := Check(t.Context(), n, clone(t, tentProof(t, n)))
	if err != nil || math.Abs(report.Lower[0]-0.05) > 1e-12 || report.Leaves != 8 {
		t.Errorf("report %+v, %v: the margin is 0.05, on 8 leaves", report, err)
	}
}

// TestOlderHash: a new certificate bears the version of its network's hash; an older one has none, and is confirmed.
func TestOlderHash(t *testing.T) {
	n := plain(t, tent(t, 0.3))
	for _, old := range []bool{false, true} {
		c := tentProof(t, n)
		if old {
			c.HashVersion = 0
		}
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(line, []byte(`"hashVersion":1`)) == old || bytes.Contains(line,
			[]byte("hashVersion")) == old {
			t.Errorf("%s", line)
		}
		read, err := Decode(line)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Check(t.Context(), n, read); err != nil {
			t.Errorf("without a version %v: %v", old, err)
		}
	}
}

// TestShortLists: a bound of a unit may give multipliers for the first units only, or for none.
func TestShortLists(t *testing.T) {
	low, deep := plain(t, tent(t, 0.3)), plain(t, hollow(t, 1, 1, 3))
	for count := range 4 {
		c := tentProof(t, low)
		c.Tighter = []UnitProof{{Unit: Unit{0, 1}, Multipliers: make(Floats, count)}}
		if _, err := Check(t.Context(), low, c); err != nil {
			t.Errorf("%d multipliers: %v", count, err)
		}
		c = ByRule(deep, ball.Ball{Eps: 1}, []float64{0}, 0, "", []Rule{CROWN}, CROWN)
		c.Units = []Unit{{0, 0}, {0, 1}, {1, 0}}
		c.Tighter = []UnitProof{{Unit: Unit{1, 2}, Upper: true, Multipliers: make(Floats, count)}}
		if _, err := Check(t.Context(), deep, c); !errors.Is(err, ErrRefused) {
			t.Errorf("%d multipliers, a margin of -2: %v", count, err)
		}
	}
}

// TestMutations: no certificate that was tampered with is confirmed.
func TestMutations(t *testing.T) {
	n := plain(t, tent(t, 0.3))
	other := plain(t, tent(t, 0.2))
	for name, change := range map[string]func(c *Certificate){
		"another network":         func(c *Certificate) { c.Network = other.Hash },
		"a negative ball":         func(c *Certificate) { c.Ball.Eps = -1 },
		"an unbounded ball":       func(c *Certificate) { c.Ball.Eps = math.Inf(1) },
		"an undefined ball":       func(c *Certificate) { c.Ball.Eps = math.NaN() },
		"another norm":            func(c *Certificate) { c.Ball.Norm = 7 },
		"the other label":         func(c *Certificate) { c.Label, c.Margins[0].Class = 1, 0 },
		"a label out of range":    func(c *Certificate) { c.Label = 2 },
		"an input out of the box": func(c *Certificate) { c.Ball.Box, c.Input[0] = ball.Unit, -0.5 },
		"an undefined input":      func(c *Certificate) { c.Input[0] = math.NaN() },
		"an input of two values":  func(c *Certificate) { c.Input = Floats{0, 0} },
		"no margin":               func(c *Certificate) { c.Margins = nil },
		"the label's own margin":  func(c *Certificate) { c.Margins[0].Class = 0 },
		"a margin twice":          func(c *Certificate) { c.Margins = append(c.Margins, c.Margins[0]) },
		"a class out of range":    func(c *Certificate) { c.Margins[0].Class = -1 },
		"a missing leaf":          func(c *Certificate) { cut(c.Margins[0].Tree, 1, len(c.Units)) },
		"a missing subtree":       func(c *Certificate) { cut(c.Margins[0].Tree, 4, len(c.Units)) },
		"an extra leaf":           func(c *Certificate) { extend(c.Margins[0].Tree, len(c.Units)) },
		"two extra leaves": func(c *Certificate) {
			c.Margins[0].Tree.Splits = append(c.Margins[0].Tree.Splits, Leaf)
			extend(c.Margins[0].Tree, len(c.Units)) // the multipliers of one more leaf fit so many nodes
		},
		"splits without leaves": func(c *Certificate) {
			c.Margins[0].Tree.Splits, c.Margins[0].Tree.Multipliers = []int{0, 1, 2},
				c.Margins[0].Tree.Multipliers[:2*len(c.Units)]
		},
		"no nodes":                  func(c *Certificate) { c.Margins[0].Tree = &Tree{} },
		"one leaf only":             func(c *Certificate) { c.Margins[0].Tree.Splits = []int{Leaf}; shorten(c) },
		"a split of nothing":        func(c *Certificate) { c.Margins[0].Tree.Splits[0] = 17 },
		"a negative split":          func(c *Certificate) { c.Margins[0].Tree.Splits[0] = -2 },
		"the wrong unit split":      func(c *Certificate) { c.Margins[0].Tree.Splits[0] = 1 },
		"a unit twice":              func(c *Certificate) { c.Units[1] = c.Units[0] },
		"a unit that is not there":  func(c *Certificate) { c.Units[1].Unit = 9 },
		"a relu that is not there":  func(c *Certificate) { c.Units[1].Relu = 1 },
		"undefined multipliers":     func(c *Certificate) { fill(c, math.NaN()) },
		"infinite multipliers":      func(c *Certificate) { fill(c, math.Inf(1)) },
		"huge multipliers":          func(c *Certificate) { fill(c, 1e300) },
		"multipliers of other size": func(c *Certificate) { fill(c, 2) },
		"too few multipliers": func(c *Certificate) {
			c.Margins[0].Tree.Multipliers = c.Margins[0].Tree.Multipliers[1:]
		},
		"a newer schema":       func(c *Certificate) { c.Schema = Schema + 1 },
		"no schema":            func(c *Certificate) { c.Schema = 0 },
		"a newer hash":         func(c *Certificate) { c.HashVersion = model.HashVersion + 1 },
		"no such hash":         func(c *Certificate) { c.HashVersion = -1 },
		"no verdict":           func(c *Certificate) { c.Verdict = "" },
		"the opposite verdict": func(c *Certificate) { c.Verdict, c.Class, c.Point = Falsified, 1, Floats{0} },
	} {
		c := tentProof(t, n)
		change(c)
		if _, err := Check(t.Context(), n, c); err == nil {
			t.Errorf("%s: confirmed", name)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error has more than one line: %v", name, err)
		}
	}
	if _, err := Check(t.Context(), other, tentProof(t, n)); err == nil {
		t.Error("confirmed for another network")
	}
}

// TestFalseTree: the very tree that proves a margin of 0.3 - 1/4 does not prove one of 0.2 - 1/4.
func TestFalseTree(t *testing.T) {
	n, low := plain(t, tent(t, 0.3)), plain(t, tent(t, 0.2))
	c := tentProof(t, n)
	c.Network = low.Hash
	if _, err := Check(t.Context(), low, c); !errors.Is(err, ErrRefused) {
		t.Errorf("a negative margin was confirmed (%v)", err)
	}
}

func cut(t *Tree, nodes, units int) {
	leaves := 0
	for _, s := range t.Splits[len(t.Splits)-nodes:] {
		if s == Leaf {
			leaves++
		}
	}
	t.Splits = t.Splits[:len(t.Splits)-nodes]
	t.Multipliers = t.Multipliers[:len(t.Multipliers)-leaves*units]
}

func extend(t *Tree, units int) {
	t.Splits = append(t.Splits, Leaf)
	t.Multipliers = append(t.Multipliers, make([]float64, units)...)
}

func shorten(c *Certificate) {
	c.Margins[0].Tree.Multipliers = c.Margins[0].Tree.Multipliers[:len(c.Units)]
}

func fill(c *Certificate, v float64) {
	for i := range c.Margins[0].Tree.Multipliers {
		c.Margins[0].Tree.Multipliers[i] = v
	}
}

// TestFalsified: a point counts only inside the ball, to the last bit, and only if it is misclassified.
func TestFalsified(t *testing.T) {
	n := plain(t, tent(t, 0.2)) // margin -0.05 at 0, 0 at +-0.05
	eps := 0.1
	for _, c := range []struct {
		name  string
		x, at float64
		class int
		ok    bool
	}{
		{"inside", 0.05, 0, 1, true},
		{"on the border", 0.1, 0, 1, true},
		{"one bit outside", math.Nextafter(0.1, 1), 0, 1, false},
		{"classified right", -0.1, -0.1, 1, false},
		{"the label itself", 0.05, 0, 0, false},
		{"no class", 0.05, 0, 2, false},
	} {
		p := New(n, ball.Ball{Eps: eps}, []float64{c.x}, 0, Falsified, "test")
		p.Class, p.Point = c.class, Floats{c.at}
		if _, err := Check(t.Context(), n, clone(t, p)); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestForms: a certificate that holds more, less or other things than its verdict needs is refused.
func TestForms(t *testing.T) {
	n := plain(t, tent(t, 0.2))
	falsified := func() *Certificate {
		p := New(n, ball.Ball{Eps: 0.1}, []float64{0}, 0, Falsified, "test")
		p.Class, p.Point = 1, Floats{0}
		return p
	}
	if _, err := Check(t.Context(), n, falsified()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(c *Certificate){
		"an input of two values":  func(c *Certificate) { c.Input = Floats{0, 0} },
		"no input":                func(c *Certificate) { c.Input = nil },
		"a point of two values":   func(c *Certificate) { c.Point = Floats{0, 0} },
		"no point":                func(c *Certificate) { c.Point = nil },
		"rules too":               func(c *Certificate) { c.Rules = []Rule{CROWN} },
		"units too":               func(c *Certificate) { c.Units = []Unit{{0, 0}} },
		"further bounds too":      func(c *Certificate) { c.Tighter = []UnitProof{{}} },
		"margins too":             func(c *Certificate) { c.Margins = []MarginProof{{Class: 1}} },
		"the label as class":      func(c *Certificate) { c.Class = 0 },
		"a negative class":        func(c *Certificate) { c.Class = -1 },
		"a class that is not":     func(c *Certificate) { c.Class = 2 },
		"a negative label":        func(c *Certificate) { c.Label = -1 },
		"a label that is not":     func(c *Certificate) { c.Label = 2 },
		"a negative ball":         func(c *Certificate) { c.Ball.Eps = -1 },
		"an input out of the box": func(c *Certificate) { c.Ball.Box, c.Input[0] = ball.Unit, -0.05 },
		"a point out of the box":  func(c *Certificate) { c.Ball.Box, c.Point[0] = ball.Unit, -0.02 },
		"an undefined point":      func(c *Certificate) { c.Point[0] = math.NaN() },
		"an infinite point":       func(c *Certificate) { c.Point[0] = math.Inf(1) },
		"no schema":               func(c *Certificate) { c.Schema = 0 },
		"another network":         func(c *Certificate) { c.Network = "0" },
	} {
		c := falsified()
		change(c)
		if _, err := Check(t.Context(), n, c); err == nil {
			t.Errorf("falsified with %s: confirmed", name)
		}
	}
	for name, change := range map[string]func(c *Certificate){
		"a point too":                func(c *Certificate) { c.Point = Floats{0} },
		"an unknown rule":            func(c *Certificate) { c.Rules = []Rule{-1} },
		"an unknown rule of margins": func(c *Certificate) { c.Margins[0].Rule = 3 },
		"a multiplier too many": func(c *Certificate) {
			c.Margins[0].Tree.Multipliers = append(c.Margins[0].Tree.Multipliers, 0)
		},
		"a tree that lists a unit that is not": func(c *Certificate) {
			c.Margins[0].Tree.Of = []int{0, 1, 2}
			c.Margins[0].Tree.Of[len(c.Units)-1] = len(c.Units)
		},
		"a tree that lists a unit below":   func(c *Certificate) { c.Margins[0].Tree.Of = []int{-1, 0, 1} },
		"a tree that lists a unit twice":   func(c *Certificate) { c.Margins[0].Tree.Of = []int{0, 1, 1} },
		"a tree that lists too few":        func(c *Certificate) { c.Margins[0].Tree.Of = []int{0, 1} },
		"a bound's tree with multipliers":  unitTree(Floats{0}, []int{Leaf}, 1),
		"a bound's tree with too many":     unitTree(nil, []int{Leaf}, 4),
		"a bound's tree, uneven":           unitTree(nil, []int{0, Leaf, Leaf}, 3),
		"a bound's tree of no leaves":      unitTree(nil, nil, 0),
		"a bound's tree that ends early":   unitTree(nil, []int{0, Leaf}, 0),
		"a bound's tree that goes on":      unitTree(nil, []int{Leaf, Leaf, Leaf}, 0),
		"a bound's tree of a unit too far": unitTree(nil, []int{9, Leaf, Leaf}, 0),
		"a bound's tree that lists a unit twice": func(c *Certificate) {
			unitTree(nil, []int{Leaf}, 2)(c)
			c.Tighter[0].Tree.Of = []int{1, 1}
		},
		"a unit listed twice": func(c *Certificate) { list(c, Unit{0, 0}) },
		"a unit that is not":  func(c *Certificate) { list(c, Unit{0, 9}) },
		"a unit of no relu":   func(c *Certificate) { list(c, Unit{1, 0}) },
		"a bound of no unit":  func(c *Certificate) { c.Tighter = []UnitProof{{Unit: Unit{0, 3}}} },
		"a bound of no relu":  func(c *Certificate) { c.Tighter = []UnitProof{{Unit: Unit{-1, 0}}} },
	} {
		high := plain(t, tent(t, 0.3))
		c := tentProof(t, high)
		change(c)
		if _, err := Check(t.Context(), high, c); !errors.Is(err, ErrRefused) {
			t.Errorf("certified with %s: %v", name, err)
		}
	}
}

// unitTree adds a bound of a unit by a tree.
func unitTree(nu Floats, splits []int, multipliers int) func(c *Certificate) {
	return func(c *Certificate) {
		c.Tighter = []UnitProof{{Unit: Unit{0, 1}, Multipliers: nu,
			Tree: &Tree{Splits: splits, Multipliers: make(Floats, multipliers)}}}
	}
}

// list adds a unit with the first unit's multipliers, which leaves the proof as good as it was.
func list(c *Certificate, u Unit) {
	var nu Floats
	old := c.Margins[0].Tree.Multipliers
	for leaf := range c.Margins[0].Tree.Leaves() {
		nu = append(append(nu, old[leaf*len(c.Units):(leaf+1)*len(c.Units)]...), old[leaf*len(c.Units)])
	}
	c.Units, c.Margins[0].Tree.Multipliers = append(c.Units, u), nu
}

// TestContains checks ball membership against exact arithmetic, one bit inside and outside.
func TestContains(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for range 20000 {
		b := ball.Ball{Eps: rng.Float64(), Norm: ball.Norm(rng.IntN(3))}
		x := []float64{rng.NormFloat64(), rng.NormFloat64()}
		point := b.Sample(x, rng)
		for range rng.IntN(3) {
			point[0] = math.Nextafter(point[0], rng.NormFloat64()*10)
		}
		distance := num(0)
		for k := range x {
			d := add(num(point[k]), num(-x[k]))
			d.Abs(d)
			switch b.Norm {
			case ball.Linf:
				if d.Cmp(distance) > 0 {
					distance = d
				}
			case ball.L1:
				distance = add(distance, d)
			case ball.L2:
				distance = add(distance, mul(d, d))
			}
		}
		limit := num(b.Eps)
		if b.Norm == ball.L2 {
			limit = mul(limit, limit)
		}
		inside := distance.Cmp(limit) <= 0
		if got := Contains(b, x, point); got && !inside || b.Norm == ball.Linf && got != inside {
			t.Fatalf("%v ball %v around %v: Contains(%v) is %v", b.Norm, b.Eps, x, point, got)
		}
		if !Contains(b, x, Clip(b, x, point)) {
			t.Fatalf("%v ball %v around %v: %v was clipped to a point outside", b.Norm, b.Eps, x, point)
		}
	}
}

// FuzzDecode: files of any content are refused or checked, without a panic.
func FuzzDecode(f *testing.F) {
	n := plain(f, tent(f, 0.3))
	text, err := json.Marshal(tentProof(f, n))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(bytes.ReplaceAll(text, []byte("-1"), []byte("2")))
	f.Add([]byte(`{"schema":1,"verdict":"certified"}`))
	low := plain(f, tent(f, 0.2))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &Certificate{}
		if json.Unmarshal(text, c) != nil {
			return
		}
		c.Network = low.Hash
		if _, err := Check(t.Context(), low, c); err == nil && c.Verdict == Certified && c.Label == 0 &&
			len(c.Input) == 1 && math.Abs(c.Input[0]) <= c.Ball.Eps && c.Ball.Radii == nil {
			t.Errorf("confirmed a ball that holds 0, where the margin is negative: %s", text)
		}
	})
}
