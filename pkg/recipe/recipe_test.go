package recipe

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/train"
)

// TestAllRecipes checks every recipe at both scales: it validates, its schedules end at their targets, its network fits
// its data, and its JSON holds all of it.
func TestAllRecipes(t *testing.T) {
	built := map[string]bool{}
	for _, name := range Names() {
		for _, scale := range []Scale{Quick, Paper} {
			r, err := Get(name, scale)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Validate(); err != nil {
				t.Errorf("%s, %v: %v", name, scale, err)
			}
			c := r.Train
			c.Lambda, c.Gamma = 1, 1
			if w := c.At(c.Epochs-1, 9, 10); w.Eps != c.Eps || w.Gamma != 1 && w.Gamma != 0 || c.LearningRate > 0 &&
				!(w.LearningRate > 0) {
				t.Errorf("%s, %v: the last epoch has %+v", name, scale, w)
			}
			checkJSON(t, r)
			if scale == Paper && !built[r.Arch+r.Data] { // the large ones have millions of weights
				built[r.Arch+r.Data] = true
				if _, err := r.Network(random(r.Data, 1)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

func checkJSON(t *testing.T, r Recipe) {
	t.Helper()
	content, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Recipe
	if err := json.Unmarshal(content, &back); err != nil {
		t.Fatal(err)
	}
	back.Plan = r.Plan
	if !reflect.DeepEqual(r, back) {
		t.Errorf("%s reads back as %+v", content, back)
	}
}

// random is data of the right shape.
func random(name string, samples int) *data.Set {
	shape := map[string][]int{"digits": {1, 8, 8}, "mnist": {1, 28, 28}, "cifar10": {3, 32, 32}}[name]
	s := &data.Set{Name: name, Shape: shape, Classes: 10, Upper: 1}
	rng := rand.New(rand.NewPCG(1, 1))
	s.X, s.Y = make([]float32, samples*s.Dim()), make([]int32, samples)
	for i := range s.X {
		s.X[i] = rng.Float32()
	}
	for i := range s.Y {
		s.Y[i] = int32(i % 10)
	}
	return s
}

// allVariable makes TestOneStep take every recipe; else it takes one of each kind of network, loss and data that is
// small.
const allVariable = "TIGHTROPE_TEST_ALL_RECIPES"

// TestOneStep makes one training step of the recipes, at the target radius and with both regularizers, on two random
// images.
func TestOneStep(t *testing.T) {
	for _, name := range oneStepRecipes() {
		t.Run(name, func(t *testing.T) {
			r, err := Get(name, Paper)
			if err != nil {
				t.Fatal(err)
			}
			set := random(r.Data, 2)
			n, err := r.Network(set)
			if err != nil {
				t.Fatal(err)
			}
			c := r.Train
			c.Epochs, c.Batch, c.Warmup, c.Ramp, c.Lambda, c.Gamma = 1, 2, 0, 0, 0.1, 1
			c.Attack.Steps = min(c.Attack.Steps, 2)
			if c.Method == train.CROWNIBP && c.Beta.End == 0 {
				c.Ramp, c.RampForm, c.Beta.End = 1, train.ByEpoch, 0.5 // stay in the first stage
			}
			trained, history, err := train.Run(context.Background(), testbackend.Open(t), n, set, c, train.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if slices.Equal(n.Params[0].Data, trained.Params[0].Data) || !(history[0].Loss > 0) {
				t.Errorf("loss %v, and the weights changed: %t", history[0].Loss,
					!slices.Equal(n.Params[0].Data, trained.Params[0].Data))
			}
		})
	}
}

func oneStepRecipes() []string {
	if os.Getenv(allVariable) != "" {
		return Names()
	}
	return slices.DeleteFunc(Names(), func(name string) bool {
		few := []string{"mlp-2x100/digits", "small/mnist", "small-exact/mnist", "mnist-small-family/1"}
		return !slices.Contains(few, name) && !strings.HasPrefix(name, "mlp-2x100/digits-")
	})
}

// TestHeConv compares the spread of the convolutions with sqrt(2/(k k out)).
func TestHeConv(t *testing.T) {
	r, err := Get("small/cifar10-2", Paper)
	if err != nil {
		t.Fatal(err)
	}
	n, err := r.Network(random("cifar10", 1))
	if err != nil {
		t.Fatal(err)
	}
	square := 0.0
	for _, v := range n.Params[2].Data { // the second convolution, 32 of 4x4
		square += v * v
	}
	if got, want := square/float64(len(n.Params[2].Data)), 2/(4.*4*32); got < 0.9*want || got > 1.1*want {
		t.Errorf("variance %g, want about %g", got, want)
	}
	if slices.Max(n.Params[3].Data) != 0 || n.Vertices[0].Layer.Spec().Type != "normalize" {
		t.Errorf("bias %v, first layer %q", n.Params[3].Data, n.Vertices[0].Layer.Spec().Type)
	}
}

func TestUnknownRecipe(t *testing.T) {
	if _, err := Get("mlp/mnist", Quick); err == nil || !strings.Contains(err.Error(), "mlp-2x100/mnist") {
		t.Errorf("error %v does not name the closest recipes", err)
	}
	for wrong, meant := range map[string]string{"mlp-2x100/digit": "mlp-2x100/digits",
		"mlp-2x10/mnist": "mlp-2x100/mnist", "smal-exact/mnist": "small-exact/mnist"} {
		if _, err := Get(wrong, Quick); err == nil || !strings.Contains(err.Error(), "did you mean "+meant+"?") {
			t.Errorf("%s: error %v does not ask for %s", wrong, err, meant)
		}
	}
}
