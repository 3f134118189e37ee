package smooth

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// linear has class 0 if 3 x + 4 y > 2: its smoothed classifier is the same, and the radius at a point is its
// distance to that line.
func linear(t *testing.T) *net.Network {
	t.Helper()
	n, err := net.Build(net.Arch{Name: "linear", Input: []int{2}, Layers: []net.LayerSpec{{Type: "dense", Units: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	copy(n.Params[0].Data, []float64{3, 4, 0, 0})
	copy(n.Params[1].Data, []float64{0, 2})
	return n
}

// trueRadius is the distance to the line, with the class.
func trueRadius(x, y float64) (class int, radius float64) {
	d := (3*x + 4*y - 2) / 5
	if d > 0 {
		return 0, d
	}
	return 1, -d
}

func newSmoother(t *testing.T, n *net.Network, o Options) *Smoother {
	t.Helper()
	s, err := New(testbackend.Open(t), n, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestCoverageOfCertificates draws thousands of certificates of a linear classifier at points of known radius: the
// fraction that say more than is true is at most alpha within four deviations of the binomial, and it is not far below
// that either, so that a bound which is too loose shows. Another class is more than is true.
func TestCoverageOfCertificates(t *testing.T) {
	const repetitions = 2000
	for _, alpha := range []float64{0.02, 0.1} {
		s := newSmoother(t, linear(t), Options{Sigma: 0.5, Select: 10, Draws: 90, Batch: 100, Alpha: alpha, Seed: 5})
		for _, x := range [][]float64{{0.4, 0.3}, {0.8, 0.5}, {0.2, -0.1}} {
			class, radius := trueRadius(x[0], x[1])
			wrong, made := 0, 0
			for i := range repetitions {
				c, err := Certify(s, x, i)
				if err != nil {
					t.Fatal(err)
				}
				if c.Class != Abstain {
					made++
				}
				if c.Class != Abstain && (c.Class != class || c.Radius > radius) {
					wrong++
				}
			}
			share, deviation := float64(wrong)/repetitions, math.Sqrt(alpha*(1-alpha)/repetitions)
			t.Logf("alpha %g, true radius %.3f: %d certificates of %d, %.4f of all wrong", alpha, radius, made,
				repetitions, share)
			if share > alpha+4*deviation {
				t.Errorf("%v: %v of the certificates say more than the radius %v, alpha is %v", x, share, radius, alpha)
			}
			if share < alpha/5 {
				t.Errorf("%v: only %v of the certificates are wrong, alpha is %v: the bound is too loose", x, share,
					alpha)
			}
		}
	}
}

// TestAbstains: on the boundary nearly every call abstains, from certifying and from predicting; far from it none does,
// and more draws give a larger radius, below the true one.
func TestAbstains(t *testing.T) {
	s := newSmoother(t, linear(t), Options{Sigma: 0.5, Draws: 200, Batch: 100, Alpha: 0.01, Seed: 1})
	certified, predicted := 0, 0
	for i := range 300 {
		c, err := Certify(s, []float64{0.4, 0.2}, i) // 3 x + 4 y = 2
		if err != nil {
			t.Fatal(err)
		}
		p, err := Predict(s, []float64{0.4, 0.2}, i)
		if err != nil {
			t.Fatal(err)
		}
		certified, predicted = certified+count(c.Class), predicted+count(p)
		if c.Class == Abstain && c.Radius != 0 {
			t.Errorf("no class, and the radius %v", c.Radius)
		}
	}
	if certified > 12 || predicted > 12 { // 3 are expected, of 300 at alpha 0.01
		t.Errorf("on the boundary %d of 300 are certified and %d predicted", certified, predicted)
	}
	far := []float64{0.9, 0.8}
	class, radius := trueRadius(far[0], far[1])
	last := 0.0
	for _, draws := range []int{50, 500, 5000} {
		s := newSmoother(t, linear(t), Options{Sigma: 0.5, Draws: draws, Alpha: 0.001, Seed: 1})
		c, err := Certify(s, far, 0)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := Predict(s, far, 0); err != nil || p != class {
			t.Errorf("predicted %v, %v", p, err)
		}
		if c.Class != class || c.Radius > radius || c.Radius <= last || c.Radius > s.options.Largest() {
			t.Errorf("%d draws: %+v after the radius %v, true %v", draws, c, last, radius)
		}
		if c.Within(c.Radius, class) || !c.Within(0.99*c.Radius, class) || c.Within(0, 1-class) {
			t.Errorf("%+v: its radius ends before it", c)
		}
		last = c.Radius
	}
}

func count(class int) int {
	if class == Abstain {
		return 0
	}
	return 1
}

// points are a data set on the plane.
func points() *data.Set {
	set := &data.Set{Name: "points", Shape: []int{2, 1, 1}, Classes: 2, Upper: 1}
	for i := range 40 {
		x, y := float64(i%8)/7, float64(i/8)/4
		class, _ := trueRadius(x, y)
		set.X, set.Y = append(set.X, float32(x), float32(y)), append(set.Y, int32(class))
	}
	return set
}

// onImages is the linear network for inputs of an image's form.
func onImages(t *testing.T) *net.Network {
	t.Helper()
	n, err := net.Build(net.Arch{Name: "linear", Input: []int{2, 1, 1}, Layers: []net.LayerSpec{{Type: "flatten"},
		{Type: "dense", Units: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	copy(n.Params[0].Data, []float64{3, 4, 0, 0})
	copy(n.Params[1].Data, []float64{0, 2})
	return n
}

// TestEvaluate: the certified accuracy falls with the radius and stays below that of the true radii, up to alpha; the
// same seed gives the same record whatever the batch, another one another; a cancelled context ends it.
func TestEvaluate(t *testing.T) {
	set, n := points(), onImages(t)
	o := EvaluateOptions{Options: Options{Sigma: 0.3, Select: 20, Draws: 300, Seed: 7, Batch: 37}, Predict: true}
	r, err := Evaluate(t.Context(), testbackend.Open(t), n, set, o)
	if err != nil {
		t.Fatal(err)
	}
	last := 100.0
	for _, p := range r.Smoothing.Curve {
		if p.Accuracy > last {
			t.Errorf("radius %v: accuracy %v after %v", p.Radius, p.Accuracy, last)
		}
		last = p.Accuracy
	}
	if first := r.Smoothing.Curve[0].Accuracy; last != 0 || first < 50 || first+r.Smoothing.Abstained() < 99 {
		t.Errorf("accuracy from %v to %v, %v %% abstained", first, last, r.Smoothing.Abstained())
	}
	wrong := 0
	for k, i := range r.Smoothing.Images {
		class, radius := trueRadius(float64(set.X[2*k]), float64(set.X[2*k+1]))
		if i.Class >= 0 && (i.Class != class || i.Radius > radius) || *i.Predicted >= 0 && *i.Predicted != class {
			wrong++
		}
	}
	if wrong > 1 { // 0.08 are expected
		t.Errorf("%d of %d certificates or predictions are wrong", wrong, set.Len())
	}
	o.Batch = 300
	again, err := Evaluate(t.Context(), testbackend.Open(t), n, set, o)
	if err != nil || !reflect.DeepEqual(again.Smoothing, r.Smoothing) {
		t.Errorf("the same seed gives another record: %v", err)
	}
	o.Seed++
	other, err := Evaluate(t.Context(), testbackend.Open(t), n, set, o)
	if err != nil || reflect.DeepEqual(other.Smoothing.Images, r.Smoothing.Images) {
		t.Errorf("another seed gives the same: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Evaluate(ctx, testbackend.Open(t), n, set, o); err == nil {
		t.Error("a cancelled evaluation gives a record")
	}
}

// TestRefuses: options, networks and inputs that make no sense are refused by name.
func TestRefuses(t *testing.T) {
	for text, o := range map[string]Options{"sigma": {}, "batches": {Sigma: 1, Draws: -1},
		"alpha": {Sigma: 1, Alpha: 1}, "sigma -1": {Sigma: -1}} {
		if _, err := New(testbackend.Open(t), linear(t), o); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: %v, want %q", o, err, text)
		}
	}
	s := newSmoother(t, linear(t), Options{Sigma: 1, Draws: 10})
	for _, x := range [][]float64{{1}, {1, math.NaN()}} {
		if _, err := Certify(s, x, 0); err == nil {
			t.Errorf("%v was certified", x)
		}
		if _, err := Predict(s, x, 0); err == nil {
			t.Errorf("%v was predicted", x)
		}
	}
}

// TestNoClass: inputs whose logits are not finite speak for no class, and where they are most it abstains.
func TestNoClass(t *testing.T) {
	n := linear(t)
	n.Params[0].Data[0], n.Params[0].Data[1] = 3e38, 3e38
	n.Params[1].Data[0] = 3e38
	s := newSmoother(t, n, Options{Sigma: 0.1, Draws: 200, Batch: 50, Alpha: 0.01})
	c, err := Certify(s, []float64{5, 5}, 0)
	if err != nil || c.Class != Abstain || c.Hits != 200 {
		t.Errorf("%+v, %v: want 200 draws without a class", c, err)
	}
	if p, err := Predict(s, []float64{5, 5}, 0); err != nil || p != Abstain {
		t.Errorf("predicted %v, %v", p, err)
	}
}
