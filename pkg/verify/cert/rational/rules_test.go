package rational

import (
	"math/big"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// TestRules bounds h relu(x) + 10 for |x - center| <= 2 by each rule.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name      string
		center, h float64
		rule      cert.Rule
		want      string
	}{
		{"fast-lin", 1, 1, cert.FastLin, "37/4"},                // 3/4 x over [-1, 3]
		{"crown, rather active", 1, 1, cert.CROWN, "9"},         // x
		{"interval", 1, 1, cert.Interval, "10"},                 // 0
		{"fast-lin, down", 1, -1, cert.FastLin, "7"},            // -3/4 (x+1)
		{"crown, down", 1, -1, cert.CROWN, "7"},                 //
		{"interval, down", 1, -1, cert.Interval, "7"},           // -3
		{"fast-lin, rather dead", -1, 1, cert.FastLin, "37/4"},  // 1/4 x over [-3, 1]
		{"crown, rather dead", -1, 1, cert.CROWN, "10"},         // 0
		{"crown, rather dead, down", -1, -1, cert.CROWN, "9"},   // -1/4 (x+3)
		{"crown, even", 0, 1, cert.CROWN, "10"},                 // 0
		{"crown, from 0", 2, -1, cert.CROWN, "6"},               // -x over [0, 4]
		{"fast-lin, to 0", -2, 1, cert.FastLin, "10"},           //
		{"fast-lin, active, down", 5, -1, cert.FastLin, "3"},    // -x over [3, 7]
		{"interval, active", 5, 1, cert.Interval, "13"},         //
		{"interval, dead", -5, -1, cert.Interval, "10"},         //
		{"fast-lin, dead", -5, -1, cert.FastLin, "10"},          //
		{"fast-lin, thirds", 0.5, 1, cert.FastLin, "145/16"},    // 5/8 x over [-3/2, 5/2]
		{"crown, down, thirds", 4. / 3, -1, cert.CROWN, "20/3"}, // -(x + 2/3) 5/6, but for the center's rounding
	} {
		t.Run(c.name, func(t *testing.T) {
			n := build(t, []int{1}, []net.LayerSpec{reluLayer, dense(2)}, []float64{c.h, 0}, []float64{10, 0})
			if c.name == "crown, down, thirds" {
				c.want = sub(big.NewRat(8, 1), rat(c.center)).RatString()
			}
			wantMargin(t, n, certificate(n, ball.Ball{Eps: 2}, []float64{c.center}, nil, c.rule), c.want)
		})
	}
}

// TestStableUnits tells Interval from lines through stable units: relu(x) - relu(x) over [3, 7].
func TestStableUnits(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2), reluLayer, dense(2)},
		[]float64{1, 1}, []float64{0, 0}, []float64{1, -1, 0, 0}, []float64{10, 0})
	for rule, want := range map[cert.Rule]string{cert.FastLin: "10", cert.CROWN: "10", cert.Interval: "6"} {
		wantMargin(t, n, certificate(n, ball.Ball{Eps: 2}, []float64{5}, nil, rule), want)
	}
}

// bend is relu(s (|x| - 3/4)), |x| <= 1, by relu(x) + relu(-x); logit 0 is h times that and c.
func bend(t *testing.T, s, h, c float64) *net.Network {
	return build(t, []int{1}, []net.LayerSpec{dense(2), reluLayer, dense(1), reluLayer, dense(2)},
		[]float64{1, -1}, []float64{0, 0}, []float64{s, s}, []float64{-0.75 * s}, []float64{h, 0}, []float64{c, 0})
}

// TestTighten: |x| - 3/4 <= 5/4 by intervals, 1/4 by a backward pass.
func TestTighten(t *testing.T) {
	for _, c := range []struct {
		rules   []cert.Rule
		margins cert.Rule
		s       float64
		want    string
	}{
		{nil, cert.Interval, 1, "3/4"},
		{[]cert.Rule{cert.Interval}, cert.Interval, 1, "3/4"},
		{[]cert.Rule{cert.FastLin}, cert.Interval, 1, "7/4"},
		{[]cert.Rule{cert.CROWN}, cert.Interval, 1, "7/4"},
		{[]cert.Rule{cert.Interval, cert.FastLin}, cert.Interval, 1, "7/4"},
		// The lower bound of 3/4 - |x|, which relu(z) >= u/(u-l) z turns around: 3/8 z over [-5/4, 3/4], 3/4 z over
		// [-1/4, 3/4].
		{nil, cert.FastLin, -1, "61/32"},
		{[]cert.Rule{cert.FastLin}, cert.FastLin, -1, "29/16"},
	} {
		h := -c.s
		n := bend(t, c.s, h, 2)
		wantMargin(t, n, certificate(n, ball.Ball{Eps: 1}, []float64{0}, c.rules, c.margins), c.want)
	}
}

// TestWorseRule: 1/4 - relu(x) <= 1/4 by intervals, which Fast-Lin's bound of 3/4 does not replace.
func TestWorseRule(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(1), reluLayer, dense(1), reluLayer, dense(2)},
		[]float64{1}, []float64{0}, []float64{-1}, []float64{0.25}, []float64{-1, 0}, []float64{2, 0})
	wantMargin(t, n, certificate(n, ball.Ball{Eps: 1}, []float64{0}, []cert.Rule{cert.FastLin}, cert.Interval), "7/4")
}
