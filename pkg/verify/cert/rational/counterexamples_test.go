package rational

import (
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// TestDangling has a network whose last vertex, a flatten layer, gives the logits of vertex 0, beside a vertex 1 that
// nobody reads: no certificate for the logits of vertex 1 may be confirmed.
func TestDangling(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2), from(dense(2), -1), from(flatten, 0)},
		[]float64{0, 0}, []float64{-1, 0}, []float64{0, 0}, []float64{1, 0})
	c := certificate(n, ball.Ball{}, []float64{0}, nil, cert.FastLin)
	wantRefusal(t, n, c, "2 layers of the network are read by no other")
	if floatConfirms(t, n, c) {
		t.Error("confirmed in float64, but logit 0 is -1 and logit 1 is 0")
	}
}

// TestInfiniteEntries has a certificate for the margin 1 - 21 relu(x - 19/20), which is -0.05 at x = 1, whose first
// leaf seems to prove it where sums of 1.9e308 stay infinite in float64: in truth -1.7e308 is left over relu(x -
// 19/20).
func TestInfiniteEntries(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(1), reluLayer, dense(5), reluLayer, dense(2)},
		[]float64{1}, []float64{-0.95}, []float64{1e9, 1e9, 1e9, 1e9, 1}, []float64{-4.5e7, -4.5e7, -4.5e7, -4.5e7, 0},
		[]float64{0, 0, 0, 0, -21, 0, 0, 0, 0, 0}, []float64{1, 0})
	c := certificate(n, ball.Ball{Eps: 0.5}, []float64{0.5}, nil, cert.CROWN)
	c.Units = []cert.Unit{{Relu: 0}}
	for j := range 4 {
		c.Units = append(c.Units, cert.Unit{Relu: 1, Unit: j})
	}
	c.Margins[0].Tree = &cert.Tree{Splits: []int{1, 2, cert.Leaf, cert.Leaf, cert.Leaf}, Multipliers: cert.Floats{
		0, -1.79e299, -1.79e299, 0.95e299, 0.95e299,
		0, 0, 21e-9, 0, 0,
		0, 21e-9, 0, 0, 0,
	}}
	if _, err := Check(t.Context(), n, falsified(n, c.Ball, c.Input, []float64{1}, 1)); err != nil {
		t.Fatal(err) // the claim is false
	}
	wantRefusal(t, n, c, "is not positive")
	p, err := cert.NewNetwork(n)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := cert.Check(t.Context(), p, c); err == nil {
		t.Errorf("confirmed in float64: %+v", r)
	} else {
		t.Log(err)
	}
}
