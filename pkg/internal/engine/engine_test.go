package engine

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

// newProgram is a program of a network of 3 inputs and 2 classes on the pure-Go backend.
func newProgram(t *testing.T, seed uint64) *Program {
	t.Helper()
	b, _, err := backend.Open(backend.Go)
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(b, network(t, seed, 3), ball.Ball{Eps: 0.1, Box: ball.Unit}, "logits of")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func network(t *testing.T, seed uint64, inputs int) *net.Network {
	t.Helper()
	n, err := net.Named("mlp-1x4", []int{inputs}, 2)
	if err != nil {
		t.Fatal(err)
	}
	return n.Init(seed)
}

// TestUseCompilesOnce checks that a graph is built and compiled once for many calls and networks, and computes with the
// weights of the network in use.
func TestUseCompilesOnce(t *testing.T) {
	p := newProgram(t, 1)
	defer p.Close()
	builds := 0
	graph, err := p.Compile(func(n *net.Symbolic, args []*Node) []*Node {
		builds++
		return []*Node{n.Forward(args[0]), MulScalar(args[1], 2)}
	})
	if err != nil {
		t.Fatal(err)
	}
	x := []float64{0.1, 0.5, 0.9}
	var seen [][]float64
	for _, seed := range []uint64{1, 2, 1} {
		if err := p.Use(network(t, seed, 3)); err != nil {
			t.Fatal(err)
		}
		values, err := graph.Values(p.Inputs(x), p.Scalar(1.5))
		if err != nil {
			t.Fatal(err)
		}
		if len(values) != 2 || values[1][0] != 3 {
			t.Fatalf("the graph gives %v", values)
		}
		seen = append(seen, values[0])
	}
	if builds != 1 {
		t.Errorf("the graph was built %d times for one shape, want once", builds)
	}
	if !slices.Equal(seen[0], seen[2]) || slices.Equal(seen[0], seen[1]) {
		t.Errorf("logits of networks 1, 2 and 1 again: %v", seen)
	}
}

// TestUseRefuses checks that only a valid network of the same form takes the place of another.
func TestUseRefuses(t *testing.T) {
	p := newProgram(t, 1)
	double := network(t, 1, 3)
	double.DType = dtypes.Float64
	infinite := network(t, 1, 3)
	infinite.Params[0].Data[0] = math.Inf(1)
	other := network(t, 1, 5)
	for what, n := range map[string]*net.Network{"input": other, "precision": double, "not finite": infinite} {
		if err := p.Use(n); err == nil {
			t.Errorf("%s: a network that differs takes the place", what)
		}
	}
}

// TestCheck checks that samples, labels and radii that are not valid are refused, each by its own name.
func TestCheck(t *testing.T) {
	p := newProgram(t, 1)
	good := []float32{0, 0.5, 1}
	for _, c := range []struct {
		x      []float32
		labels []int32
		eps    float64
		want   string // "": valid
	}{
		{good, []int32{1}, 0.2, ""},
		{good[:2], []int32{1}, 0.2, "2 values for 1 samples"},
		{good, []int32{2}, 0.2, "label 2 of sample 0"},
		{good, []int32{-1}, 0.2, "label -1 of sample 0"},
		{[]float32{0, 0.5, 2}, []int32{1}, 0.2, "sample 0"},
		{good, []int32{1}, -1, "-1"},
	} {
		err := Check(p, c.x, c.labels, c.eps)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v, labels %v, eps %v: error %v, want one about %q", c.x, c.labels, c.eps, err, c.want)
		}
	}
}

// TestBatches checks that batches hold every sample once, in order, and copies of their first to fill up.
func TestBatches(t *testing.T) {
	x, y := []float64{0, 1, 10, 11, 20, 21, 30, 31, 40, 41}, []int32{0, 1, 2, 3, 4}
	var all []Batch
	if err := Batches(x, y, 3, func(b Batch) error { all = append(all, b); return nil }); err != nil {
		t.Fatal(err)
	}
	want := []Batch{
		{0, 3, []float64{0, 1, 10, 11, 20, 21}, []int32{0, 1, 2}},
		{3, 2, []float64{30, 31, 40, 41, 30, 31}, []int32{3, 4, 3}},
	}
	same := func(a, b Batch) bool {
		return a.First == b.First && a.Samples == b.Samples && slices.Equal(a.X, b.X) &&
			slices.Equal(a.Labels, b.Labels)
	}
	if !slices.EqualFunc(all, want, same) {
		t.Errorf("batches %v, want %v", all, want)
	}
	stop := errors.New("stop")
	calls := 0
	if err := Batches(x, y, 1, func(Batch) error { calls++; return stop }); err != stop || calls != 1 {
		t.Errorf("%d calls and error %v after the first gave one", calls, err)
	}
}
