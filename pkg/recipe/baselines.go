package recipe

import (
	"fmt"
	"strings"

	"tightrope/pkg/data"
	"tightrope/pkg/train"
)

// loss is a method with its parameters, for one threat.
type loss struct {
	name   string
	change func(*train.Config)
}

// Other losses on the small network, and on the dense one for digits and MNIST: natural, PGD and RS training as
// baselines, pure IBP, and losses beyond the paper. All take the tightness regularizers. Their shares are those that
// the papers publish for larger networks.
func init() {
	for _, l := range losses(0.1, 0.5, 0.5, train.Attack{Steps: 10, StepSize: 0.02}) {
		registerLoss("mlp-2x100/digits-"+l.name, l, digits(40, 10), digits(80, 20))
		registerLoss("mlp-2x100/mnist-"+l.name, l, mnistQuick(0.1), mnistPaper(0.1))
	}
	for _, l := range losses(0.3, 0.6, 0.5, train.Attack{Steps: 40, StepSize: 0.01}) {
		paper := modern(mnistPaper(0.3), 70, 20, train.Decay{Factor: 0.2, At: []int{50, 60}})
		registerLoss("small/mnist-0.3-"+l.name, l, quickly(paper, 8, 2000), paper)
	}
	for _, l := range losses(2./255, 0.1, 0.01, train.Attack{Steps: 10, StepSize: 0.5 / 255, Scale: 2}) {
		registerLoss("small/cifar10-2-"+l.name, l, quickly(modernCIFAR(2./255), 8, 2000), modernCIFAR(2./255))
	}
	for _, l := range losses(8./255, 0.7, 0.6, train.Attack{Steps: 10, StepSize: 2. / 255}) {
		registerLoss("small/cifar10-8-"+l.name, l, quickly(modernCIFAR(8./255), 8, 2000), modernCIFAR(8./255))
	}
	crown := loss{"crown-ibp", func(c *train.Config) {
		c.Method, c.Beta, c.RampForm = train.CROWNIBP, train.Range{Start: 1}, train.BySteps
	}}
	registerLoss("mlp-2x100/digits-crown-ibp", crown, digits(40, 20), digits(80, 40))
	registerLoss("mlp-2x100/mnist-crown-ibp", crown, mnistQuick(0.1), mnistPaper(0.1))
}

// registerLoss adds a recipe whose name begins with the network's, and ends in that of the loss.
func registerLoss(name string, l loss, quick, paper Recipe) {
	for _, r := range []*Recipe{&quick, &paper} {
		r.Arch, _, _ = strings.Cut(name, "/")
		l.change(&r.Train)
		r.Plan = Plan{Gamma: 1}
	}
	register(name, fmt.Sprintf("%s network, %s training, %s, eps %s", paper.Arch, l.name, paper.Data,
		radius(paper.Train.Eps)), quick, paper)
}

// losses are all methods but CP and CROWN-IBP; tau/eps is SABR's, alpha the weight of IBP in the expressive losses.
func losses(eps, tau, alpha float64, attack train.Attack) []loss {
	whole := attack
	whole.Scale = 0 // only the expressive losses attack in a larger ball
	attacking := func(m train.Method, a train.Attack, share float64) func(*train.Config) {
		return func(c *train.Config) { c.Method, c.Attack, c.Share = m, a, share }
	}
	return []loss{
		{"natural", func(c *train.Config) { c.Method = train.Natural }},
		{"pgd", attacking(train.PGD, whole, 0)},
		{"rs", func(c *train.Config) { c.Method, c.Attack, c.RS = train.PGD, whole, 1 }},
		{"ibp", func(c *train.Config) { c.Method, c.Kappa = train.IBP, train.Range{Start: 1, End: 0.5} }},
		{"sabr", attacking(train.SABR, whole, tau)},
		{"mtl-ibp", attacking(train.MTLIBP, attack, alpha)},
		{"cc-ibp", attacking(train.CCIBP, attack, alpha)},
		{"exp-ibp", attacking(train.EXPIBP, attack, alpha)},
	}
}

// modern is the schedule of the later papers: Adam 5e-4, batch 128, gradients clipped at 10, L1 2e-6, one epoch of
// warm-up.
func modern(r Recipe, epochs, ramp int, decay train.Decay) Recipe {
	r.Train = train.Config{
		Epochs: epochs, Batch: 128, Eps: r.Train.Eps, Box: r.Train.Box, Warmup: 1, Ramp: ramp, RampForm: train.Smoothed,
		LearningRate: 5e-4, Decay: decay, ClipGradient: 10, L1: 2e-6, Augment: r.Train.Augment,
	}
	r.Eval.ValidateEvery = 4
	return r
}

func modernCIFAR(eps float64) Recipe {
	r := cifarCP("small", eps)
	r.Mean, r.Std, r.Init = zhangMean, zhangStd, UniformInit
	r.Train.Box, r.Train.Augment = unit, &data.Augment{Flip: true, Pad: 4}
	r.Eval.PGDStepSize = 0.002
	return modern(r, 160, 80, train.Decay{Factor: 0.2, At: []int{120, 140}})
}
