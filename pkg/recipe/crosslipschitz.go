package recipe

import (
	"fmt"

	"tightrope/pkg/ball"
	"tightrope/pkg/train"
)

// The network and the threat of Hein and Andriushchenko (2017): one hidden layer of softplus, l_2 balls. Theirs has
// 1,024 neurons and a sharper softplus; the radii and weights are this project's own.
const (
	crossArch = "fc500 softplus fc10"
	crossEps  = 0.5
)

// Natural training of one hidden layer, without and with the cross-Lipschitz regularizer. The recipes without it are
// those that its bound is compared on.
func init() {
	for _, weight := range []float64{0, 0.01} {
		registerCross("digits", weight, digits(40, 0), digits(80, 0))
		registerCross("mnist", weight, mnistQuick(crossEps), mnistPaper(crossEps))
	}
}

// registerCross adds the recipe of a weight, whose name ends in cross-lipschitz where that is not 0.
func registerCross(data string, weight float64, quick, paper Recipe) {
	for _, r := range []*Recipe{&quick, &paper} {
		t := &r.Train
		r.Arch, t.Method, t.CrossLipschitz = crossArch, train.Natural, weight
		t.Norm, t.Eps, t.EpsStart, t.Ramp, t.Box = ball.L2, crossEps, crossEps, 0, nil
		r.Eval.PGDStepSize, r.Eval.Curve, r.Plan = 0, curve(2*crossEps), Plan{}
	}
	with := ""
	if weight > 0 {
		with = " with the cross-Lipschitz regularizer (Hein and Andriushchenko 2017)"
	}
	register("softplus-1x500/"+data+suffix(weight > 0, "-cross-lipschitz"),
		fmt.Sprintf("one hidden layer of 500 softplus, natural training%s, %s, l_2", with, data), quick, paper)
}
