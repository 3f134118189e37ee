package selftest

import (
	"tightrope/pkg/bound"
	"tightrope/pkg/train"
)

// task is what a row times.
type task int

const (
	trainStep task = iota // bounds, gradient and Adam, as a user's training has them
	verifyAll             // bounds of all samples
	attackAll             // PGD-100
)

// row is one line of the table of timings.
type row struct {
	title       string
	arch        string // name or text of an architecture; empty: trained
	colour      bool   // images are CIFAR-10's, 3 x 32 x 32, not MNIST's, 28 x 28
	trained     string // name of an embedded network
	task        task
	method      train.Method
	projections int
	samples     int
	batch       int // samples in one call of a bound or an attack; 0: all
	// timed repeats, where more are needed: ours compiles while a trained network's unstable units become more or fewer
	least int
	quick bool
}

// rows are those of the peers' table (benchmarks/compare.py), in its order.
var rows = []row{
	{title: "mlp-2x100, exact, training step, batch 50", arch: "mlp-2x100", samples: 50, quick: true},
	{title: "mlp-2x100, exact, verification, batch 50", arch: "mlp-2x100", task: verifyAll, samples: 50, quick: true},
	{title: "mlp-2x100, trained, exact, training step, batch 50", trained: "lpd_mlp_b_0.1", samples: 50, least: 5,
		quick: true},
	{title: "Small, exact, training step, batch 8", arch: "small", samples: 8},
	{title: "Small, exact, training step, batch 32", arch: "small", samples: 32, quick: true},
	{title: "Small, trained, exact, training step, batch 32", trained: "mnist_cnn_small_lpd", samples: 32, least: 5},
	{title: "Small, exact, verification, batch 8", arch: "small", task: verifyAll, samples: 8},
	{title: "Small, exact, verification, batch 32", arch: "small", task: verifyAll, samples: 32, quick: true},
	{title: "Small, trained, exact, verification, 400 images, batch 50", trained: "mnist_cnn_small_lpd",
		task: verifyAll, samples: 400, batch: 50},
	{title: "Small, 50 projections, training step, batch 50", arch: "small", projections: 50, samples: 50, quick: true},
	{title: "Small, IBP, training step, batch 256", arch: "small", method: train.IBP, samples: 256},
	{title: "Small, CROWN-IBP, training step, batch 256", arch: "small", method: train.CROWNIBP, samples: 256,
		quick: true},
	{title: "Large, IBP, training step, batch 64", arch: "large", method: train.IBP, samples: 64},
	{title: "Large, CROWN-IBP, training step, batch 64", arch: "large", method: train.CROWNIBP, samples: 64},
	{title: "XLarge, IBP, training step, batch 16", arch: "xlarge", method: train.IBP, samples: 16},
	{title: "XLarge, CROWN-IBP, training step, batch 8", arch: "xlarge", method: train.CROWNIBP, samples: 8},
	{title: "mnist-small-family/7, IBP, training step, batch 256", arch: "mnist-small-family/7", method: train.IBP,
		samples: 256},
	{title: "mnist-small-family/7, CROWN-IBP, training step, batch 64", arch: "mnist-small-family/7",
		method: train.CROWNIBP, samples: 64},
	{title: "mnist-small-family/7, exact, training step, batch 8", arch: "mnist-small-family/7", samples: 8},
	{title: "mnist-small-family/9, IBP, training step, batch 256", arch: "mnist-small-family/9", method: train.IBP,
		samples: 256},
	{title: "mnist-small-family/9, CROWN-IBP, training step, batch 64", arch: "mnist-small-family/9",
		method: train.CROWNIBP, samples: 64},
	{title: "mnist-small-family/9, exact, training step, batch 8", arch: "mnist-small-family/9", samples: 8},
	{title: "cifar-small-family/7, CROWN-IBP, training step, batch 64", arch: "cifar-small-family/7", colour: true,
		method: train.CROWNIBP, samples: 64},
	{title: "ResNet, IBP, training step, batch 32", arch: "resnet", method: train.IBP, samples: 32},
	{title: "ResNet, CROWN-IBP, training step, batch 16", arch: "resnet", method: train.CROWNIBP, samples: 16},
	{title: "two residual blocks, exact, training step, batch 8", arch: twoBlocks, samples: 8},
	{title: "two residual blocks, exact, verification, batch 8", arch: twoBlocks, task: verifyAll, samples: 8},
	{title: "Small, PGD-100, batch 100", arch: "small", task: attackAll, samples: 100},
}

// twoBlocks is a residual network small enough for exact bounds of the peers.
const twoBlocks = "conv(8,4,2,1) block(8,1) block(16,2) fc100 fc10"

// radius is the eps of all rows, in pixel units.
const radius = 0.1

// technique is what bounds a row's network, for the cost model.
func (r row) technique() bound.Technique {
	t, _ := train.Config{Method: r.method, Projections: r.projections}.Technique()
	return t
}

// Shapes of images.
var grey, colour = []int{1, 28, 28}, []int{3, 32, 32}

// shape of a row's images.
func (r row) shape() []int {
	if r.colour {
		return colour
	}
	return grey
}

// convolutional reports whether the row's network has convolutions, which take minutes on the pure-Go backend.
func (r row) convolutional() bool { return r.arch != "mlp-2x100" && r.trained != "lpd_mlp_b_0.1" }
