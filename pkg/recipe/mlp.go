package recipe

import (
	"tightrope/pkg/ball"
	"tightrope/pkg/train"
)

// The dense 2x100 network of Salman et al. (2019), trained with exact Fast-Lin bounds ("2x100 Exact" in Table 1).
func init() {
	register("mlp-2x100/digits",
		"dense 2x100 network, exact Fast-Lin (CP) training, embedded 8x8 digits, eps 0.1",
		digits(40, 10), digits(80, 20))
	register("mlp-2x100/mnist",
		"dense 2x100 network, exact Fast-Lin (CP) training, MNIST, eps 0.1 (Table 1)",
		mnistQuick(0.1), mnistPaper(0.1))
	register("mlp-2x100/mnist-0.3",
		"dense 2x100 network, exact Fast-Lin (CP) training, MNIST, eps 0.3 (Table 1)",
		mnistQuick(0.3), mnistPaper(0.3))
}

// digits has 23 steps per epoch where MNIST has 1,100: the learning rate is ten times the paper's, so that 40 epochs
// suffice.
func digits(epochs, ramp int) Recipe {
	return Recipe{
		Data: "digits", Arch: "mlp-2x100",
		Train: train.Config{Epochs: epochs, Batch: 50, Eps: 0.1, EpsStart: 0.01, Box: ball.Unit, Ramp: ramp,
			LearningRate: 0.01, Decay: train.Decay{Every: (epochs - ramp) / 6}},
		Eval: Eval{ValidateEvery: 1, PGDSteps: 100, PGDStepSize: 0.01, Curve: curve(0.2)},
		Plan: Plan{Gamma: 1, Seeds: 5, Lambdas: []float64{0, 0.01, 0.03, 0.1, 0.3},
			Gammas: []float64{0, 0.3, 1, 3, 10}},
	}
}

// mnistPaper is the paper's schedule: 80 epochs, eps and weights ramp over 20, then the rate halves every 10
// (docs/method.md, section 13).
func mnistPaper(eps float64) Recipe {
	return Recipe{
		Data: "mnist", Arch: "mlp-2x100",
		Train: train.Config{Epochs: 80, Batch: 50, Eps: eps, EpsStart: 0.01, Box: ball.Unit, Ramp: 20,
			LearningRate: 1e-3, Decay: train.Decay{Every: 10}},
		Eval: Eval{ValidateEvery: 1, PGDSteps: 100, PGDStepSize: 0.01, Curve: curve(2 * eps), CurveSample: 2000},
		Plan: Plan{Gamma: 2},
	}
}

// mnistQuick compresses the paper's schedule from 80 to 12 epochs and uses the first 5,000 images.
func mnistQuick(eps float64) Recipe {
	r := mnistPaper(eps)
	r.TrainSamples, r.Validation = 5000, 1000
	r.Train.Epochs, r.Train.Ramp, r.Train.Decay.Every = 12, 3, 2
	r.Eval.TestSamples, r.Eval.PGDSamples, r.Eval.CurveSample = 2000, 1000, 500
	return r
}

// curve are 11 radii from 0 to the largest.
func curve(largest float64) []float64 {
	var radii []float64
	for i := range 11 {
		radii = append(radii, largest*float64(i)/10)
	}
	return radii
}
