package selftest

import (
	"errors"
	"fmt"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/testdata/models"
)

// publishedError are counts of the MNIST test images at eps 0.1 with the box [0,1], from Salman et al. 2019, table of
// experiment 1 (standard error, "LP-greedy" = Fast-Lin).
type publishedError struct {
	model                 string
	standard, uncertified int
}

// publishedImages is the number of test images.
const publishedImages = 10000

var publishedErrors = []publishedError{
	{"lpd_mlp_b_0.1", 409, 1832},
	{"adv_mlp_b_0.1", 333, 7134},
}

// trained is an embedded network.
func trained(name string) (*net.Network, error) {
	content, err := models.Files.ReadFile(name + ".safetensors")
	if err != nil {
		return nil, err
	}
	m, err := model.Decode(name, content, model.LoadOptions{})
	if err != nil {
		return nil, err
	}
	return net.FromModel(m)
}

// published counts the errors of one of the published networks.
func (s *session) published(number int) func() (string, error) {
	return func() (string, error) {
		p := publishedErrors[number]
		splits, err := s.images()
		if errors.Is(err, data.ErrMissing) {
			return "", skipped("MNIST is not here: run `tightrope data fetch mnist`, " +
				"or name its folder with --data-dir")
		}
		if err != nil {
			return "", err
		}
		n, err := trained(p.model)
		if err != nil {
			return "", err
		}
		e, err := measure.Evaluate(s.ctx, s.backend, n, splits.Test,
			measure.Options{Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}})
		if err != nil {
			return "", err
		}
		return p.same(e)
	}
}

// same compares the errors that were found with the published ones, image for image.
func (p publishedError) same(e measure.Errors) (string, error) {
	text := fmt.Sprintf("standard error %.2f %%, certified error %.2f %% of %d images",
		e.Percent(e.Standard), e.Percent(e.Uncertified), e.Samples)
	if e.Samples != publishedImages || e.Standard != p.standard || e.Uncertified != p.uncertified {
		return "", fmt.Errorf("%s; published: %.2f %% and %.2f %%",
			text, float64(p.standard)/100, float64(p.uncertified)/100)
	}
	return text + ", as published", nil
}
