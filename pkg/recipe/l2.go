package recipe

import (
	"fmt"
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/train"
)

// l2Arch is a small convolutional network whose first neurons see 3 x 3 pixels, as in the networks that Appendix F
// speaks of.
const l2Arch = "conv(4,3,1,1) conv(8,4,2,1) fc50 fc10"

// l2Eps is the l_2 radius of Appendix F's recipes; IBP(l_inf) gets the radius that is no larger for any neuron of the
// first layer, l2Eps over the root of the 9 inputs that a neuron sees.
const l2Eps = 0.3

// Appendix F on digits: the same network trained for l_2 by IBP and by the convex outer polytope, and by IBP for the
// largest l_inf radius whose first-layer intervals are all inside those of l_2.
func init() {
	for _, l := range []struct {
		name, about string
		change      func(*train.Config)
	}{
		{"l2-ibp", "IBP training", func(c *train.Config) { ibpWith(c, ball.L2, l2Eps) }},
		{"l2-cp", "exact CP training", func(c *train.Config) { c.Norm, c.Eps, c.EpsStart = ball.L2, l2Eps, l2Eps/10 }},
		{"linf-ibp", "IBP training", func(c *train.Config) { ibpWith(c, ball.Linf, l2Eps/math.Sqrt(9)) }},
	} {
		quick, paper := digits(16, 8), digits(80, 40)
		for _, r := range []*Recipe{&quick, &paper} {
			l.change(&r.Train)
			r.Arch, r.Plan = l2Arch, Plan{Gamma: 1, Seeds: 5}
			r.Train.Box = nil // Appendix F bounds the whole ball
			r.Eval.Curve, r.Eval.PGDStepSize = curve(2*quick.Train.Eps), r.Train.Eps/10
		}
		register("conv/digits-"+l.name,
			fmt.Sprintf("small convolutional network, %s, digits, %s, eps %.2g (Appendix F)", l.about, quick.Train.Norm,
				quick.Train.Eps), quick, paper)
	}
}

// ibpWith is IBP training with a weight of the natural cross-entropy that falls to one half.
func ibpWith(c *train.Config, norm ball.Norm, eps float64) {
	c.Method, c.Kappa, c.RampForm = train.IBP, train.Range{Start: 1, End: 0.5}, train.BySteps
	c.Norm, c.Eps, c.EpsStart, c.LearningRate = norm, eps, 0, 0.005
}
