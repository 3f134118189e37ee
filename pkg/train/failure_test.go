package train

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// TestDivergence makes the weights overflow: the error must say so, and no checkpoint may hold what is not finite.
func TestDivergence(t *testing.T) {
	c := short()
	c.LearningRate = 1e25
	var left *Checkpoint
	_, _, err := Run(context.Background(), testbackend.Open(t), tiny(t, dtypes.Float32), blobs(60), c, Options{
		Compiled:        compiled,
		CheckpointEvery: time.Nanosecond,
		Save:            func(c *Checkpoint) error { left = c; return nil },
	})
	if err == nil || !strings.Contains(err.Error(), "diverged") || !strings.Contains(err.Error(), "--lr") {
		t.Fatalf("learning rate 1e25: error %v", err)
	}
	if left == nil {
		t.Skip("diverged in the first step: nothing to check")
	}
	if path, value := left.notFinite(); path != "" {
		t.Errorf("the last good checkpoint holds %v in %s", value, path)
	}
}

// TestStuck trains a network of zeros hardly at all: the loss stays at ln(3) and one warning says so.
func TestStuck(t *testing.T) {
	c := short()
	c.LearningRate, c.Epochs = 1e-12, 5
	n := tiny(t, dtypes.Float32)
	for _, p := range n.Params {
		clear(p.Data)
	}
	var warnings []string
	mustRun(t, n, blobs(60), c, Options{Warn: func(s string) { warnings = append(warnings, s) }})
	if len(warnings) != 1 || !strings.Contains(warnings[0], "stuck at ln(3) = 1.099") {
		t.Errorf("a network of zeros: warnings %q", warnings)
	}
	mustRun(t, tiny(t, dtypes.Float32), blobs(60), short(),
		Options{Warn: func(s string) { t.Errorf("a healthy run: warning %q", s) }})
}

// killVariable names the checkpoint of the process that TestKill kills.
const killVariable = "TIGHTROPE_TEST_KILL"

// TestKill kills a training at random moments: the checkpoint can be read every time, and the next training continues
// from it.
func TestKill(t *testing.T) {
	if path := os.Getenv(killVariable); path != "" {
		trainForEver(t, path)
	}
	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	rng := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	last := -1
	for range 6 {
		runAndKill(t, path, time.Duration(rng.IntN(60))*time.Millisecond)
		c, err := ReadCheckpoint(path)
		if err != nil {
			t.Fatal(err)
		}
		if at := c.Epoch*6 + c.Done; at <= last {
			t.Errorf("killed at step %d after %d: no progress", at, last)
		} else {
			last = at
		}
	}
}

// trainForEver saves after every step and continues from the checkpoint that is there.
func trainForEver(t *testing.T, path string) {
	c := short()
	c.Epochs, c.Decay = 1<<30, Decay{}
	o := Options{CheckpointEvery: time.Nanosecond,
		Save: func(c *Checkpoint) error { c.History = nil; return WriteCheckpoint(path, c) }}
	if _, err := os.Stat(path); err == nil {
		if o.Resume, err = ReadCheckpoint(path); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, tiny(t, dtypes.Float32), blobs(60), c, o)
}

// runAndKill starts a training, waits until it has saved twice and for a while more, and kills it.
func runAndKill(t *testing.T, path string, more time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKill$")
	cmd.Env = append(os.Environ(), killVariable+"="+path, "GOMLX_BACKEND=go")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	deadline := time.Now().Add(time.Minute)
	var old time.Time
	for saves := 0; saves < 2; time.Sleep(time.Millisecond) {
		if info, err := os.Stat(path); err == nil && info.ModTime() != old {
			saves, old = saves+1, info.ModTime()
		}
		if time.Now().After(deadline) {
			t.Fatal("the training saved nothing for a minute")
		}
	}
	time.Sleep(more)
}

// TestCheckTraining names what does not fit together.
func TestCheckTraining(t *testing.T) {
	n, set := tiny(t, dtypes.Float32), blobs(20)
	wide := blobs(20)
	wide.Classes = 4
	for _, test := range []struct {
		change func(c *Config, n *net.Network)
		want   string
	}{
		{func(c *Config, _ *net.Network) { c.Eps = -1 }, "eps = -1"},
		{func(c *Config, _ *net.Network) { c.EpsStart = math.NaN() }, "start of the ramp"},
		{func(c *Config, _ *net.Network) { c.Gamma = -1 }, "gamma = -1"},
		{func(c *Config, _ *net.Network) { c.Lambda = math.Inf(1) }, "lambda = +Inf"},
		{func(c *Config, _ *net.Network) { c.Ramp = 9 }, "they must end within the run"},
		{func(c *Config, _ *net.Network) { c.Batch = 21 }, "more than the 20 training samples"},
		{func(_ *Config, n *net.Network) { n.Params[0].Data[2] = math.NaN() }, "weights must be finite"},
	} {
		c, broken := short(), n.Clone()
		test.change(&c, broken)
		if _, _, err := Run(context.Background(), testbackend.Open(t), broken, set, c, Options{}); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
	if _, _, err := Run(context.Background(), testbackend.Open(t), n, wide, short(), Options{}); err == nil ||
		!strings.Contains(err.Error(), "has 4 classes") {
		t.Errorf("4 classes on 3 outputs: error %v", err)
	}
}
