package train

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// noisy is the cross-entropy of the inputs plus Gaussian noise of deviation Sigma in every pixel, which a box does not
// cut: what randomized smoothing asks of its network (Cohen et al. 2019).
func noisy(b *batch) measures {
	var z *Node
	b.random, z = RandomNormal(b.random, b.x.Shape())
	return b.measured(b.margins(Add(b.x, MulScalar(z, b.config.Sigma))))
}

// needsSigma returns an error if there is no noise to train with.
func needsSigma(c Config) error {
	if c.Sigma == 0 {
		return fmt.Errorf("method noise without noise: use --sigma, a positive deviation in pixel units, or " +
			"--method natural")
	}
	return nil
}

// checkSigma returns an error for an invalid deviation, or one that the method does not use.
func (c Config) checkSigma() error {
	if !(c.Sigma >= 0) || !finite(c.Sigma) {
		return fmt.Errorf("sigma = %v: use a finite deviation of at least 0, in pixel units", c.Sigma)
	}
	if c.Sigma > 0 && c.Method != Noise {
		return fmt.Errorf("sigma %v with method %v: only --method noise adds noise", c.Sigma, c.Method)
	}
	return nil
}
