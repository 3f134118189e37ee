package attack

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/cert"
)

// TestAuto: auto changes the samples that one of its attacks changes, each attack gets what is left, and the counts of
// the stages add up.
func TestAuto(t *testing.T) {
	n := named(t, "fc24 fc24 fc5", []int{20}, 5, 2)
	plain, err := cert.NewNetwork(n.Model())
	if err != nil {
		t.Fatal(err)
	}
	x, y := samplesIn(plain, 40, 20, rand.New(rand.NewPCG(7, 1)))
	o := Options{Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}, Method: Auto, Steps: 10, Restarts: NoRestarts, Queries: 100}
	r := results(t, n, o, x, y)
	var union []bool
	for _, s := range o.withDefaults().stages() {
		alone := results(t, n, s, x, y)
		if union == nil {
			union = make([]bool, len(y))
		}
		for i := range y {
			union[i] = union[i] || alone.Success(i)
		}
	}
	changed, left := 0, len(y)
	for i := range y {
		if r.Success(i) != union[i] {
			t.Errorf("sample %d: changed by auto %v, by one of its attacks %v", i, r.Success(i), union[i])
		}
		changed += count(r.Margin[i])
	}
	for k, s := range r.Stages {
		if s.Attacked != left {
			t.Errorf("stage %d attacks %d samples, %d were left", k, s.Attacked, left)
		}
		left -= s.Found
	}
	if len(r.Stages) != 3 || left != len(y)-changed || left == 0 || changed == 0 {
		t.Errorf("%+v of %d samples, %d changed: want both kinds", r.Stages, len(y), changed)
	}
}

// TestNobodyLeft: stages after one that changed all have nothing to do, and results are still there.
func TestNobodyLeft(t *testing.T) {
	n := randomNetwork(t)
	x, y := randomSamples(12, 6)
	r := results(t, n, Options{Ball: ball.Ball{Eps: 5}, Method: Auto, Steps: 20, Queries: 20}, x, y)
	for i := range y {
		if !r.Success(i) || len(r.X[i]) != 6 {
			t.Errorf("sample %d: margin %v at %v", i, r.Margin[i], r.X[i])
		}
	}
	if last := r.Stages[2]; last != (Stage{}) {
		t.Errorf("Square attacked %+v", last)
	}
}

func results(t *testing.T, n *net.Network, o Options, x []float64, y []int32) *Result {
	t.Helper()
	a, err := New(testbackend.Open(t), n, o)
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

// TestCheckpoints: those of 100 steps are the paper's.
func TestCheckpoints(t *testing.T) {
	var at []int
	total := 0
	for k, w := range windows(100) {
		if w > 0 {
			at = append(at, k)
			total += w
			if total != k {
				t.Errorf("the parts up to checkpoint %d sum to %d", k, total)
			}
		}
	}
	if want := []int{22, 41, 57, 70, 80, 87, 93, 99}; !slices.Equal(at, want) {
		t.Errorf("checkpoints %v, want %v", at, want)
	}
	if w := windows(1); !slices.Equal(w, []int{0, 1}) {
		t.Errorf("one step: %v", w)
	}
}

// TestMethods: names are read, steps that a method finds itself are refused, and records tell what was run.
func TestMethods(t *testing.T) {
	for _, key := range MethodKeys() {
		if _, err := Parse(key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := Parse("cw"); err == nil || !strings.Contains(err.Error(), "apgd-dlr") {
		t.Errorf("cw: %v", err)
	}
	for _, o := range []Options{{Method: APGD, StepSize: 0.1}, {Method: Squares, Queries: -1}, {Method: 9}} {
		if _, err := New(testbackend.Open(t), randomNetwork(t), o); err == nil {
			t.Errorf("%+v gave no error", o)
		}
	}
	for _, c := range []struct {
		o    Options
		want record.Attack
	}{
		{Options{Method: APGD, Loss: CrossEntropy}, record.Attack{Method: "APGD-CE", Loss: "cross-entropy", Steps: 100,
			Restarts: 2, Images: 7}},
		{Options{Method: Squares}, record.Attack{Method: "Square", Loss: "margin", Steps: 1000, Images: 7}},
		{Options{Method: Auto, Steps: 50, Restarts: NoRestarts, Queries: 10}, record.Attack{Method: "auto", Steps: 50,
			Images: 7, Parts: []record.Attack{{Method: "APGD-CE", Loss: "cross-entropy", Steps: 50, Images: 7},
				{Method: "APGD-DLR", Loss: "dlr", Steps: 50, Images: 7},
				{Method: "Square", Loss: "margin", Steps: 10, Images: 7}}}},
	} {
		if got := c.o.Record(7, 10); !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%+v: %+v, want %+v", c.o, *got, c.want)
		}
	}
	if got := (Options{Method: APGD, Loss: DLR}).Record(7, 2); got.Loss != "margin" ||
		got.Method != "APGD-DLR" {
		t.Errorf("DLR on 2 classes is recorded as %+v", got)
	}
}
