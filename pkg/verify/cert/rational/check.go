// Package rational is a second checker of certificates of robustness, in exact rational arithmetic. It was written from
// the theorem below and not from the checker in float64, so that a mistake would have to be made twice.
//
// The network f maps flat inputs (order channel, row, column) to the values of its last vertex, the only one that no
// other reads. Weights are the file's float32 or float64 numbers. Batch normalisation has the coefficients
// scale = fl(w/fl(sqrt(fl(variance+epsilon)))) and shift = fl(b-fl(scale*mean)), normalisation fl(1/std) and
// fl(-mean/std), where fl rounds to float64; average pooling divides by the kernel's area, padding counted.
// B is {x' : ||x'-x||_p <= eps}, with radii {x' : |x'_i-x_i| <= eps radii_i}, cut by the box, all numbers as they are.
//
// Theorem. If [Check] confirms a certificate whose verdict is Certified, then logit[label] > logit[class] on all of B
// for every other class; if it is Falsified, the point lies in B and logit[class] >= logit[label] there.
//
// Proof of the first. (1) Intervals go forward layer by layer; for l_2 and l_1 a value that depends linearly on the
// input gets its bounds over B too. At every relu the rules in turn tighten l <= z <= u of the units with l <= 0 <= u;
// all later multipliers are for these. Margins proved by a rule rest on these bounds. (2) Further bounds replace looser
// ones, one after another. (3) The other margins are bounded on every leaf of a tree of splits z >= 0 | z <= 0, which
// cover B; a leaf where some l > u is empty. Bounds come from backward passes: a row over values goes through affine
// layers as it is, and through relus because for any nu
//
//	h relu(z) >= nu z + min over l <= t <= u of (h relu(t) - nu t), which is attained at l, at 0 or at u.
//
// So slopes u/(u-l) may be rounded, to 256 bits. At the input the row's minimum over B is exact for l_inf and l_1; for
// l_2 it is that of the Lagrangian, whose multiplier is the best one but for rounding, at a loss of less than 2^-200
// of it.
//
// What the checker in float64 confirms is confirmed here too, unless its margin is within rounding of 0, where tighter
// bounds may make worse lines, or a choice hangs on rounding: CROWN's at u = -l, or whether a unit with l = 0 or u = 0
// takes the multiplier listed for it. Here it does, and so does one with l or -u of at most 2^-30 (u-l).
//
// For small networks only: above 2^20 entries of matrices ([MaxWeights]), 2^20 nodes of a tree ([MaxNodes]) or 2^25
// multiply-adds ([MaxWork]) the answer is [ErrTooLarge].
package rational

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/verify/cert"
)

// The limits.
const (
	MaxWeights = 1 << 20 // parameters, and entries of all layers' matrices
	MaxNodes   = 1 << 20 // of a tree
	MaxWork    = 1 << 25 // multiply-adds with weights: minutes
)

// ErrRefused marks a certificate that does not prove what it says: the error of package cert.
var ErrRefused = cert.ErrRefused

// ErrTooLarge marks a network or a certificate above the limits; it says nothing about the claim.
var ErrTooLarge = errors.New("too large for exact arithmetic: use the checker of package cert")

// Report is what was confirmed.
type Report struct {
	Verdict cert.Verdict
	Margins []*big.Rat // proved bounds, [classes]; nil for the label and where all leaves of a tree are empty
	Work    int        // multiply-adds with weights
}

// checker holds what is known of the network on B so far.
type checker struct {
	context.Context
	ops    []op
	region region
	z      []box // of each op
	guide  []box // for comparisons with other checkers: their z, for the rules to go by
	relus  []int // ops
	units  []unit
	slot   map[unit]int // place in lists of multipliers; -1 where the rules decide the unit's phase
	work   int
}

// unit is one value of an op that is a relu.
type unit struct{ op, at int }

// failure ends a check.
type failure struct{ error }

// require refuses the certificate unless ok.
func require(ok bool, format string, args ...any) {
	if !ok {
		panic(failure{fmt.Errorf("%w: "+format, append([]any{ErrRefused}, args...)...)})
	}
}

// limit ends the check of what is too large.
func limit(what string, count, most float64) {
	if count > most {
		panic(failure{fmt.Errorf("more than %.0f %s: %w", most, what, ErrTooLarge)})
	}
}

// Check confirms a certificate for a network, or returns an error: one that wraps [ErrRefused] where the certificate
// does not prove what it says, [ErrTooLarge], that of a context that is done, or that of a layer without an exact form.
func Check(ctx context.Context, m *model.Model, c *cert.Certificate) (*Report, error) {
	return (&checker{Context: ctx}).check(m, c)
}

func (k *checker) check(m *model.Model, c *cert.Certificate) (r *Report, err error) {
	defer func() {
		p := recover()
		if f, ok := p.(failure); ok {
			r, err = nil, f.error
		} else if p != nil {
			panic(p)
		}
	}()
	k.ops = read(m)
	inputs, classes := k.ops[0].size, k.ops[len(k.ops)-1].size
	require(c.Schema >= 1 && c.Schema <= cert.Schema, "schema %d, this program reads 1 to %d", c.Schema, cert.Schema)
	require(c.HashVersion == 0 || c.HashVersion == 1, "version %d of the network's hash", c.HashVersion)
	require(c.Network == m.Hash(), "it is for the network with hash %.12s, this one has %.12s", c.Network, m.Hash())
	require(c.Label >= 0 && c.Label < classes, "label %d of %d classes", c.Label, classes)
	require(len(c.Input) == inputs, "%d input values, the network has %d", len(c.Input), inputs)
	err = errors.Join(c.Ball.Validate(), ball.CheckInput(c.Ball, c.Input))
	require(err == nil, "%v", err)
	k.region = newRegion(c.Ball, rats(c.Input))
	r = &Report{Verdict: c.Verdict, Margins: make([]*big.Rat, classes)}
	if c.Verdict == cert.Falsified {
		k.falsified(c, inputs, classes)
	} else {
		require(c.Verdict == cert.Certified, "verdict %q: use %q or %q", c.Verdict, cert.Certified, cert.Falsified)
		k.certified(c, r.Margins)
	}
	r.Work = k.work
	return r, nil
}

// falsified checks that the point lies in B and is misclassified; the intervals of a point are its values.
func (k *checker) falsified(c *cert.Certificate, inputs, classes int) {
	require(len(c.Point) == inputs, "a point of %d values, the network has %d", len(c.Point), inputs)
	require(c.Class >= 0 && c.Class < classes && c.Class != c.Label,
		"class %d of %d, label %d", c.Class, classes, c.Label)
	point := rats(c.Point)
	require(k.region.contains(point), "the point lies outside the ball or the box")
	k.region = newRegion(ball.Ball{}, point)
	y := k.intervals(nil).lower
	require(y[c.Class].Cmp(y[c.Label]) >= 0, "the point is not misclassified")
}
