package rational

import (
	"errors"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// TestDangling has a network whose last layer, a flatten, gives the logits of layer 0, beside a layer 1 that nobody
// reads: no certificate for the logits of layer 1 may be confirmed.
func TestDangling(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2), flatten}, []float64{0, 0}, []float64{-1, 0})
	c := certificate(n, ball.Ball{}, []float64{0}, nil, cert.FastLin)
	m := n.Model()
	unread := m.Layers[0]
	unread.Params = []*model.Param{{Name: "1.weight", Shape: []int{2, 1}, Data: []float64{0, 0}},
		{Name: "1.bias", Shape: []int{2}, Data: []float64{1, 0}}}
	m.Layers = []model.Layer{m.Layers[0], unread, m.Layers[1]}
	c.Network = m.Hash()
	if _, err := Check(t.Context(), m, c); !errors.Is(err, cert.ErrRefused) ||
		!strings.Contains(err.Error(), "layer 1 (dense) is read by no other") {
		t.Error(err)
	}
	if p, err := cert.NewNetwork(m); err == nil {
		_, err = cert.Check(t.Context(), p, c)
		t.Errorf("taken over in float64 (%v), but logit 0 is -1 and logit 1 is 0", err)
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
	if _, err := Check(t.Context(), n.Model(), falsified(n, c.Ball, c.Input, []float64{1}, 1)); err != nil {
		t.Fatal(err) // the claim is false
	}
	wantRefusal(t, n, c, "is not positive")
	p, err := cert.NewNetwork(n.Model())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := cert.Check(t.Context(), p, c); err == nil {
		t.Errorf("confirmed in float64: %+v", r)
	} else {
		t.Log(err)
	}
}
