package recipe

import (
	"fmt"

	"tightrope/pkg/train"
)

// DiffAI (Mirman et al. 2018) on hybrid zonotopes, boxes and zonotopes, with the schedules of CP training on the same
// network. Half of the loss is the cross-entropy of the clean inputs at the end; the paper's weights are not published
// for these networks.
func init() {
	for _, d := range []train.Domain{train.HybridDomain, train.BoxDomain, train.ZonotopeDomain} {
		registerDiffAI("mlp-2x100/digits", d, digits(40, 10), digits(80, 20))
		registerDiffAI("mlp-2x100/mnist", d, mnistQuick(0.1), mnistPaper(0.1))
	}
	// A generator for each of 784 pixels: about a thousand forward passes a sample.
	small := mnistCP("small", 0.1)
	registerDiffAI("small/mnist", train.HybridDomain, quickly(small, 4, 500), small)
	registerDiffAI("small/mnist", train.BoxDomain, quickly(small, 8, 2000), small)
}

// registerDiffAI adds a recipe whose name ends in diffai, and in the domain where that is not the hybrid zonotope.
func registerDiffAI(name string, d train.Domain, quick, paper Recipe) {
	for _, r := range []*Recipe{&quick, &paper} {
		r.Train.Method, r.Train.Domain, r.Train.Kappa = train.DiffAI, d, train.Range{Start: 1, End: 0.5}
		r.Plan = Plan{Gamma: 1, Seeds: r.Plan.Seeds}
	}
	what := map[train.Domain]string{train.HybridDomain: "hybrid zonotopes", train.BoxDomain: "boxes",
		train.ZonotopeDomain: "zonotopes"}[d]
	register(name+"-diffai"+suffix(d != train.HybridDomain, "-"+d.String()),
		fmt.Sprintf("%s network, DiffAI training on %s, %s, eps %s", paper.Arch, what, paper.Data,
			radius(paper.Train.Eps)), quick, paper)
}
