// Package rational is a second checker of certificates of robustness, in exact rational arithmetic, for small networks.
// It was written from the theorem below and not from the checker in float64, so that a mistake would have to be made
// twice. They share the form of certificates, models and balls (packages cert, model and ball), and no mathematics.
//
// The network f maps flat inputs (order channel, row, column) to the values of its last layer. Weights are the file's
// float32 or float64 numbers. Batch normalisation has the coefficients scale = fl(w/fl(sqrt(fl(variance+epsilon)))) and
// shift = fl(b-fl(scale*mean)), normalisation fl(1/std) and fl(-mean/std), average pooling fl(1/area), padding counted;
// fl rounds to float64. B is {x' : ||x'-x||_p <= eps}, with radii {x' : |x'_i-x_i| <= eps radii_i}, cut by the box.
//
// Theorem. If [Check] confirms a certificate whose verdict is Certified, then logit[label] > logit[class] on all of B
// for every other class; if it is Falsified, the point lies in B and logit[class] >= logit[label] there.
//
// Proof of the first. The network is inputs and neurons z_i = b_i + sum of w_ij a_j over earlier j, margins
// logit[label]-logit[class] last, where a_j is max(z_j, 0) for units of relus, else z_j. (1) Bounds l <= z <= u follow
// from those before; for l_2 and l_1, what is linear in the input from B. Rules tighten those of units with l, -u <= 0;
// all later multipliers are for these. Margins by a rule rest on these bounds. (2) Further bounds replace looser ones.
// (3) Others are bounded on the leaves of a tree of splits z >= s | z <= s, which cover B; a leaf with l > u is empty.
// In a backward pass, a sum's last z_i gives way to what it sums up, its last a_i to z_i, as for any nu
//
//	h max(z, 0) >= nu z + min over l <= t <= u of (h max(t, 0) - nu t), which is attained at l, at u or next to 0.
package rational

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/verify/cert"
)

// MaxWork is how many multiply-adds a check may take (minutes); inputs, weights and nodes of trees count as 32 each.
const MaxWork = 1 << 25

// ErrTooLarge marks what takes more than [MaxWork]; it says nothing about the claim.
var ErrTooLarge = errors.New("too large for exact arithmetic: use the checker of package cert")

// checker holds a network and what is known of it on B.
type checker struct {
	context.Context
	neurons []neuron     // inputs, layer after layer, margins
	relus   map[int]int  // the first unit of each
	units   []int        // that multipliers are listed for
	margins [][]*big.Rat // proved bounds, [classes][leaves]
	norm    ball.Norm
	eps     *big.Rat
	x       []*big.Rat // center of B
	work    int
}

// require refuses the certificate unless ok.
func require(ok bool, format string, args ...any) {
	if !ok {
		panic(cert.Refused(format, args...))
	}
}

// spend counts work.
func (k *checker) spend(work int) {
	if k.work += work; k.work > MaxWork || k.Err() != nil {
		panic(cmp.Or(k.Err(), ErrTooLarge))
	}
}

// Check confirms a certificate for a network and returns the bounds that it proved of margins, [classes][leaves that
// are not empty]. Errors wrap [cert.ErrRefused] where it does not prove what it says, [ErrTooLarge] or the context's.
func Check(ctx context.Context, m *model.Model, c *cert.Certificate) (margins [][]*big.Rat, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err, _ = fault.(error)
			margins, err = nil, cmp.Or(err, errors.New("the network is malformed")) // nothing is confirmed
		}
	}()
	err = errors.Join(m.Validate(), c.Ball.Validate(), ball.CheckInput(c.Ball, c.Input))
	require(err == nil, "%v", err)
	k := &checker{Context: ctx, relus: map[int]int{}}
	require(len(c.Input) == model.Size(m.Input), "%d input values for the shape %v", len(c.Input), m.Input)
	k.read(m, c.Label)
	k.around(c.Input, c.Ball)
	require(uint(c.HashVersion) < 2 && c.Network == m.Hash(), "it is for network %.12q, not %.12q", c.Network, m.Hash())
	require(c.Schema >= 1 && c.Schema <= cert.Schema, "schema %d, not 1 to %d", c.Schema, cert.Schema)
	steps := map[cert.Verdict]func(*cert.Certificate){cert.Certified: k.certified, cert.Falsified: k.falsified}
	require(steps[c.Verdict] != nil, "verdict %.20q", c.Verdict)
	steps[c.Verdict](c)
	return k.margins, nil
}

// falsified checks that the point lies in B and is misclassified; the bounds over a point are its values.
func (k *checker) falsified(c *cert.Certificate) {
	require(len(c.Point) == len(k.x), "a point of %d values, not %d", len(c.Point), len(k.x))
	require(c.Class >= 0 && c.Class < len(k.margins) && c.Class != c.Label, "class %d, label %d", c.Class, c.Label)
	size := zero
	for i, p := range rats(c.Point...) {
		size = add(size, k.power(sub(p, k.x[i])))
		require(k.neurons[i].low[0].Cmp(p) <= 0 && k.neurons[i].low[1].Cmp(sub(zero, p)) <= 0 &&
			size.Cmp(k.power(k.eps)) <= 0, "the point lies outside the ball or the box")
	}
	k.around(c.Point, ball.Ball{})
	k.forward(nil)
	require(k.neurons[len(k.neurons)-len(k.margins)+c.Class].low[1].Sign() >= 0, "the point is not misclassified")
}

// certified carries out the proof.
func (k *checker) certified(c *cert.Certificate) {
	k.forward(c.Rules)
	seen := map[int]bool{c.Label: true}
	for _, p := range c.Margins {
		require(p.Class >= 0 && p.Class < len(k.margins) && !seen[p.Class], "class %d: twice, or not to prove", p.Class)
		if seen[p.Class] = true; p.Tree == nil {
			k.prove(p.Class, p.Rule, nil)
		}
	}
	require(len(seen) == len(k.margins), "%d of %d classes have a proof or are the label", len(seen), len(k.margins))
	for j, u := range c.Units {
		k.units = append(k.units, k.unit(u))
		n := &k.neurons[k.units[j]]
		require(n.listed == 0, "%+v is listed twice", u)
		if n.listed = -1; n.open() {
			n.listed = j + 1
		}
	}
	for _, p := range c.Tighter {
		require(len(p.Multipliers) <= len(c.Units), "%d multipliers for %d units", len(p.Multipliers), len(c.Units))
		i, side := k.unit(p.Unit), map[bool]int{true: 1}[p.Upper]
		t, width := p.Tree, len(p.Multipliers)
		if t == nil {
			t = &cert.Tree{Splits: []int{cert.Leaf}, Multipliers: p.Multipliers}
		} else {
			width = len(t.Multipliers) / max(t.Leaves(), 1)
			require(len(p.Multipliers) == 0 && width <= len(c.Units), "%+v: multipliers beside a tree, or too many",
				p.Unit)
		}
		var leaves []*big.Rat
		k.whole(fmt.Sprintf("%+v", p.Unit), *t, width, func(nus []*big.Rat) {
			leaves = append(leaves, k.minimum(i, side, cert.CROWN, nus))
		})
		k.neurons[i].low[side] = larger(k.neurons[i].low[side], smaller(leaves...))
	}
	for _, p := range c.Margins {
		if p.Tree != nil {
			width := len(k.units)
			if len(p.Tree.Multipliers) == 0 {
				width = 0
			}
			k.whole(fmt.Sprint("class ", p.Class), *p.Tree, width, func(nus []*big.Rat) {
				k.prove(p.Class, cert.CROWN, nus)
			})
		}
	}
}

// whole proves a bound on all leaves of a tree, each with the same number of multipliers.
func (k *checker) whole(name string, t cert.Tree, width int, prove func(nus []*big.Rat)) {
	defer k.relist(name, &t, &width)()
	if len(t.At) == 0 {
		t.At = make(cert.Floats, len(t.Splits)/2) // it splits at 0
	}
	k.tree(name, &t, width, prove)
	require(len(t.Splits)+len(t.Multipliers) == 0, "%s: the tree goes on behind its end", name)
	require(len(t.At) == 0, "%s: more places than splits", name)
}

// relist gives the units of a tree's own list their places in it, and the others none, until it is undone.
func (k *checker) relist(name string, t *cert.Tree, width *int) (undo func()) {
	old := make([]int, len(k.units))
	for j, i := range k.units {
		old[j] = k.neurons[i].listed
		if len(t.Of) > 0 {
			k.neurons[i].listed = min(old[j], 0)
		}
	}
	for place, j := range t.Of {
		require(j >= 0 && j < len(k.units) && (place == 0 || j > t.Of[place-1]), "%s: lists unit %d of %d, or again",
			name, j, len(k.units))
		if *width = len(t.Of); old[j] > 0 {
			k.neurons[k.units[j]].listed = place + 1
		}
	}
	return func() {
		for j, i := range k.units {
			k.neurons[i].listed = old[j]
		}
	}
}

// unit is the neuron that a certificate names.
func (k *checker) unit(u cert.Unit) int {
	first, ok := k.relus[u.Relu]
	require(ok && u.Unit >= 0 && u.Unit < len(k.neurons)-first && k.neurons[first+u.Unit].layer == first, "no %+v", u)
	return first + u.Unit
}

// prove proves that a margin is positive where the bounds hold.
func (k *checker) prove(class int, r cert.Rule, nus []*big.Rat) {
	v := k.minimum(len(k.neurons)-len(k.margins)+class, 0, r, nus)
	require(v.Sign() > 0, "class %d: the margin's lower bound %s is not positive", class, v.FloatString(20))
	k.margins[class] = append(k.margins[class], v)
}

// tree proves a bound on all leaves below the next node of a tree, in preorder, and leaves the rest of the tree.
func (k *checker) tree(name string, t *cert.Tree, width int, prove func(nus []*big.Rat)) {
	k.spend(64 + width)
	require(len(t.Splits) > 0 && len(t.Multipliers) >= width, "%s: the tree ends early", name)
	split := t.Splits[0]
	if t.Splits = t.Splits[1:]; split == cert.Leaf {
		nus := rats(t.Multipliers[:width]...)
		empty := func(i int) bool { return add(k.neurons[i].low[0], k.neurons[i].low[1]).Sign() > 0 }
		if t.Multipliers = t.Multipliers[width:]; !slices.ContainsFunc(k.units, empty) {
			prove(nus)
		}
		return
	}
	require(split >= 0 && split < len(k.units), "%s: a split of unit %d of %d", name, split, len(k.units))
	require(len(t.At) > 0, "%s: more splits than places, or the tree ends early", name)
	n, s := &k.neurons[k.units[split]], rats(t.At[0], -t.At[0])
	t.At = t.At[1:]
	for side, low := range n.low {
		n.low[side] = larger(low, s[side])
		k.tree(name, t, width, prove)
		n.low[side] = low
	}
}
