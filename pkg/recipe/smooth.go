package recipe

import (
	"fmt"

	"tightrope/pkg/ball"
	"tightrope/pkg/train"
)

// The deviations of Cohen et al. 2019 that Appendix F's radius of 0.25 asks for.
const (
	smoothSigma = 0.25
	smoothEps   = 0.25
)

// Training with Gaussian noise, for randomized smoothing beside Appendix F: the small networks, and the one of the
// digits.
func init() {
	digitsQuick, digitsPaper := digits(40, 10), digits(80, 20)
	registerNoise("mlp-2x100/digits-noise", digitsQuick, digitsPaper)
	for _, paper := range []Recipe{mnistCP("small", smoothEps), cifarCP("small", smoothEps)} {
		registerNoise("small/"+paper.Data+"-noise", quickly(paper, 8, 4000), paper)
	}
}

// registerNoise adds a recipe that trains with noise, and is measured against the l_2 ball of Appendix F.
func registerNoise(name string, quick, paper Recipe) {
	for _, r := range []*Recipe{&quick, &paper} {
		t := &r.Train
		t.Method, t.Sigma, t.Norm, t.Box = train.Noise, smoothSigma, ball.L2, nil
		t.Eps, t.EpsStart, t.Ramp = smoothEps, smoothEps, 0
		r.Eval.PGDStepSize, r.Eval.Curve, r.Plan = 0, curve(2*smoothEps), Plan{}
	}
	register(name, fmt.Sprintf("%s network, training with Gaussian noise of %g, %s, for tightrope smooth (Appendix F)",
		quick.Arch, smoothSigma, quick.Data), quick, paper)
}
