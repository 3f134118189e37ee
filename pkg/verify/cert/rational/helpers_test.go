package rational

import (
	"math/big"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// build makes a network in float64 with the values given for each of its parameters.
func build(t testing.TB, input []int, layers []net.LayerSpec, values ...[]float64) *net.Network {
	t.Helper()
	n, err := net.Build(net.Arch{Input: input, Layers: layers})
	if err != nil {
		t.Fatal(err)
	}
	n.DType = dtypes.Float64
	if len(values) != len(n.Params) {
		t.Fatalf("values for %d parameters, %d are needed", len(values), len(n.Params))
	}
	for i, v := range values {
		if len(v) != len(n.Params[i].Data) {
			t.Fatalf("%d values of parameter %d, %d are needed", len(v), i, len(n.Params[i].Data))
		}
		copy(n.Params[i].Data, v)
	}
	return n
}

func dense(units int) net.LayerSpec { return net.LayerSpec{Type: "dense", Units: units} }

var (
	reluLayer = net.LayerSpec{Type: "relu"}
	flatten   = net.LayerSpec{Type: "flatten"}
)

// from makes a layer read others than the one before it.
func from(s net.LayerSpec, inputs ...int) net.LayerSpec {
	s.Inputs = inputs
	return s
}

// certificate proves every margin of label 0 by a rule.
func certificate(n *net.Network, b ball.Ball, x []float64, rules []cert.Rule, margins cert.Rule) *cert.Certificate {
	c := &cert.Certificate{Schema: 1, Verdict: cert.Certified, Network: n.Hash(), Ball: b, Input: x, Rules: rules}
	for class := 1; class < n.Classes(); class++ {
		c.Margins = append(c.Margins, cert.MarginProof{Class: class, Rule: margins})
	}
	return c
}

// falsified says that a point has class instead of label 0.
func falsified(n *net.Network, b ball.Ball, x, point []float64, class int) *cert.Certificate {
	return &cert.Certificate{Schema: 1, Verdict: cert.Falsified, Network: n.Hash(), Ball: b, Input: x,
		Point: point, Class: class}
}

// prepared is a checker that knows a network and bounds of its neurons on a ball, for label 0.
func prepared(t testing.TB, n *net.Network, b ball.Ball, x []float64, rules ...cert.Rule) *checker {
	k := &checker{Context: t.Context(), relus: map[int]int{}}
	k.read(n.Model(), 0)
	k.around(x, b)
	k.forward(rules)
	return k
}

// values are the logits at a point.
func values(t testing.TB, n *net.Network, x []float64) (logits []*big.Rat) {
	t.Helper()
	k := prepared(t, n, ball.Ball{}, x)
	last := len(k.neurons) - len(k.margins)
	for i := last - len(k.margins); i < last; i++ {
		if low := k.neurons[i].low; low[0].Cmp(sub(zero, low[1])) != 0 {
			t.Errorf("at a point, neuron %d has the bounds %v", i, low)
		}
		v := k.neurons[i].low[0]
		if k.neurons[i].relu {
			v = larger(v, zero)
		}
		logits = append(logits, v)
	}
	for class, v := range logits {
		if m := k.neurons[last+class].low[0]; m.Cmp(sub(logits[0], v)) != 0 {
			t.Errorf("margin %d is %v, of the logits %v", class, m, logits)
		}
	}
	return logits
}

// wantMargin checks the margin of class 1 that is proved, which must be the number in want, below it by 2^-200 of it at
// most.
func wantMargin(t *testing.T, n *net.Network, c *cert.Certificate, want string) {
	t.Helper()
	margins, err := Check(t.Context(), n.Model(), c)
	if err != nil {
		t.Error(err)
		return
	}
	w, ok := new(big.Rat).SetString(want)
	if !ok {
		t.Fatal(want)
	}
	if len(margins[1]) == 0 {
		t.Fatal("no margin, for all leaves are empty")
	}
	margin := smaller(margins[1]...)
	off := sub(w, margin)
	if off.Sign() < 0 || off.Cmp(quo(w, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 200)))) > 0 {
		t.Errorf("margin %s, want %s", margin.FloatString(20), want)
	}
}
