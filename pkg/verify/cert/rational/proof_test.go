package rational

import (
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

var kinks = []cert.Unit{{Relu: 0, Unit: 0}, {Relu: 0, Unit: 1}}

// leafTree is one leaf.
func leafTree(nus ...float64) *cert.Tree {
	return &cert.Tree{Splits: []int{cert.Leaf}, Multipliers: nus}
}

// TestFurtherBounds tightens the upper bound 5/4 of |x| - 3/4 by multipliers, without rules.
func TestFurtherBounds(t *testing.T) {
	n := bend(t, 1, -1, 2)
	z := cert.Unit{Relu: 1}
	upper := func(nus ...float64) cert.UnitProof { return cert.UnitProof{Unit: z, Upper: true, Multipliers: nus} }
	split := func(nus ...float64) cert.UnitProof {
		return cert.UnitProof{Unit: z, Upper: true, Tree: &cert.Tree{Splits: halves(0), Multipliers: nus}}
	}
	own := cert.UnitProof{Unit: z, Upper: true, Tree: leafTree(-0.75)}
	own.Tree.Of = []int{1}
	for _, c := range []struct {
		name  string
		units []cert.Unit
		steps []cert.UnitProof
		want  string
	}{
		{"none", kinks, nil, "3/4"},
		{"best", kinks, []cert.UnitProof{upper(-0.5, -0.5)}, "7/4"},
		{"crown for the others", kinks, []cert.UnitProof{upper()}, "7/4"},
		{"one given", kinks, []cert.UnitProof{upper(-0.75)}, "5/4"}, // -x/4 - 3/4 - 1/2 over [-1, 1]
		{"the second given", []cert.Unit{kinks[1]}, []cert.UnitProof{upper(-0.75)}, "5/4"},
		{"worse changes nothing", kinks, []cert.UnitProof{upper(-0.5, -0.5), upper(-0.75)}, "7/4"},
		{"the worse leaf last", kinks, []cert.UnitProof{split(-1, -0.5, 0, -0.75)}, "5/4"},  // 1/4, 3/4
		{"the worse leaf first", kinks, []cert.UnitProof{split(-1, -0.25, 0, -0.5)}, "5/4"}, // 3/4, 1/4
		{"a list of its own", kinks, []cert.UnitProof{own}, "5/4"},
		{"and then everyone's", kinks, []cert.UnitProof{own, upper(-0.5, -0.75)}, "5/4"},
		{"of no use", kinks, []cert.UnitProof{upper(0, 7)}, "3/4"},
		{"a lower one", kinks, []cert.UnitProof{{Unit: z, Multipliers: cert.Floats{0.5, 0.5}}}, "3/4"},
		{"of the first relu", kinks, []cert.UnitProof{{Unit: kinks[0], Upper: true}}, "3/4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := certificate(n, ball.Ball{Eps: 1}, []float64{0}, nil, cert.Interval)
			p.Units, p.Tighter = append(c.units[:len(c.units):len(c.units)], z), c.steps
			p.Margins[0].Tree = leafTree(make([]float64, len(p.Units))...)
			wantMargin(t, n, p, c.want)
			p.Margins[0].Tree = nil // rules rest on the bounds before
			wantMargin(t, n, p, "3/4")
		})
	}
}

// TestFurtherLowerBound tightens the lower bound -5/4 of z = 3/4 - |x| to -1/4, for 2 - relu(z) >= 2 - 3/4 z + min (3/4
// l, -3/16).
func TestFurtherLowerBound(t *testing.T) {
	n, z := bend(t, -1, -1, 2), cert.Unit{Relu: 1}
	p := certificate(n, ball.Ball{Eps: 1}, []float64{0}, nil, cert.Interval)
	p.Units = append(kinks[:2:2], z)
	p.Margins[0].Tree = leafTree(0, 0, -0.75)
	wantMargin(t, n, p, "1/2")
	p.Tighter = []cert.UnitProof{{Unit: z, Multipliers: cert.Floats{-0.5, -0.5}}}
	wantMargin(t, n, p, "5/4")
	p.Tighter = append(p.Tighter, cert.UnitProof{Unit: z, Multipliers: cert.Floats{5, 5}}) // worse changes nothing
	wantMargin(t, n, p, "5/4")
}

// TestPresentBounds: a further bound rests on those before it. |x| - 3/4 <= 1/4, so that relu(|x| - 3/4) - 1/8 <= 1/8.
func TestPresentBounds(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2), reluLayer, dense(1), reluLayer, dense(1), reluLayer, dense(2)},
		[]float64{1, -1}, []float64{0, 0}, []float64{1, 1}, []float64{-0.75}, []float64{1}, []float64{-0.125},
		[]float64{-1, 0}, []float64{1, 0})
	first := cert.UnitProof{Unit: cert.Unit{Relu: 1}, Upper: true, Multipliers: cert.Floats{-0.5, -0.5}}
	second := cert.UnitProof{Unit: cert.Unit{Relu: 2}, Upper: true, Multipliers: cert.Floats{0, 0, 0}}
	for _, c := range []struct {
		steps []cert.UnitProof
		want  string
	}{{[]cert.UnitProof{first, second}, "7/8"}, {[]cert.UnitProof{first, second, second}, "7/8"}} {
		p := certificate(n, ball.Ball{Eps: 1}, []float64{0}, nil, cert.Interval)
		p.Units, p.Tighter = append(kinks[:2:2], cert.Unit{Relu: 1}, cert.Unit{Relu: 2}), c.steps
		p.Margins[0].Tree = leafTree(0, 0, 0, 0)
		wantMargin(t, n, p, c.want)
	}
	p := certificate(n, ball.Ball{Eps: 1}, []float64{0}, nil, cert.Interval)
	p.Units, p.Tighter = append(kinks[:2:2], cert.Unit{Relu: 1}, cert.Unit{Relu: 2}), []cert.UnitProof{second, first}
	p.Margins[0].Tree = leafTree(0, 0, 0, 0)
	wantRefusal(t, n, p, "is not positive")
}

// cone is 3/2 - |x|, |x| <= 1, by relu(x) and relu(-x).
func cone(t *testing.T) *net.Network {
	return build(t, []int{1}, []net.LayerSpec{dense(2), reluLayer, dense(2)},
		[]float64{1, -1}, []float64{0, 0}, []float64{-1, -1, 0, 0}, []float64{1.5, 0})
}

func tree(n *net.Network, splits []int, nus ...float64) *cert.Certificate {
	c := certificate(n, ball.Ball{Eps: 1}, []float64{0}, nil, cert.Interval)
	c.Units = kinks
	c.Margins[0].Tree = &cert.Tree{Splits: splits, Multipliers: nus}
	return c
}

func TestTree(t *testing.T) {
	n := cone(t)
	leaf := cert.Leaf
	for _, c := range []struct {
		name   string
		splits []int
		nus    []float64
		want   string
	}{
		{"one leaf", []int{leaf}, []float64{-0.5, -0.5}, "1/2"},
		{"slanted", []int{leaf}, []float64{-0.5, -0.75}, "0"},                                     // refused below
		{"split", []int{0, leaf, leaf}, []float64{-1, -0.75, 0, -0.625}, "1/4"},                   // leaves 1/2, 1/4
		{"the other order", []int{1, leaf, leaf}, []float64{-0.625, -0.5, -0.5, 0}, "1/4"},        // 1/4, 1/2
		{"twice", []int{0, 0, leaf, leaf, leaf}, []float64{-1, -0.75, 0, -0.5, 0, -0.625}, "1/4"}, // 1/2, 1/2, 1/4
		{"both", []int{0, 1, leaf, leaf, leaf}, []float64{-1, -1, -1, 0, 0, -0.625}, "1/4"},       // 3/2, 1/2, 1/4
		{"below", []int{0, leaf, 1, leaf, leaf}, []float64{-1, -0.75, 0, -1, -0.5, -0.5}, "1/2"},  // 1/2, 1/2, 1/2
		{"restored", []int{0, 1, leaf, leaf, leaf}, []float64{-1, -1, -1, 0, -0.375, -0.25}, "1/4"},
		{"restored above", []int{1, 0, leaf, leaf, leaf}, []float64{-1, -1, 0, -1, 0.125, 0}, "1/4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want == "0" {
				wantRefusal(t, n, tree(n, c.splits, c.nus...), "is not positive")
				return
			}
			wantMargin(t, n, tree(n, c.splits, c.nus...), c.want)
		})
	}
}

// TestTreeOfItsOwn: a tree that lists units of its own has multipliers for these alone, although all units are listed.
// 7/2 - relu(2x) - relu(-x), |x| <= 1, by the line of slope 1/2 for the first relu and 3/4 for the second.
func TestTreeOfItsOwn(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2), reluLayer, dense(2)},
		[]float64{2, -1}, []float64{0, 0}, []float64{-1, -1, 0, 0}, []float64{3.5, 0})
	c := tree(n, []int{cert.Leaf}, -0.75)
	c.Margins[0].Tree.Of = []int{1}
	wantMargin(t, n, c, "3/2")
	c.Margins[0].Tree.Of = []int{0} // 3/4 for the first, 1/2 for the second
	wantMargin(t, n, c, "1/2")
}

// TestFalseTree is a tree that would prove x + 1/2 > 0 on [-1, 1], were a split's bounds not taken back after its first
// child.
func TestFalseTree(t *testing.T) {
	add := net.LayerSpec{Type: "add"}
	layers := []net.LayerSpec{reluLayer, from(add, -1, -1), from(dense(1), 0), dense(2), from(dense(2), 1),
		from(add, 3, 4)}
	n := build(t, []int{1}, layers, []float64{0}, []float64{0}, []float64{0, 0}, []float64{0.5, 0}, []float64{0.5, 0},
		[]float64{0, 0})
	c := tree(n, []int{0, cert.Leaf, cert.Leaf}, -1, -1)
	c.Units = kinks[:1]
	wantRefusal(t, n, c, "is not positive")
	n.Params[3].Data[0] = 1.5 // x + 3/2: on the leaves 3/2 and 1/2
	c.Network = n.Hash()
	wantMargin(t, n, c, "1/2")
}

// TestTreePlaces: x + 3/2 >= 1/2 on [-1, 1], by a tree whose split leaves one child without an input, which therefore
// needs no multipliers that prove anything; a split in between proves the same, and not where they prove too little.
func TestTreePlaces(t *testing.T) {
	add := net.LayerSpec{Type: "add"}
	layers := []net.LayerSpec{reluLayer, from(add, -1, -1), from(dense(1), 0), dense(2), from(dense(2), 1),
		from(add, 3, 4)}
	n := build(t, []int{1}, layers, []float64{0}, []float64{0}, []float64{0, 0}, []float64{1.5, 0}, []float64{0.5, 0},
		[]float64{0, 0})
	for _, c := range []struct {
		at, above, below float64 // multipliers where z >= at, and where z <= at
		proved           bool
	}{
		{-2, -1, 100, true}, {2, 100, -1, true}, {0.5, -1, -1, true}, {-0.5, -1, -1, true},
		{-2, 100, -1, false}, {2, -1, 100, false}, {0.5, -1, 100, false}, {-0.5, 100, -1, false},
	} {
		proof := tree(n, []int{0, cert.Leaf, cert.Leaf}, c.above, c.below)
		proof.Units, proof.Margins[0].Tree.At = kinks[:1], cert.Floats{c.at}
		proof.Split()
		if c.proved {
			wantMargin(t, n, proof, "1/2")
		} else {
			wantRefusal(t, n, proof, "is not positive")
		}
	}
}

// TestEmptyLeaves: |x| - 3/4 <= -1/2 for |x| <= 1/4 by a further bound, so that z >= 0 holds nowhere.
func TestEmptyLeaves(t *testing.T) {
	n := bend(t, 1, -100, 1)
	c := certificate(n, ball.Ball{Eps: 0.25}, []float64{0}, nil, cert.Interval)
	z := cert.Unit{Relu: 1}
	c.Units = append(kinks[:2:2], z)
	c.Margins[0].Tree = &cert.Tree{Splits: []int{2, cert.Leaf, cert.Leaf}, Multipliers: cert.Floats{9, 9, 9, 0, 0, 0}}
	wantMargin(t, n, c, "1") // intervals alone have z <= -1/4
	n.Params[3].Data[0] = -0.375
	c.Network = n.Hash()
	wantRefusal(t, n, c, "is not positive") // z <= 1/8 now
	c.Tighter = []cert.UnitProof{{Unit: z, Upper: true, Multipliers: cert.Floats{-0.5, -0.5}}}
	wantMargin(t, n, c, "1")
	c.Units = append(c.Units, cert.Unit{Relu: 1})
	wantRefusal(t, n, c, "listed twice")
}

// TestPointLeaf: a leaf with l = u is not empty. The margin is -1 for x = 0.
func TestPointLeaf(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{reluLayer, dense(2)}, []float64{0, 0}, []float64{-1, 0})
	c := certificate(n, ball.Ball{}, []float64{0}, nil, cert.Interval)
	c.Units = kinks[:1]
	c.Margins[0].Tree = leafTree(0)
	wantRefusal(t, n, c, "is not positive")
}

// TestEmptyTree has no leaf that is not empty: no margin to report.
func TestEmptyTree(t *testing.T) {
	n := bend(t, 1, -100, 1)
	c := certificate(n, ball.Ball{Eps: 0.25}, []float64{0}, nil, cert.Interval)
	c.Units = append(kinks[:2:2], cert.Unit{Relu: 1})
	c.Margins[0].Tree = &cert.Tree{Splits: []int{2, cert.Leaf, 0, cert.Leaf, cert.Leaf},
		Multipliers: make(cert.Floats, 9)}
	margins, err := Check(t.Context(), n.Model(), c)
	if err != nil || len(margins[0]) != 0 || len(margins[1]) != 2 {
		t.Errorf("margins %v, %v, want those of the two leaves where z <= 0", margins, err)
	}
}

// TestStableUnitsGetNoMultiplier: a listed unit that is stable is a line, whatever its multiplier and splits.
func TestStableUnitsGetNoMultiplier(t *testing.T) {
	n := cone(t)
	c := tree(n, []int{0, cert.Leaf, cert.Leaf}, 7, 7, -3, -3)
	c.Ball.Eps, c.Input = 0.25, cert.Floats{0.5} // 3/2 - x, x <= 3/4
	wantMargin(t, n, c, "3/4")
	c.Margins[0].Tree = &cert.Tree{Splits: []int{cert.Leaf}, Of: []int{0}, Multipliers: cert.Floats{7}}
	wantMargin(t, n, c, "3/4")
	c.Tighter = []cert.UnitProof{{Unit: kinks[0], Upper: true, Multipliers: cert.Floats{1e9, 1e9}}}
	wantMargin(t, n, c, "3/4")
}

// TestFalsified compares the logits 2x and x + 1 at points around 0, with label 0.
func TestFalsified(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2)}, []float64{2, 1}, []float64{0, 1})
	for x, ok := range map[float64]bool{1: true, 0.9999999999999999: true, 1.0000000000000002: false} {
		_, err := Check(t.Context(), n.Model(), falsified(n, ball.Ball{Eps: 1.5}, []float64{0}, []float64{x}, 1))
		if (err == nil) != ok {
			t.Errorf("x = %v: %v", x, err)
		}
	}
	// A tie by rounding in float64 only: 2^60 + 1 > 2^60.
	n = build(t, []int{2}, []net.LayerSpec{dense(2)}, []float64{1, 1, 1, 0}, []float64{0, 0})
	c := falsified(n, ball.Ball{}, []float64{1 << 60, 1}, []float64{1 << 60, 1}, 1)
	wantRefusal(t, n, c, "not misclassified")
	c.Label, c.Class = 1, 0
	if _, err := Check(t.Context(), n.Model(), c); err != nil {
		t.Error(err)
	}
}

// TestNearlyStable: units with l = 0 or u = 0, but for rounding, take the multipliers listed for them.
func TestNearlyStable(t *testing.T) {
	for _, c := range []struct {
		x, h, nu float64
		want     string
	}{
		{1, -1, -3, "4"}, // -3x, x <= 2
		{1 + 0x1p-40, -1, -3, exact(4 - 0x1p-40)}, // so too, with -z <= -2^-40
		{1 + 0x1p-20, -1, -3, exact(8 - 0x1p-20)}, // -x
		{-1, 1, 1, "8"},            // x >= -2
		{-1 - 0x1p-40, 1, 1, "8"},  // so too, with -z >= 2^-40
		{-1 - 0x1p-20, 1, 1, "10"}, // 0
	} {
		n := build(t, []int{1}, []net.LayerSpec{reluLayer, dense(2)}, []float64{c.h, 0}, []float64{10, 0})
		p := certificate(n, ball.Ball{Eps: 1}, []float64{c.x}, nil, cert.Interval)
		p.Units = kinks[:1]
		p.Margins[0].Tree = leafTree(c.nu)
		wantMargin(t, n, p, c.want)
	}
}

// TestTwice: a listed unit that is stable may not be listed again either.
func TestTwice(t *testing.T) {
	n := cone(t)
	c := tree(n, []int{cert.Leaf}, 0, 0, 0)
	c.Ball.Eps, c.Input, c.Units = 0.25, cert.Floats{0.5}, []cert.Unit{kinks[0], kinks[1], kinks[0]}
	wantRefusal(t, n, c, "listed twice")
}

// TestSplitKeepsBounds: z = 3/2 - |x| >= 1/2 by a further bound, which a split z >= 0 does not take back.
func TestSplitKeepsBounds(t *testing.T) {
	n, z := bend(t, -1, 1, 10), cert.Unit{Relu: 1}
	n.Params[3].Data[0] = 1.5
	c := certificate(n, ball.Ball{Eps: 1}, []float64{0}, nil, cert.Interval)
	c.Units = append(kinks[:2:2], z)
	c.Tighter = []cert.UnitProof{{Unit: z, Multipliers: cert.Floats{-0.5, -0.5}}}
	c.Margins[0].Tree = &cert.Tree{Splits: []int{2, cert.Leaf, cert.Leaf}, Multipliers: make(cert.Floats, 6)}
	wantMargin(t, n, c, "21/2")
}

// TestOwnLayer: a further bound of a unit takes no multipliers of its own layer. Both units are relu(|x| - 3/4).
func TestOwnLayer(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2), reluLayer, dense(2), reluLayer, dense(2)}, []float64{1, -1},
		[]float64{0, 0}, []float64{1, 1, 1, 1}, []float64{-0.75, -0.75}, []float64{0, -1, 0, 0}, []float64{2, 0})
	c := certificate(n, ball.Ball{Eps: 1}, []float64{0}, nil, cert.Interval)
	c.Units = append(kinks[:2:2], cert.Unit{Relu: 1}, cert.Unit{Relu: 1, Unit: 1})
	c.Tighter = []cert.UnitProof{{Unit: c.Units[3], Upper: true, Multipliers: cert.Floats{-0.5, -0.5, 7, 0}}}
	c.Margins[0].Tree = leafTree(0, 0, 0, 0)
	wantMargin(t, n, c, "7/4")
}
