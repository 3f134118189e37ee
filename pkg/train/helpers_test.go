package train

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// blobs is a small set that can be learned: class k is bright in pixel k of 6.
func blobs(samples int) *data.Set {
	rng := rand.New(rand.NewPCG(7, 8))
	s := &data.Set{Name: "blobs", Shape: []int{1, 2, 3}, Classes: 3, Upper: 1}
	for i := range samples {
		y := i % 3
		for k := range 6 {
			v := 0.3 * rng.Float32()
			if k == y {
				v += 0.7
			}
			s.X = append(s.X, v)
		}
		s.Y = append(s.Y, int32(y))
	}
	return s
}

// tiny builds an untrained network for blobs.
func tiny(t testing.TB, dtype dtypes.DType) *net.Network {
	t.Helper()
	arch, err := net.ParseArch("fc8 fc7 fc3", []int{1, 2, 3}, 3)
	if err != nil {
		t.Fatal(err)
	}
	n, err := net.Build(arch)
	if err != nil {
		t.Fatal(err)
	}
	n.DType = dtype
	return n.Init(1)
}

// short is a configuration for blobs that uses every scheduled weight.
func short() Config {
	return Config{Epochs: 4, Batch: 10, Eps: 0.05, EpsStart: 0.01, Box: ball.Unit, Ramp: 3, LearningRate: 0.01,
		Decay: Decay{Every: 1}, Lambda: 0.1, Gamma: 1, Seed: 3}
}

// compiled is shared by all tests of the package: they train the same few graphs.
var compiled = &Compiled{}

func mustRun(t *testing.T, n *net.Network, set *data.Set, c Config, o Options) (*net.Network, []Epoch) {
	t.Helper()
	o.Compiled = compiled
	trained, history, err := Run(context.Background(), testbackend.Open(t), n, set, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return trained, history
}

// saved is a checkpoint that went through a file.
func saved(t *testing.T, c *Checkpoint) *Checkpoint {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	if err := WriteCheckpoint(path, c); err != nil {
		t.Fatal(err)
	}
	back, err := ReadCheckpoint(path)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func equalWeights(a, b *net.Network) bool {
	return slices.EqualFunc(a.Params, b.Params, func(p, q *net.Param) bool { return slices.Equal(p.Data, q.Data) })
}

// withoutSeconds clears what two equal runs may differ in.
func withoutSeconds(history []Epoch) []Epoch {
	out := slices.Clone(history)
	for i := range out {
		out[i].Seconds = 0
	}
	return out
}
