package attack

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

func randomNetwork(t *testing.T) *net.Network {
	n, err := net.Build(net.Arch{Name: "random", Input: []int{6},
		Layers: []net.LayerSpec{{Type: "dense", Units: 12}, {Type: "relu"}, {Type: "dense", Units: 12}, {Type: "relu"},
			{Type: "dense", Units: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	return n.Init(3)
}

func randomSamples(n, dim int) ([]float64, []int32) {
	rng := rand.New(rand.NewPCG(5, 6))
	x, y := make([]float64, n*dim), make([]int32, n)
	for i := range x {
		x[i] = rng.Float64()
	}
	for i := range y {
		y[i] = int32(rng.IntN(3))
	}
	return x, y
}

// TestPGDStaysInTheBallAndAboveTheBound checks feasibility of every point, the
// margin that is reported, that more steps are no worse than the clean point, and soundness of Fast-Lin.
func TestPGDStaysInTheBallAndAboveTheBound(t *testing.T) {
	network := randomNetwork(t)
	x, y := randomSamples(20, 6)
	for _, b := range []ball.Ball{{Eps: 0.2}, {Eps: 0.2, Box: ball.Unit}, {Norm: ball.L2, Eps: 0.4, Box: ball.Unit},
		{Norm: ball.L1, Eps: 0.7}} {
		a, err := New(testbackend.Open(t), network, Options{Ball: b, Steps: 20, Restarts: 2, Loss: Margin, Batch: 8})
		if err != nil {
			t.Fatal(err)
		}
		result, err := Run(a, x, y)
		if err != nil {
			t.Fatal(err)
		}
		e, err := bound.NewEvaluator(testbackend.Open(t), network, bound.Options{Ball: b, Batch: 20})
		if err != nil {
			t.Fatal(err)
		}
		lower, err := bound.Evaluate(e, x, y)
		if err != nil {
			t.Fatal(err)
		}
		clean, err := bound.EvaluateAt(e, x, y, 0)
		if err != nil {
			t.Fatal(err)
		}
		moved := 0
		for i := range y {
			if d := b.Distance(x[i*6:(i+1)*6], result.X[i]); d > b.Eps*(1+1e-5) {
				t.Errorf("%v: sample %d: distance %v > eps %v", b.Norm, i, d, b.Eps)
			}
			if smallest(lower.Margins[i], y[i]) > result.Margin[i]+1e-5 {
				t.Errorf("%v: sample %d: bound %v above the attack's margin %v", b.Norm, i,
					smallest(lower.Margins[i], y[i]), result.Margin[i])
			}
			if result.Margin[i] > smallest(clean.Margins[i], y[i])+1e-5 {
				t.Errorf("%v: sample %d: attack is worse than the clean point", b.Norm, i)
			}
			if result.Margin[i] < smallest(clean.Margins[i], y[i])-1e-3 {
				moved++
			}
		}
		if moved < 15 {
			t.Errorf("%v: the attack lowered only %d of %d margins", b.Norm, moved, len(y))
		}
		a.Close()
		e.Close()
	}
}

func smallest(margins []float64, label int32) float64 {
	m := 1e300
	for t, v := range margins {
		if int32(t) != label {
			m = min(m, v)
		}
	}
	return m
}

func TestBadInput(t *testing.T) {
	network := randomNetwork(t)
	if _, err := New(testbackend.Open(t), network, Options{Ball: ball.Ball{Eps: -1}}); err == nil ||
		!strings.Contains(err.Error(), "eps = -1") {
		t.Errorf("eps -1: %v", err)
	}
	a, err := New(testbackend.Open(t), network, Options{Ball: ball.Ball{Eps: 0.1}})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := randomSamples(1, 6)
	if _, err := Run(a, x, []int32{3}); err == nil || !strings.Contains(err.Error(), "label 3") {
		t.Errorf("label 3 of 3 classes: %v", err)
	}
}

// TestScale checks that the attack finds the same points whatever the logits' scale is: the margin's direction does not
// depend on it, and so does not saturate as the cross-entropy's does.
func TestScale(t *testing.T) {
	x, y := randomSamples(20, 6)
	attacked := func(scale float64, loss Loss) *Result {
		network := randomNetwork(t)
		for _, p := range network.ParamsOf(len(network.Vertices) - 1) {
			for i := range p.Data {
				p.Data[i] *= scale
			}
		}
		a, err := New(testbackend.Open(t), network, Options{Ball: ball.Ball{Eps: 0.3, Box: ball.Unit}, Steps: 10,
			Loss: loss})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		r, err := Run(a, x, y)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, loss := range []Loss{Turns, Margin, DLR, ScaledCrossEntropy} {
		plain := attacked(1, loss)
		for _, scale := range []float64{0x1p-30, 0x1p-20, 64, 0x1p20, 0x1p30} {
			scaled := attacked(scale, loss)
			for i := range y {
				if scaled.Margin[i] != scale*plain.Margin[i] {
					t.Errorf("%v, logits times %v: margin %v of sample %d, want %v", loss, scale, scaled.Margin[i], i,
						scale*plain.Margin[i])
				}
			}
		}
	}
	plain := attacked(1, Margin)
	saturated := attacked(0x1p20, CrossEntropy)
	worse := 0
	for i := range y {
		if saturated.Margin[i] > 0x1p20*plain.Margin[i] {
			worse++
		}
	}
	if worse == 0 {
		t.Error("the cross-entropy of logits in the millions found all that the margin did: this test shows nothing")
	}
}

// TestOverflow attacks a network whose logits are not finite: every point counts as misclassified, and stays finite
// itself.
func TestOverflow(t *testing.T) {
	network := randomNetwork(t)
	for _, p := range network.Params {
		for i := range p.Data {
			p.Data[i] *= 0x1p100
		}
	}
	x, y := randomSamples(4, 6)
	a, err := New(testbackend.Open(t), network, Options{Ball: ball.Ball{Eps: 0.1}, Steps: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	r, err := Run(a, x, y)
	if err != nil {
		t.Fatal(err)
	}
	for i := range y {
		if !r.Success(i) || !math.IsInf(r.Margin[i], -1) {
			t.Errorf("sample %d: margin %v, want -Inf", i, r.Margin[i])
		}
		for k, v := range r.X[i] {
			if math.Abs(v-x[i*6+k]) > 0.1+1e-6 || v != v {
				t.Errorf("sample %d: coordinate %d is %v, the clean one %v", i, k, v, x[i*6+k])
			}
		}
	}
}

// TestShort: steps that cannot cross the ball are told, those by default always can.
func TestShort(t *testing.T) {
	l2 := ball.Ball{Norm: ball.L2, Eps: 1}
	for _, c := range []struct {
		o     Options
		short bool
	}{
		{Options{Ball: l2, Steps: 40, StepSize: 0.01}, true},
		{Options{Ball: l2, Steps: 40, StepSize: 0.025}, false},
		{Options{Ball: l2, Steps: 40}, false},
		{Options{Ball: l2}, false},
		{Options{Steps: 3}, false},
	} {
		if got := c.o.Short(); (got != "") != c.short {
			t.Errorf("%+v: %q, want a warning: %v", c.o, got, c.short)
		}
	}
}

// TestRecord checks what a record tells of an attack: the defaults that were used.
func TestRecord(t *testing.T) {
	l2 := ball.Ball{Norm: ball.L2, Eps: 1}
	for _, c := range []struct {
		o    Options
		want record.Attack
	}{
		{Options{Ball: l2, Steps: 40}, record.Attack{Loss: "margin and scaled cross-entropy in turn", Steps: 40,
			StepSize: 0.0625, Restarts: 2, Images: 7}},
		{Options{Ball: l2, Loss: Margin}, record.Attack{Loss: "margin", Steps: 1, StepSize: 1, Images: 7}},
		{Options{Ball: l2, Steps: 10, Restarts: NoRestarts, Loss: CrossEntropy}, record.Attack{Loss: "cross-entropy",
			Steps: 10, StepSize: 0.25, Images: 7}},
		{PGD100(l2), record.Attack{Loss: "cross-entropy", Steps: 100, StepSize: 0.01, Images: 7}},
	} {
		if got := c.o.Record(7, 10); !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%+v: %+v, want %+v", c.o, *got, c.want)
		}
	}
}

// TestLosses: names are read again, what is unknown is refused, and networks of two classes are attacked by the margin
// where DLR is asked for.
func TestLosses(t *testing.T) {
	for l := range Loss(len(lossNames)) {
		if got, err := ParseLoss(l.String()); err != nil || got != l {
			t.Errorf("%v is read as %v, %v", l, got, err)
		}
	}
	for name, want := range lossShort {
		if got, err := ParseLoss(name); err != nil || got != want {
			t.Errorf("%q is read as %v, %v", name, got, err)
		}
	}
	if _, err := ParseLoss("hinge"); err == nil || !strings.Contains(err.Error(), "scaled-ce") {
		t.Errorf("hinge: %v", err)
	}
	for classes, want := range map[int]string{2: "margin", 3: "dlr"} {
		if got := (Options{Loss: DLR}).Record(1, classes).Loss; got != want {
			t.Errorf("DLR on %d classes is recorded as %q", classes, got)
		}
	}
	for _, o := range []Options{{Loss: -1}, {Loss: Loss(len(lossNames))}, {Restarts: -2}, {Steps: -1}} {
		if _, err := New(testbackend.Open(t), randomNetwork(t), o); err == nil {
			t.Errorf("%+v gave no error", o)
		}
	}
}

// TestTurns: the default attack finds at least what the weaker of its two losses finds alone.
func TestTurns(t *testing.T) {
	x, y := randomSamples(40, 6)
	least := func(loss Loss) (sum float64) {
		a, err := New(testbackend.Open(t), randomNetwork(t),
			Options{Ball: ball.Ball{Eps: 0.4, Box: ball.Unit}, Steps: 20,
				Loss: loss})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		r, err := Run(a, x, y)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range r.Margin {
			sum += m
		}
		return sum
	}
	both, margin, scaled := least(Turns), least(Margin), least(ScaledCrossEntropy)
	t.Logf("sum of margins: %v both, %v margin, %v scaled cross-entropy", both, margin, scaled)
	if both > max(margin, scaled)+1e-6 {
		t.Errorf("the default attack finds less than either loss: %v, %v, %v", both, margin, scaled)
	}
}

// TestEachClass: where the class that is nearest at the image leads away from the one that is nearest in the ball, the
// margin alone misses it, and the margins in turn find it.
func TestEachClass(t *testing.T) {
	n, err := net.Build(net.Arch{Name: "crossing", Input: []int{1}, Layers: []net.LayerSpec{
		{Type: "dense", Units: 2}, {Type: "relu"}, {Type: "dense", Units: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	// Around x = 0.5 both units are x and 1-x. The margins of class 0 are 0.1 - 0.1 (0.5-x) and 0.3 - 10 (x-0.5).
	copy(n.Params[0].Data, []float64{1, -1})
	copy(n.Params[1].Data, []float64{0, 1})
	copy(n.Params[2].Data, []float64{0, 0, -0.1, 0, 10, 0})
	copy(n.Params[3].Data, []float64{0, -0.05, -5.3})
	find := func(loss Loss) (float64, float64) {
		a, err := New(testbackend.Open(t), n,
			Options{Ball: ball.Ball{Eps: 0.05, Box: ball.Unit}, Steps: 20, Loss: loss, Restarts: NoRestarts})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		r, err := Run(a, []float64{0.5}, []int32{0})
		if err != nil {
			t.Fatal(err)
		}
		return r.Margin[0], r.X[0][0]
	}
	if m, x := find(Margin); !(m > 0) {
		t.Errorf("the margin alone finds %v at %v: this network is no example", m, x)
	}
	if m, x := find(EachClass); math.Abs(m+0.2) > 1e-6 || math.Abs(x-0.55) > 1e-6 {
		t.Errorf("the margins in turn find %v at %v, want -0.2 at 0.55", m, x)
	}
}
