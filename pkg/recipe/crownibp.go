package recipe

import (
	"fmt"

	"tightrope/pkg/data"
	"tightrope/pkg/train"
)

// The CROWN-IBP models: the families of Tables 2 and 4 (MNIST; CIFAR-10 beside them) and the XLarge rows of Table 1,
// with the schedules of Zhang et al. (2020).
func init() {
	for i := range 10 {
		name := fmt.Sprintf("mnist-small-family/%d", i+1)
		registerFamily(name, "Table 2", mnistFamily(name, 0.3), 5)
		long := mnistFamily(name, 0.3)
		long.Train.Epochs, long.Train.Decay.Every = 140, 20
		registerFamily(fmt.Sprintf("mnist-small-family-140/%d", i+1), "the second baseline of Table 2", long, 5)
	}
	for i := range 8 {
		name := fmt.Sprintf("mnist-large-family/%d", i+1)
		for _, eps := range []float64{0.1, 0.2, 0.3, 0.4} {
			registerFamily(name+suffix(eps != 0.3, fmt.Sprintf("-%g", eps)), "Table 4", mnistFamily(name, eps), 1)
		}
		name = fmt.Sprintf("cifar-large-family/%d", i+1)
		registerFamily(name, "beside Table 4", cifarFamily(name), 1)
	}
	for i := range 9 {
		name := fmt.Sprintf("cifar-small-family/%d", i+1)
		registerFamily(name, "beside Table 2", cifarFamily(name), 1)
	}
	registerXLarge("xlarge/mnist", mnistXLarge(0.2, 0.1))
	wide := mnistXLarge(0.4, 0.3)
	// the release measures it at 0.4 too
	wide.Eval.Curve = []float64{0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45}
	registerXLarge("xlarge/mnist-0.3", wide)
	registerXLarge("xlarge/cifar10-2", cifarXLarge(2./255, 1))
	registerXLarge("xlarge/cifar10-8", cifarXLarge(8./255, 0))
}

func registerFamily(name, where string, paper Recipe, seeds int) {
	paper.Plan = Plan{Gamma: 1, Seeds: seeds}
	quick := quickly(paper, 10, 5000)
	quick.Train.LearningRate *= 4 // a thousand steps must do
	register(name, fmt.Sprintf("CROWN-IBP training, %s, eps %s (%s)", paper.Data, radius(paper.Train.Eps), where),
		quick, paper)
}

func registerXLarge(name string, paper Recipe) {
	paper.Plan = Plan{Gamma: 1}
	about := fmt.Sprintf("xlarge network, CROWN-IBP training, %s, eps %s (Table 1)", paper.Data, radius(paper.Eval.Eps))
	register(name, about, quickly(paper, 10, 500), paper)
}

// mnistFamily: 1 epoch of warm-up, eps over 60 epochs step by step, then the rate halves every 10.
func mnistFamily(arch string, eps float64) Recipe {
	return Recipe{
		Data: "mnist", Arch: arch,
		Train: train.Config{
			Method: train.CROWNIBP, Epochs: 100, Batch: 256, Eps: eps, Box: unit, Warmup: 1, Ramp: 60,
			RampForm:     train.BySteps,
			LearningRate: 5e-4, Decay: train.Decay{Every: 10}, Beta: train.Range{Start: 1},
		},
		Eval: Eval{ValidateEvery: 4, PGDSteps: 100, PGDStepSize: 0.01, Curve: curve(1.5 * eps), CurveSample: 2000},
	}
}

// The normalisation of Zhang et al. (2020).
var (
	zhangMean = []float64{0.4914, 0.4822, 0.4465}
	zhangStd  = []float64{0.2023, 0.1994, 0.2010}
)

func cifarFamily(arch string) Recipe {
	const eps = 8. / 255
	return Recipe{
		Data: "cifar10", Arch: arch, Mean: zhangMean, Std: zhangStd,
		Train: train.Config{
			Method: train.CROWNIBP, Epochs: 200, Batch: 128, Eps: eps, Warmup: 10, Ramp: 120, RampForm: train.BySteps,
			LearningRate: 1e-3, Decay: train.Decay{Every: 10}, Beta: train.Range{Start: 1},
			Augment: &data.Augment{Flip: true, Pad: 4},
		},
		Eval: Eval{ValidateEvery: 8, PGDSteps: 100, PGDStepSize: 0.002, Curve: curve(1.5 * eps), CurveSample: 2000},
	}
}

// mnistXLarge is the paper's schedule for both radii: 200 epochs of batch 256, trained for a larger radius than it is
// measured at.
func mnistXLarge(trained, measured float64) Recipe {
	return Recipe{
		Data: "mnist", Arch: "xlarge",
		Train: train.Config{
			Method: train.CROWNIBP, Epochs: 200, Batch: 256, Eps: trained, Box: unit, Warmup: 10, Ramp: 50,
			RampForm:     train.BySteps,
			LearningRate: 5e-4, Decay: train.Decay{Factor: 0.1, At: []int{130, 190}},
			Kappa: train.Range{Start: 1, End: 0.5}, Beta: train.Range{Start: 1},
		},
		Eval: Eval{Eps: measured, ValidateEvery: 8, PGDSteps: 100, PGDStepSize: 0.01, Curve: curve(1.5 * measured),
			CurveSample: 2000},
	}
}

// cifarXLarge trains for 1.1 times the radius that is measured, with the smoothed ramp; beta stays 1 for 2/255.
func cifarXLarge(eps, betaEnd float64) Recipe {
	return Recipe{
		Data: "cifar10", Arch: "xlarge", Mean: zhangMean, Std: zhangStd,
		Train: train.Config{
			Method: train.CROWNIBP, Epochs: 3200, Batch: 1024, Eps: 1.1 * eps, Box: unit, Warmup: 320, Ramp: 1600,
			RampForm:     train.Smoothed,
			LearningRate: 5e-4, Decay: train.Decay{Factor: 0.1, At: []int{2600, 3040}},
			Beta: train.Range{Start: 1, End: betaEnd}, Augment: &data.Augment{Flip: true, Pad: 4},
		},
		Eval: Eval{Eps: eps, ValidateEvery: 40, PGDSteps: 100, PGDStepSize: 0.002, Curve: curve(1.5 * eps),
			CurveSample: 2000},
	}
}
