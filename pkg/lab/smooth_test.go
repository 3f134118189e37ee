package lab

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/onnx"
	"tightrope/pkg/plot"
	"tightrope/pkg/technique"
	"tightrope/pkg/tight"
)

// smoothNetwork is a network of four inputs and ten classes, with a random sample that it classifies as its label.
func smoothNetwork(t *testing.T, arch string) (*net.Network, *data.Set) {
	t.Helper()
	n, err := net.Named(arch, []int{4}, 10)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(7)
	set := &data.Set{Name: "random", Shape: []int{4}, Classes: 10, Upper: 1, X: []float32{.25, .5, .75, .5}}
	out, err := bound.NewBounder(testbackend.Open(t), n, bound.IBP{}, bound.Options{Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	at, best := Get(out.Bound(set.X, []int32{0}, 0)).Logits[0], 0
	for k, z := range at {
		if z > at[best] {
			best = k
		}
	}
	set.Y = []int32{int32(best)}
	return n, set
}

// TestSmoothSurvey: the landscape of a softplus has every technique that knows it, none above what PGD finds; those
// about relus are left out.
func TestSmoothSurvey(t *testing.T) {
	n, set := smoothNetwork(t, "fc9 softplus fc10")
	l := Survey(n, set, 0, ball.Ball{}, 0.02)
	asked, reached := map[technique.ID]int{}, math.Inf(1)
	for _, v := range l.views {
		if asked[v.technique]++; v.technique == technique.PGD {
			reached = v.margin
		}
	}
	for _, v := range l.views {
		if v.margin > reached+1e-5 {
			t.Errorf("%v: %v, PGD finds %v", v.technique, v.margin, reached)
		}
	}
	for _, row := range technique.All() {
		want := 1
		if row.ID == technique.Projected || row.ID == technique.BranchAndBound || row.Relus {
			want = 0
		}
		if row.Attack && row.ID != technique.PGD {
			continue
		}
		if asked[row.ID] != want {
			t.Errorf("%v was asked %d times, want %d", row.ID, asked[row.ID], want)
		}
	}
}

// TestSmoothAnatomy: the table of neurons evaluates their own activation; the figure and the dual's ascent, which are
// about relus, refuse them.
func TestSmoothAnatomy(t *testing.T) {
	n, set := smoothNetwork(t, "fc5 tanh fc10")
	in := Get(tight.NewInspector(testbackend.Open(t), n, nil, ball.Ball{}, tight.Options{}))
	defer in.Close()
	a := Get(in.Inspect([]float64{.25, .5, .75, .5}, set.Y[0], -1, 0.1))
	text, _, _ := output(t, func() { Neurons(a) })
	if want := decimals(math.Tanh(a.Neurons[0].Z)); !strings.Contains(text, "f(z′)") || !strings.Contains(text, want) {
		t.Errorf("no f(z′) of %s in %s", want, text)
	}
	if _, err := Anatomy(a); err == nil || !strings.Contains(err.Error(), "of a tanh") {
		t.Errorf("the figure of a tanh: error %v", err)
	}
	_, errs, status := output(t, func() { Ascent(n, set, 0, ball.Ball{Eps: 0.1}) })
	if status != 1 || !strings.Contains(errs, "use proofs by rules") {
		t.Errorf("the dual of a tanh: status %d, %s", status, errs)
	}
}

// TestSmoothHeldBack: what holds a property of a network with tanhs and relus back adds up, and the checker's bounds
// hold at points of the box.
func TestSmoothHeldBack(t *testing.T) {
	n, set := smoothNetwork(t, "fc8 tanh fc7 relu fc10")
	path := filepath.Join(t.TempDir(), "smooth.onnx")
	if err := onnx.Write(path, n.Model()); err != nil {
		t.Fatal(err)
	}
	label := int(set.Y[0])
	p := problemAt(t, path, robust(set.X, label, 0.05))
	d := HeldBack(p)
	lowest(t, p, d, label, rand.New(rand.NewPCG(3, 2)))
	gap := 0.0
	for _, neuron := range d.Neurons {
		gap += neuron.Value
	}
	if reached := d.Rows[d.Worst].Reached; math.Abs(d.Bound+gap-reached) > 1e-6 || len(d.Neurons) < 8 {
		t.Errorf("bound %v and the gap %v of %d neurons do not lead to %v", d.Bound, gap, len(d.Neurons), reached)
	}
	if _, err := plot.Held(d); err != nil {
		t.Error(err)
	}
}
