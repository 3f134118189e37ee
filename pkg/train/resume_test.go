package train

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// interrupted trains until a step of all, cancels, and returns the checkpoint that was left.
func interrupted(t *testing.T, n *net.Network, c Config, steps int) *Checkpoint {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var left *Checkpoint
	done := 0
	_, _, err := Run(ctx, testbackend.Open(t), n, blobs(60), c, Options{
		Compiled: compiled,
		Save:     func(c *Checkpoint) error { left = c; return nil },
		OnStep: func(Progress) {
			if done++; done == steps {
				cancel()
			}
		},
	})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("cancelled after step %d: got error %v, want ErrInterrupted", steps, err)
	}
	if left == nil || left.Epoch*6+left.Done != steps {
		t.Fatalf("cancelled after step %d: checkpoint %+v", steps, left)
	}
	return left
}

// TestResume stops in the middle of an epoch, at its last step, and in the first and the last epoch; what follows must
// be the same bit by bit.
func TestResume(t *testing.T) {
	n, c := tiny(t, dtypes.Float32), short()
	want, history := mustRun(t, n, blobs(60), c, Options{})
	for _, steps := range []int{1, 8, 12, 23} {
		got, resumed := mustRun(t, n, blobs(60), c, Options{Resume: saved(t, interrupted(t, n, c, steps))})
		if !equalWeights(want, got) {
			t.Errorf("stopped after step %d: other weights than without a stop", steps)
		}
		if !reflect.DeepEqual(withoutSeconds(history), withoutSeconds(resumed)) {
			t.Errorf("stopped after step %d: history %+v, want %+v", steps, resumed, history)
		}
	}
}

// TestResumeBetweenEpochs continues from the checkpoint that the end of an epoch leaves.
func TestResumeBetweenEpochs(t *testing.T) {
	n, c := tiny(t, dtypes.Float32), short()
	var left []*Checkpoint
	want, _ := mustRun(t, n, blobs(60), c,
		Options{Save: func(c *Checkpoint) error { left = append(left, c); return nil }})
	if len(left) != c.Epochs {
		t.Fatalf("%d checkpoints in %d epochs", len(left), c.Epochs)
	}
	for _, at := range []int{1, c.Epochs - 1} {
		if got, _ := mustRun(t, n, blobs(60), c, Options{Resume: saved(t, left[at])}); !equalWeights(want, got) {
			t.Errorf("from the end of epoch %d: other weights", at+1)
		}
	}
}

// TestResumeRefuses names what does not fit.
func TestResumeRefuses(t *testing.T) {
	n, c := tiny(t, dtypes.Float32), short()
	left := saved(t, interrupted(t, n, c, 2))
	other := c
	other.LearningRate = 0.5
	arch, err := net.ParseArch("fc9 fc3", []int{1, 2, 3}, 3)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := net.Build(arch)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		network *net.Network
		config  Config
		samples int
		want    []string
	}{
		{"architecture", wide, c, 60, []string{"architecture", "fc9 fc3", "--out"}},
		{"configuration", n, other, 60, []string{"learning_rate 0.01 there, 0.5 here"}},
		{"data", n, c, 61, []string{"other training data"}},
	} {
		_, _, err := Run(context.Background(), testbackend.Open(t), test.network, blobs(test.samples), test.config,
			Options{Resume: left, Compiled: compiled})
		if err == nil || slices.ContainsFunc(test.want,
			func(w string) bool { return !strings.Contains(err.Error(), w) }) {
			t.Errorf("another %s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

// TestResumeDraws resumes a method that draws random numbers in every step, and validates: both go on as if never
// stopped.
func TestResumeDraws(t *testing.T) {
	n, c := tiny(t, dtypes.Float32), short()
	c.Method, c.Attack, c.Lambda, c.Gamma = PGD, Attack{Steps: 2, StepSize: 0.03}, 0, 0
	want, history := mustRun(t, n, blobs(60), c, Options{Validation: blobs(70), ValidateEvery: 3})
	got, resumed := mustRun(t, n, blobs(60), c,
		Options{Validation: blobs(70), ValidateEvery: 3, Resume: saved(t, interrupted(t, n, c, 8))})
	if !equalWeights(want, got) || !reflect.DeepEqual(withoutSeconds(history), withoutSeconds(resumed)) {
		t.Error("other weights or another history than without a stop")
	}
	for i, e := range history {
		if validated := e.Validation != nil; validated != (i == 2 || i == 3) {
			t.Errorf("epoch %d: validated %t, want every third and the last", e.Epoch, validated)
		}
	}
	c.Seed++
	if other, _ := mustRun(t, n, blobs(60), c, Options{}); equalWeights(want, other) {
		t.Error("another seed gives the same weights")
	}
}
