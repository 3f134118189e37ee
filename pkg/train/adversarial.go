package train

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/bound"
	"tightrope/pkg/region"
)

// Attack configures the PGD attack inside a training step, which starts at a random point of the ball.
type Attack struct {
	Steps    int     `json:"steps"`
	StepSize float64 `json:"step_size"`       // pixel units at the target radius; it shrinks with eps in the ramp
	Scale    float64 `json:"scale,omitempty"` // radius of the attack over eps; 0: 1
}

func (a Attack) scale() float64 {
	if a.Scale == 0 {
		return 1
	}
	return a.Scale
}

// adversarial is the cross-entropy at the points that PGD finds (Madry et al. 2018).
func adversarial(b *batch) measures {
	m := b.measured(b.attacked())
	if b.config.RS > 0 || b.config.Lambda > 0 || b.config.Gamma > 0 {
		p := b.problem(b.region())
		b.onIntervals(&m, p, bound.IBP{}.Layers(p))
	}
	return m
}

// attacked are the margins at the points that PGD finds in the attack's radius, [batch, classes-1].
func (b *batch) attacked() *Node {
	eps := MulScalar(b.eps, b.config.Attack.scale())
	return b.margins(b.worst(b.regionOf(eps)))
}

// worst is the point of a region, for each sample, to which PGD climbs on the cross-entropy; it is a constant for
// gradients. [batch, input...]
func (b *batch) worst(region *region.Region) *Node {
	size := MulScalar(b.eps, b.config.Attack.StepSize/b.config.Eps)
	x := b.start(region)
	for range b.config.Attack.Steps {
		x = StopGradient(x)
		// The sum, not the mean: a sample's gradient must not depend on the batch.
		loss := MulScalar(crossEntropy(b.margins(x)), float64(x.Shape().Dimensions[0]))
		x = region.Project(Add(x, Mul(size, region.Steepest(Gradient(loss, x)[0]))))
	}
	return StopGradient(x)
}

// start draws a point of the region: uniform in its hull, then projected.
func (b *batch) start(region *region.Region) *Node {
	var u *Node
	b.random, u = RandomUniform(b.random, b.x.Shape())
	return region.Project(Add(region.Lower, Mul(u, Sub(region.Upper, region.Lower))))
}
