package rational

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// wantRefusal checks that a certificate is refused for the reason given.
func wantRefusal(t *testing.T, n *net.Network, c *cert.Certificate, reason string) {
	t.Helper()
	r, err := Check(t.Context(), n.Model(), c)
	if !errors.Is(err, cert.ErrRefused) || !strings.Contains(err.Error(), reason) || r != nil {
		t.Errorf("error %v, want refused: %s", err, reason)
	}
}

// three is a network with three classes, margins 1 and 2, one input and a relu of two units.
func three(t *testing.T) *net.Network {
	return build(t, []int{1}, []net.LayerSpec{dense(2), reluLayer, dense(3)},
		[]float64{1, -1}, []float64{0, 0}, make([]float64, 6), []float64{3, 2, 1})
}

// Trees that end early or go on, and one of two halves.
var early, twice = []int{0, cert.Leaf}, []int{cert.Leaf, cert.Leaf}

func halves(unit int) []int { return []int{unit, cert.Leaf, cert.Leaf} }

// unitTree gives the further bound a tree instead of its multipliers.
func unitTree(c *cert.Certificate, splits []int, multipliers int) {
	c.Tighter[0].Multipliers = nil
	c.Tighter[0].Tree = &cert.Tree{Splits: splits, Multipliers: make(cert.Floats, multipliers)}
}

// listed gives the tree of the first margin a list of units of its own.
func listed(c *cert.Certificate, of ...int) { c.Margins[0].Tree.Of = of }

// TestRefusals breaks certificates that are confirmed without the change, each in one way.
func TestRefusals(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for reason, change := range map[string]func(c *cert.Certificate){
		"schema 0":                         func(c *cert.Certificate) { c.Schema = 0 },
		"schema 4":                         func(c *cert.Certificate) { c.Schema = 4 },
		"it is for network \"123\"":        func(c *cert.Certificate) { c.Network = "123" },
		"it is for network":                func(c *cert.Certificate) { c.HashVersion = 2 },
		"it is for network ":               func(c *cert.Certificate) { c.HashVersion = -1 },
		"label -1 of 3":                    func(c *cert.Certificate) { c.Label = -1 },
		"label 3 of 3":                     func(c *cert.Certificate) { c.Label = 3 },
		"0 input values for the shape [1]": func(c *cert.Certificate) { c.Input = nil },
		"2 input values for the shape [1]": func(c *cert.Certificate) { c.Input = cert.Floats{0, 0} },
		"input value 0 is NaN":             func(c *cert.Certificate) { c.Input = cert.Floats{nan} },
		"input value 0 is +Inf":            func(c *cert.Certificate) { c.Input = cert.Floats{inf} },
		"eps = NaN":                        func(c *cert.Certificate) { c.Ball.Eps = nan },
		"eps = -1":                         func(c *cert.Certificate) { c.Ball.Eps = -1 },
		"Norm(7) is not a norm":            func(c *cert.Certificate) { c.Ball.Norm = 7 },
		"outside the box":                  func(c *cert.Certificate) { c.Ball.Box = &ball.Box{Lower: 1, Upper: 2} },
		"box [2, 1] is empty":              func(c *cert.Certificate) { c.Ball.Box = &ball.Box{Lower: 2, Upper: 1} },
		"use finite ends":                  func(c *cert.Certificate) { c.Ball.Box = &ball.Box{Lower: -1, Upper: inf} },
		"radius -1":                        func(c *cert.Certificate) { c.Ball.Radii = []float64{-1} },
		"2 radii":                          func(c *cert.Certificate) { c.Ball.Radii = []float64{1, 1} },
		"radii per feature": func(c *cert.Certificate) {
			c.Ball.Norm, c.Ball.Radii = ball.L2,
				[]float64{1}
		},
		`verdict "maybe"`:             func(c *cert.Certificate) { c.Verdict = "maybe" },
		`verdict ""`:                  func(c *cert.Certificate) { c.Verdict = "" },
		"Rule(3) is not a rule":       func(c *cert.Certificate) { c.Rules = append(c.Rules, 3) },
		"NaN is not":                  func(c *cert.Certificate) { c.Margins[0].Tree.Multipliers[2] = nan },
		"NaN is not a finite":         func(c *cert.Certificate) { c.Margins[0].Tree.At = cert.Floats{nan, 0} },
		"+Inf is not a finite number": func(c *cert.Certificate) { c.Margins[0].Tree.Multipliers[0] = inf },
		"Rule(-1) is not a rule":      func(c *cert.Certificate) { c.Margins[1].Rule = -1 },
		"no {Relu:1 Unit:0}":          func(c *cert.Certificate) { c.Units[0].Relu = 1 },
		"no {Relu:-1 Unit:1}":         func(c *cert.Certificate) { c.Units[1].Relu = -1 },
		"no {Relu:0 Unit:2}":          func(c *cert.Certificate) { c.Units[1].Unit = 2 },
		"no {Relu:0 Unit:-1}":         func(c *cert.Certificate) { c.Units[1].Unit = -1 },
		"listed twice":                func(c *cert.Certificate) { c.Units[1] = c.Units[0] },
		"no {Relu:2 Unit:1}":          func(c *cert.Certificate) { c.Tighter[0].Unit.Relu = 2 },
		"no {Relu:0 Unit:5}":          func(c *cert.Certificate) { c.Tighter[0].Unit.Unit = 5 },
		"no {Relu:0 Unit:-922":        func(c *cert.Certificate) { c.Tighter[0].Unit.Unit = math.MinInt },
		"no {Relu:0 Unit:9223":        func(c *cert.Certificate) { c.Tighter[0].Unit.Unit = math.MaxInt },
		"3 multipliers for 2 units": func(c *cert.Certificate) {
			c.Tighter[0].Multipliers = make(cert.Floats,
				3)
		},
		"NaN is not a finite number":       func(c *cert.Certificate) { c.Tighter[0].Multipliers[0] = nan },
		"-Inf is not a finite number":      func(c *cert.Certificate) { c.Margins[0].Tree.Multipliers[3] = -inf },
		"class 0: twice, or not to prove":  func(c *cert.Certificate) { c.Margins[0].Class = 0 },
		"class 3: twice, or not to prove":  func(c *cert.Certificate) { c.Margins[0].Class = 3 },
		"class -1: twice, or not to prove": func(c *cert.Certificate) { c.Margins[0].Class = -1 },
		"class 2: twice, or not to prove":  func(c *cert.Certificate) { c.Margins[0].Class = 2 },
		"2 of 3 classes have a proof":      func(c *cert.Certificate) { c.Margins = c.Margins[:1] },
		"1 of 3 classes have a proof":      func(c *cert.Certificate) { c.Margins = nil },
		"the tree ends early": func(c *cert.Certificate) {
			c.Margins[0].Tree.Splits = []int{0,
				cert.Leaf}
		},
		"ends early": func(c *cert.Certificate) { c.Margins[0].Tree.Splits = nil },
		"goes on behind its end": func(c *cert.Certificate) {
			c.Margins[0].Tree.Splits = append(c.Margins[0].Tree.Splits, cert.Leaf)
		},
		"the tree goes on": func(c *cert.Certificate) {
			c.Margins[0].Tree.Multipliers = append(c.Margins[0].Tree.Multipliers, 0)
		},
		"class 2: the tree ends early": func(c *cert.Certificate) {
			c.Margins[0].Tree.Multipliers = c.Margins[0].Tree.Multipliers[:3]
		},
		"more splits than places": func(c *cert.Certificate) {
			c.Margins[0].Tree.Splits, c.Margins[0].Tree.At = []int{0, 0, 0}, cert.Floats{1}
		},
		"more places than splits": func(c *cert.Certificate) { c.Margins[0].Tree.At = cert.Floats{0, 0, 0, 0} },
		"a split of unit 2 of 2":  func(c *cert.Certificate) { c.Margins[0].Tree.Splits[0] = 2 },
		"a split of unit -2 of 2": func(c *cert.Certificate) { c.Margins[0].Tree.Splits[0] = -2 },
		"{Relu:0 Unit:1}: multipliers beside a tree": func(c *cert.Certificate) {
			c.Tighter[0].Tree = &cert.Tree{Splits: []int{cert.Leaf}}
		},
		"class 2: lists unit 2 of 2":           func(c *cert.Certificate) { listed(c, 0, 2) },
		"class 2: lists unit -1 of 2":          func(c *cert.Certificate) { listed(c, -1, 1) },
		"class 2: lists unit 1 of 2, or again": func(c *cert.Certificate) { listed(c, 1, 1) },
		"class 2: lists unit 0 of 2, or again": func(c *cert.Certificate) { listed(c, 1, 0) },
		"class 2: the tree goes on":            func(c *cert.Certificate) { listed(c, 1) },
		"{Relu:0 Unit:1}: multipliers beside a tree, or": func(c *cert.Certificate) {
			unitTree(c, []int{0, cert.Leaf, cert.Leaf}, 6)
		},
		"{Relu:0 Unit:1}: the tree ends early":   func(c *cert.Certificate) { unitTree(c, early, 1) },
		"{Relu:0 Unit:1}: the tree ends":         func(c *cert.Certificate) { unitTree(c, []int{}, 0) },
		"{Relu:0 Unit:1}: the tree goes on":      func(c *cert.Certificate) { unitTree(c, twice, 1) },
		"{Relu:0 Unit:1}: the tree goes on be":   func(c *cert.Certificate) { unitTree(c, halves(0), 3) },
		"{Relu:0 Unit:1}: a split of unit 2 of":  func(c *cert.Certificate) { unitTree(c, halves(2), 0) },
		"{Relu:0 Unit:1}: a split of unit -2 of": func(c *cert.Certificate) { unitTree(c, halves(-2), 0) },
	} {
		t.Run(reason, func(t *testing.T) {
			n := three(t)
			c := certificate(n, ball.Ball{Eps: 1}, []float64{0}, []cert.Rule{cert.FastLin}, cert.CROWN)
			c.Units = []cert.Unit{{Unit: 0}, {Unit: 1}}
			c.Tighter = []cert.UnitProof{{Unit: cert.Unit{Unit: 1}, Multipliers: cert.Floats{0, 0}}}
			c.Margins = []cert.MarginProof{{Class: 2, Rule: cert.FastLin}, {Class: 1, Rule: cert.FastLin}}
			c.Margins[0].Tree = &cert.Tree{Splits: []int{0, cert.Leaf, cert.Leaf}, Multipliers: make(cert.Floats, 4)}
			for _, version := range []int{0, 1} { // older certificates have none
				c.HashVersion = version
				if _, err := Check(t.Context(), n.Model(), c); err != nil {
					t.Fatal(err)
				}
			}
			if reason == "class 2: twice, or not to prove" {
				c.Margins[1].Class = 2
			}
			change(c)
			wantRefusal(t, n, c, reason)
		})
	}
}

// TestFalsifiedRefusals breaks a confirmed point.
func TestFalsifiedRefusals(t *testing.T) {
	for reason, change := range map[string]func(c *cert.Certificate){
		"a point of 0 values": func(c *cert.Certificate) { c.Point = nil },
		"a point of 2 values": func(c *cert.Certificate) { c.Point = cert.Floats{0, 0} },
		"NaN is not a finite": func(c *cert.Certificate) { c.Point = cert.Floats{math.NaN()} },
		"class 2, label 2":    func(c *cert.Certificate) { c.Class = 2 },
		"class -1, label 2":   func(c *cert.Certificate) { c.Class = -1 },
		"class 3, label 2":    func(c *cert.Certificate) { c.Class = 3 },
		"outside the ball":    func(c *cert.Certificate) { c.Point = cert.Floats{2} },
		"not misclassified":   func(c *cert.Certificate) { c.Label, c.Class = 0, 1 },
	} {
		n := three(t)
		c := falsified(n, ball.Ball{Eps: 1}, []float64{0}, []float64{1}, 1)
		c.Label = 2
		if _, err := Check(t.Context(), n.Model(), c); err != nil {
			t.Fatal(err)
		}
		change(c)
		wantRefusal(t, n, c, reason)
	}
}

// TestZeroMargin: positive means more than 0.
func TestZeroMargin(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2)}, []float64{0, 0}, []float64{1, 1})
	wantRefusal(t, n, certificate(n, ball.Ball{}, []float64{0}, nil, cert.FastLin), "is not positive")
	n = build(t, []int{1}, []net.LayerSpec{dense(2)}, []float64{0, 0}, []float64{5e-324, 0})
	wantMargin(t, n, certificate(n, ball.Ball{}, []float64{0}, nil, cert.FastLin), exact(5e-324))
}

// TestWeights refuses a network whose weights are not finite.
func TestWeights(t *testing.T) {
	for bad, reason := range map[float64]string{math.NaN(): "weights must be finite",
		math.Inf(-1): "weights must be finite",
		1e39:         "+Inf is not a finite number", -1e39: "-Inf is not a finite number"} {
		n := three(t)
		n.DType = dtypes.Float32
		n.Params[0].Data[1] = bad
		wantRefusal(t, n, certificate(n, ball.Ball{}, []float64{0}, nil, cert.FastLin), reason)
		n.Params[0].Data[1], n.Params[3].Data[1] = 0, bad
		wantRefusal(t, n, certificate(n, ball.Ball{}, []float64{0}, nil, cert.FastLin), reason)
	}
}

func TestUnknownLayer(t *testing.T) {
	n := three(t)
	m := n.Model()
	last := m.Layers[len(m.Layers)-1]
	m.Layers = append(m.Layers, model.Layer{Spec: model.LayerSpec{Type: "odd"}, Inputs: []int{len(m.Layers) - 1},
		Out: last.Out})
	c := certificate(n, ball.Ball{}, []float64{0}, nil, cert.FastLin)
	c.Network = m.Hash()
	_, err := Check(t.Context(), m, c)
	if err == nil || errors.Is(err, cert.ErrRefused) ||
		!strings.Contains(err.Error(), `layers of type "odd" have no exact form`) {
		t.Error(err)
	}
}

// TestLarge refuses networks that are too large before they take time or memory.
func TestLarge(t *testing.T) {
	for name, arch := range map[string]net.Arch{
		"weights": {Input: []int{1}, Layers: []net.LayerSpec{dense(1 << 19), dense(2)}},
		"huge pool": {Input: []int{1, 2, 2}, Layers: []net.LayerSpec{{Type: "avgpool", Kernel: []int{1 << 16, 1 << 16},
			Stride: []int{1, 1}, Padding: []int{1 << 15, 1 << 15}}, flatten, dense(2)}},
		"inputs": {Input: []int{1 << 21}, Layers: []net.LayerSpec{{Type: "relu"}, dense(2)}},
	} {
		n, err := net.Build(arch)
		if err != nil {
			t.Fatal(name, err)
		}
		c := certificate(n, ball.Ball{}, make([]float64, n.InputSize()), nil, cert.FastLin)
		if _, err = Check(t.Context(), n.Model(), c); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	n := three(t) // a path of a tree that does not end
	c := certificate(n, ball.Ball{Eps: 1}, []float64{0}, nil, cert.FastLin)
	c.Units, c.Margins[0].Tree = kinks[:1], &cert.Tree{Splits: make([]int, 1<<21), Multipliers: make(cert.Floats, 1)}
	if _, err := Check(t.Context(), n.Model(), c); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too deep a tree: %v", err)
	}
}

// TestTooLarge has networks of so many weights, which fit into the work that is left, or just not.
func TestTooLarge(t *testing.T) {
	conv := net.LayerSpec{Type: "conv", Channels: 3, Kernel: []int{4, 4}, Stride: []int{1, 1}, Padding: []int{0, 0}}
	pool := net.LayerSpec{Type: "avgpool", Kernel: []int{2, 3}, Stride: []int{1, 1}, Padding: []int{1, 0}}
	for _, c := range []struct {
		arch    net.Arch
		weights int
	}{
		{net.Arch{Input: []int{5}, Layers: []net.LayerSpec{dense(7), dense(2)}}, 5*7 + 7*2},
		{net.Arch{Input: []int{2, 6, 5}, Layers: []net.LayerSpec{conv, flatten}}, 3*3*2*(2*16) + 18},
		{net.Arch{Input: []int{2, 3, 4}, Layers: []net.LayerSpec{pool, flatten}}, 2*4*2*6 + 16},
		{net.Arch{Input: []int{2}, Layers: []net.LayerSpec{reluLayer, from(net.LayerSpec{Type: "add"}, 0, -1, 0)}},
			2 + 6},
	} {
		n, err := net.Build(c.arch) // all weights are 0
		if err != nil {
			t.Fatal(err)
		}
		k := &checker{Context: t.Context(), relus: map[int]int{}, work: MaxWork - 32*(c.weights+n.InputSize())}
		if err := raised(func() { k.read(n.Model(), 0) }); err != nil {
			t.Errorf("%v: %v", c.arch, err)
		}
		k = &checker{Context: t.Context(), relus: map[int]int{}, work: MaxWork - 32*(c.weights+n.InputSize()) + 1}
		if err := raised(func() { k.read(n.Model(), 0) }); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%v: %v", c.arch, err)
		}
	}
	k := &checker{Context: t.Context(), work: MaxWork - 1}
	if k.spend(1); !errors.Is(raised(func() { k.spend(1) }), ErrTooLarge) {
		t.Error("more work than the limit")
	}
}

// raised is the error that f panics with.
func raised(f func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	f()
	return nil
}

// TestWork counts the work of each step: a limit that does not count a step is none for it.
func TestWork(t *testing.T) {
	n := three(t)
	k := prepared(t, n, ball.Ball{Eps: 1}, []float64{0})
	before, weights := k.work, 2+2+6
	// neurons and what they read; margins last
	if want := 32*(1+weights) + (2 + 2) + (2 + 2) + 3 + (3 + 6); before != want {
		t.Errorf("forward: %d, want %d", before, want)
	}
	if k.minimum(k.relus[0], 0, cert.CROWN, nil); k.work-before != 3+1+1 {
		// three neurons from the first unit on, two of them with an entry
		t.Errorf("backward: %d, want 5", k.work-before)
	}
	k.units = []int{k.relus[0], k.relus[0] + 1}
	before, k.neurons[k.relus[0]].low[0] = k.work, rat(9)
	t2 := cert.Tree{Splits: []int{cert.Leaf}, Multipliers: make(cert.Floats, 2)}
	if k.tree("", &t2, 2, nil); k.work-before != 64+2 {
		t.Errorf("an empty leaf: %d, want 66", k.work-before)
	}
	k = prepared(t, n, ball.Ball{}, []float64{0.5})
	before = k.work
	if k.forward(slices.Repeat([]cert.Rule{cert.CROWN}, 100)); k.work-before != 20+100*10 {
		t.Errorf("100 rules for 10 neurons: %d", k.work-before)
	}
}

// TestContext stops a check, also in a tree of empty leaves.
func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := three(t)
	c := certificate(n, ball.Ball{}, []float64{0}, nil, cert.FastLin)
	if _, err := Check(ctx, n.Model(), c); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := raised(func() { (&checker{Context: ctx}).spend(0) }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestNegative has a network that no file may hold, with which a library panics.
func TestNegative(t *testing.T) {
	n := three(t)
	m := n.Model()
	m.Layers[1].Spec.Kernel = []int{-1, 1}
	c := certificate(n, ball.Ball{}, []float64{0}, nil, cert.FastLin)
	if _, err := Check(t.Context(), m, c); err == nil || err.Error() != "the network is malformed" {
		t.Error(err)
	}
}
