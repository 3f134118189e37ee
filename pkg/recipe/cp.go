package recipe

import (
	"fmt"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/train"
)

// The rows of Table 1 that are trained with CP, and Table 3. CIFAR-10 is normalised by one standard deviation for all
// channels and its balls are not clipped to valid pixels, as in Wong et al. (2018).
func init() {
	for _, arch := range []string{"small", "large"} {
		for _, eps := range []float64{0.1, 0.3} {
			registerCP(arch+"/mnist"+suffix(eps == 0.3, "-0.3"), mnistCP(arch, eps))
		}
		for _, of255 := range []float64{2, 8} {
			registerCP(fmt.Sprintf("%s/cifar10-%g", arch, of255), cifarCP(arch, of255/255))
		}
	}
	registerExact("small-exact/mnist", mnistCP("small", 0.1))
	registerExact("small-exact/mnist-0.3", mnistCP("small", 0.3))
	registerExact("small-exact/cifar10-2", cifarCP("small", 2./255))
	registerExact("small-exact/cifar10-8", cifarCP("small", 8./255))
}

func suffix(where bool, text string) string {
	if where {
		return text
	}
	return ""
}

// registerCP adds a recipe with 50 random projections.
func registerCP(name string, paper Recipe) {
	paper.Train.Projections = 50
	if paper.Arch == "large" {
		paper.Eval.ValidateEvery = 20 // exact bounds, which take longer than an epoch with projections
	}
	paper.Plan = Plan{Gamma: 1}
	about := fmt.Sprintf("%s network, CP training with 50 projections, %s, eps %s (Table 1)", paper.Arch, paper.Data,
		radius(paper.Train.Eps))
	if name == "small/cifar10-2" {
		paper.Plan.Lambdas, paper.Plan.Gammas = []float64{0, 0.01, 0.03, 0.1, 0.3}, []float64{0, 0.3, 1, 3, 10}
		about = "small network, CP training with 50 projections, cifar10, eps 2/255 (Table 1; Table 3 with --ablation)"
	}
	register(name, about, quickly(paper, 8, 1000), paper)
}

func registerExact(name string, paper Recipe) {
	paper.Plan = Plan{Gamma: 2}
	about := fmt.Sprintf("%s network, exact CP training, %s, eps %s (Table 1)", paper.Arch, paper.Data,
		radius(paper.Train.Eps))
	register(name, about, quickly(paper, 8, 1000), paper)
}

// radius writes an eps for readers: 8-bit fractions as such.
func radius(eps float64) string {
	if n := eps * 255; eps < 0.1 && n == float64(int(n+0.5)) {
		return fmt.Sprintf("%g/255", n)
	}
	return fmt.Sprintf("%g", eps)
}

func mnistCP(arch string, eps float64) Recipe {
	r := mnistPaper(eps)
	r.Arch = arch
	r.Eval.ValidateEvery = 4
	return r
}

// The normalisation of Wong et al. (2018).
var (
	wongMean = []float64{0.485, 0.456, 0.406}
	wongStd  = []float64{0.225, 0.225, 0.225}
)

func cifarCP(arch string, eps float64) Recipe {
	r := Recipe{
		Data: "cifar10", Arch: arch, Mean: wongMean, Std: wongStd,
		Train: train.Config{Epochs: 80, Batch: 50, Eps: eps, EpsStart: 0.001, Ramp: 20, LearningRate: 1e-3,
			Decay: train.Decay{Every: 10}, Augment: &data.Augment{Flip: true, Pad: 4}},
		Eval: Eval{ValidateEvery: 4, PGDSteps: 100, PGDStepSize: 0.01 * 0.225, Curve: curve(2 * eps),
			CurveSample: 1000},
	}
	if arch == "small" {
		r.Init = HeConv
	}
	return r
}

// quickly compresses all schedules to a few epochs on the first samples, and measures on few.
func quickly(r Recipe, epochs, samples int) Recipe {
	r.TrainSamples = samples
	r.Train = r.Train.Compress(epochs)
	// With the paper's batches a few thousand images would be too few steps to learn anything.
	r.Train.Batch = min(r.Train.Batch, max(32, samples/100))
	r.Validation, r.Eval.ValidateEvery = 500, 0
	r.Eval.TestSamples, r.Eval.PGDSamples, r.Eval.CurveSample = 500, 200, 100
	return r
}

// unit is the box of valid pixels.
var unit = ball.Unit
