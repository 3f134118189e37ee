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

// TestPartsWithin checks that a batch is cut into the parts that fit, and refused where none do.
func TestPartsWithin(t *testing.T) {
	n, err := net.Named("xlarge", []int{1, 28, 28}, 10)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Method: CROWNIBP, Batch: 256}
	for allowed, want := range map[int64]int{24 << 30: 1, 4 << 30: 4, 1200 << 20: 16} {
		parts, err := c.partsWithin(n, allowed, 1)
		if err != nil || parts != want {
			t.Errorf("CROWN-IBP of xlarge in %s: %d parts, %v, want %d", memory.Format(allowed), parts, err, want)
		}
	}
	if parts, err := c.partsWithin(n, 4<<30, 4); err != nil || parts != 1 {
		t.Errorf("on 4 devices: %d parts, %v", parts, err)
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
		if _, err := refused.config.partsWithin(n, refused.memory, refused.devices); err == nil || !strings.Contains(err.Error(), refused.text) {
			t.Errorf("%+v: %v, want %q", refused, err, refused.text)
		}
	}
}

// TestPartsForSpeed checks that XLA on a CPU works off large steps in parts, and other backends do not.
func TestPartsForSpeed(t *testing.T) {
	n, err := net.Named("small", []int{1, 28, 28}, 10)
	if err != nil {
		t.Fatal(err)
	}
	b := testbackend.Open(t)
	for _, c := range []struct {
		config Config
		xla    int
	}{{Config{Batch: 32}, 4}, {Config{Batch: 8}, 1}, {Config{Batch: 50}, 5}, {Config{Batch: 31}, 1}, {Config{Batch: 256, Method: IBP}, 1}, {Config{Batch: 64, Method: EXPIBP}, 1}} {
		want := 1
		if backend.IsXLA(b) {
			want = c.xla
		}
		if parts, err := c.config.partsFor(b, n, 64<<30, 1); err != nil || parts != want {
			t.Errorf("%v, batch %d: %d parts, %v, want %d", c.config.Method, c.config.Batch, parts, err, want)
		}
	}
}

// TestPartsTrainAlike checks that a batch in parts trains as the whole batch does: losses and weights to rounding.
func TestPartsTrainAlike(t *testing.T) {
	set, n := blobs(100), tiny(t, dtypes.Float64)
	for _, method := range []Method{CP, CROWNIBP} {
		config := Config{Method: method, Epochs: 2, Batch: 20, Eps: 0.05, Lambda: 0.1, Gamma: 0.5, Seed: 3, Beta: Range{Start: 1, End: 1}}
		whole, history := mustRun(t, n, set, config, Options{})
		one, err := bound.Plan(config.Technique(), n, bound.PlanOptions{Batch: 5, Memory: 1 << 40, Training: true})
		if err != nil {
			t.Fatal(err)
		}
		parts, err := config.partsWithin(n, one.Bytes, 1)
		if err != nil || parts != 4 {
			t.Fatalf("%d parts, %v", parts, err)
		}
		cut, again := mustRun(t, n, set, config, Options{Memory: one.Bytes})
		for e := range history {
			if d := math.Abs(history[e].Loss - again[e].Loss); d > 1e-9*math.Abs(history[e].Loss) || history[e].Loss == 0 {
				t.Errorf("%v, epoch %d: loss %v in parts, %v whole", method, e, again[e].Loss, history[e].Loss)
			}
			if d := math.Abs(history[e].R - again[e].R); d > 1e-9*history[e].R {
				t.Errorf("%v, epoch %d: r %v in parts, %v whole", method, e, again[e].R, history[e].R)
			}
		}
		for k, p := range whole.Params {
			for i, v := range p.Data {
				if math.Abs(v-cut.Params[k].Data[i]) > 1e-7*max(1, math.Abs(v)) {
					t.Fatalf("%v, %s[%d] is %v in parts, %v whole", method, p.Name, i, cut.Params[k].Data[i], v)
				}
			}
		}
	}
}
