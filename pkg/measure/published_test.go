package measure

import (
	"context"
	"testing"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testmodels"
)

// published are results on MNIST test images at eps 0.1 with the box [0,1], as counts of images: Salman et al. 2019,
// table of experiment 1 (standard error, "LP-greedy" = Fast-Lin); the convolutional network's by
// convex_adversarial 0.4.4.
var published = []struct {
	model                 string
	images                int
	standard, uncertified int
	slow                  bool
}{
	{"lpd_mlp_b_0.1", 10000, 409, 1832, false},
	{"adv_mlp_b_0.1", 10000, 333, 7134, false},
	{"mnist_cnn_small_lpd", 400, 4, 16, true},
}

// TestPublished checks the errors that others published, image for image.
func TestPublished(t *testing.T) {
	for _, p := range published {
		t.Run(p.model, func(t *testing.T) {
			set := testmodels.MNIST(t).Head(p.images)
			b, info, err := backend.Open("")
			if err != nil {
				t.Fatal(err)
			}
			if p.slow && (testing.Short() || info.Name == backend.Go) {
				t.Skip("convolutions take half a minute on XLA and far more time and memory in pure Go: run on XLA, " +
					"without -short")
			}
			e, err := Evaluate(context.Background(), b, testmodels.Network(t, p.model), set,
				Options{Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d images: standard error %.2f %%, certified error %.2f %% (%s)",
				e.Samples, e.Percent(e.Standard), e.Percent(e.Uncertified), e.Technique)
			if e.Samples != p.images || e.Standard != p.standard || e.Uncertified != p.uncertified {
				t.Errorf("%d images, %d misclassified, %d not certified; published: %d, %d, %d",
					e.Samples, e.Standard, e.Uncertified, p.images, p.standard, p.uncertified)
			}
		})
	}
}
