package train

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/backend"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/memory"
	"tightrope/pkg/net"
)

// TestMicrobatchesWithin checks that a batch is cut into micro-batches that fit, and refused where none do.
func TestMicrobatchesWithin(t *testing.T) {
	n, err := net.Named("xlarge", []int{1, 28, 28}, 10)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Method: CROWNIBP, Batch: 256}
	for allowed, want := range map[int64]int{24 << 30: 1, 4 << 30: 4, 1200 << 20: 16} {
		micro, err := c.microbatchesWithin(n, allowed, 1)
		if err != nil || micro != want {
			t.Errorf("CROWN-IBP of xlarge in %s: %d micro-batches, %v, want %d", memory.Format(allowed), micro, err,
				want)
		}
	}
	if micro, err := c.microbatchesWithin(n, 4<<30, 4); err != nil || micro != 1 {
		t.Errorf("on 4 devices: %d micro-batches, %v", micro, err)
	}
	for _, refused := range []struct {
		config  Config
		memory  int64
		devices int
		text    string
	}{
		{Config{Method: CROWNIBP, Batch: 256}, 600 << 20, 1, "batches of at most"},
		{Config{Method: CROWNIBP, Batch: 256}, 1 << 30, 2, "batches of at most"},
		{Config{Method: EXPIBP, Batch: 256}, 1 << 30, 1, "batches of at most"},
		{Config{Batch: 8}, 4 << 30, 1, "random projections"},
	} {
		if _, err := refused.config.microbatchesWithin(n, refused.memory, refused.devices); err == nil ||
			!strings.Contains(err.Error(), refused.text) {
			t.Errorf("%+v: %v, want %q", refused, err, refused.text)
		}
	}
}

// TestMicrobatchesForSpeed checks that XLA on a CPU works off large steps in micro-batches, and other backends do not.
func TestMicrobatchesForSpeed(t *testing.T) {
	n, err := net.Named("small", []int{1, 28, 28}, 10)
	if err != nil {
		t.Fatal(err)
	}
	b := testbackend.Open(t)
	for _, c := range []struct {
		config Config
		xla    int
	}{{Config{Batch: 32}, 4}, {Config{Batch: 8}, 1}, {Config{Batch: 50}, 5}, {Config{Batch: 31}, 1},
		{Config{Batch: 256, Method: IBP}, 1}, {Config{Batch: 64, Method: EXPIBP}, 1}} {
		want := 1
		if backend.IsXLA(b) {
			want = c.xla
		}
		if micro, err := c.config.microbatchesFor(b, n, 64<<30, 1); err != nil || micro != want {
			t.Errorf("%v, batch %d: %d micro-batches, %v, want %d", c.config.Method, c.config.Batch, micro, err, want)
		}
	}
}

// TestMicrobatchesTrainAlike checks that a batch in micro-batches trains as the whole batch does: losses and weights to
// rounding.
func TestMicrobatchesTrainAlike(t *testing.T) {
	set, n := blobs(100), tiny(t, dtypes.Float64)
	for _, method := range []Method{CP, CROWNIBP} {
		config := Config{Method: method, Epochs: 2, Batch: 20, Eps: 0.05, Lambda: 0.1, Gamma: 0.5, Seed: 3,
			Beta: Range{Start: 1, End: 1}}
		whole, history := mustRun(t, n, set, config, Options{})
		one, err := config.plan(n, bound.PlanOptions{Batch: 5, Memory: 1 << 40})
		if err != nil {
			t.Fatal(err)
		}
		micro, err := config.microbatchesWithin(n, one.Bytes, 1)
		if err != nil || micro != 4 {
			t.Fatalf("%d micro-batches, %v", micro, err)
		}
		cut, again := mustRun(t, n, set, config, Options{Memory: one.Bytes})
		for e := range history {
			if d := math.Abs(history[e].Loss - again[e].Loss); d > 1e-9*math.Abs(history[e].Loss) ||
				history[e].Loss == 0 {
				t.Errorf("%v, epoch %d: loss %v in micro-batches, %v whole", method, e, again[e].Loss, history[e].Loss)
			}
			if d := math.Abs(history[e].R - again[e].R); d > 1e-9*history[e].R {
				t.Errorf("%v, epoch %d: r %v in micro-batches, %v whole", method, e, again[e].R, history[e].R)
			}
		}
		for k, p := range whole.Params {
			for i, v := range p.Data {
				if math.Abs(v-cut.Params[k].Data[i]) > 1e-7*max(1, math.Abs(v)) {
					t.Fatalf("%v, %s[%d] is %v in micro-batches, %v whole", method, p.Name, i, cut.Params[k].Data[i], v)
				}
			}
		}
	}
}
