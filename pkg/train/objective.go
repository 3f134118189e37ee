package train

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/tight"
)

// batch is one training step as graph nodes.
type batch struct {
	config    Config
	net       *net.Symbolic
	params    []*Node // the network's parameters
	x, labels *Node   // [batch, input...], [batch] int32

	eps, lambda, gamma, kappa, beta *Node // scalars, scheduled

	random *Node   // state of the random numbers, which each draw advances; nil if the method draws none
	needed []*Node // units of each relu but the first that need rows, [rows]; none: all
	clean  *Node   // margins of the clean inputs, where a loss has asked for them: see [batch.cleanMargins]
}

// measures are the means over a batch that a step reports, all scalars.
type measures struct {
	loss *Node // what is minimised
	// the robust part of the loss: the cross-entropy at the bounds or attacks (natural training: of the clean inputs)
	robust *Node
	// means over other classes and samples (some of them where the loss does not need d and r); 0 if the method does
	// not measure them
	d, r     *Node
	unproven *Node // fraction of samples that the loss's bound does not certify, or that its attack changes
	unstable *Node // unstable neurons per sample
	wrong    *Node // fraction of the clean samples that are misclassified: see [batch.wrong]
	negative *Node // mean of the part of d below 0, which the loss leaves out: 0 to rounding unless l, u are estimates
}

// objective builds the loss of a batch in a stage.
func objective(stage stage, b *batch) measures {
	var m measures
	switch stage {
	case naturalStage:
		m = natural(b)
	case ibpStage:
		b.config.Lambda, b.config.Gamma = 0, 0 // the regularizers belong to the first stage
		m = interval(b)
	default:
		m = methods[b.config.Method].loss(b)
	}
	m.wrong = b.wrong()
	return b.withL1(b.withCrossLipschitz(m))
}

// region is the ball of the scheduled radius around the batch.
func (b *batch) region() *region.Region { return b.regionOf(b.eps) }

func (b *batch) regionOf(eps *Node) *region.Region {
	return region.AtEps(ball.Ball{Norm: b.config.Norm, Box: b.config.Box}, b.x, eps)
}

// problem asks for the margins over the other classes in a region.
func (b *batch) problem(region *region.Region) *bound.Problem {
	return &bound.Problem{Net: b.net, Region: region, Spec: b.spec(), Needed: append([]*Node{nil}, b.needed...)}
}

func (b *batch) spec() *Node { return bound.OtherMargins(b.labels, b.net.Classes(), b.x) }

// margins of the real network over the other classes, [batch, classes-1].
func (b *batch) margins(x *Node) *Node { return region.PairSum(b.spec(), b.net.Forward(x)) }

// cleanMargins are the margins of the clean inputs, for losses that need them.
func (b *batch) cleanMargins() *Node {
	if b.clean == nil {
		b.clean = b.margins(b.x)
	}
	return b.clean
}

// wrong is the fraction of clean samples that are misclassified, of those of [batch.part] where the loss does not need
// the network's value at all: it takes an eighth of an IBP step.
func (b *batch) wrong() *Node {
	if b.clean != nil {
		return unproven(b.clean)
	}
	n := b.part()
	first := func(x *Node) *Node { return Slice(x, AxisRange(0, n)) }
	part := *b
	part.x, part.labels = first(b.x), first(b.labels)
	return unproven(part.margins(part.x))
}

// measured starts the measures of a robust loss at margins [batch, classes-1].
func (b *batch) measured(margins *Node) measures {
	ce := crossEntropy(margins)
	zero := ZerosLike(ce)
	return measures{loss: ce, robust: ce, d: zero, r: zero, unstable: zero, negative: zero, unproven: unproven(margins)}
}

// unproven is the fraction of samples whose smallest margin is not positive.
func unproven(margins *Node) *Node {
	worst := ReduceMin(margins, -1)
	return ReduceAllMean(ConvertDType(LessOrEqual(worst, ZerosLike(worst)), margins.DType()))
}

// regularize adds lambda mean d + gamma mean r of a technique's optimum to the loss (docs/method.md, section 13).
func (b *batch) regularize(m *measures, p *bound.Problem, result *bound.Result) {
	ind := tight.Measure(p, result, b.config.Tight)
	m.d, m.r = ReduceAllMean(ind.D), ReduceAllMean(ind.R)
	m.negative = ReduceAllMean(MinScalar(Sub(ind.PO, result.Margins), 0))
	if b.config.Lambda > 0 {
		m.loss = Add(m.loss, Mul(b.lambda, m.d))
	}
	if b.config.Gamma > 0 {
		m.loss = Add(m.loss, Mul(b.gamma, m.r))
	}
}

// sampled: what the loss does not need is measured on one sample in so many.
const sampled = 8

// part is the number of samples that stand for the (shuffled) batch in what the loss does not need: the first eighth,
// rounded up. An epoch then measures as many samples with small batches as with large ones.
func (b *batch) part() int {
	n := b.x.Shape().Dimensions[0]
	return (n + sampled - 1) / sampled
}

// regularizeOrSample is regularize where the loss needs d or r. Else they are only reported, and measured on
// [batch.part]: running the network at every x* takes as long as the bound itself.
func (b *batch) regularizeOrSample(m *measures, p *bound.Problem, result *bound.Result) {
	if b.config.Lambda == 0 && b.config.Gamma == 0 {
		p, result = bound.FirstSamples(p, result, b.part())
	}
	b.regularize(m, p, result)
}

// regularizeIntervals is regularize for losses on interval bounds: the indicators are CROWN-IBP's, on the same l, u.
// They cost a backward pass, so nothing is done where both weights are 0.
func (b *batch) regularizeIntervals(m *measures, p *bound.Problem, layers []bound.Interval) {
	if b.config.Lambda == 0 && b.config.Gamma == 0 {
		return
	}
	known := *p
	known.Intermediate = layers
	b.regularize(m, &known, bound.CROWN{}.Bound(&known))
}

// crossEntropy is the mean of log(1 + sum_t exp(-margin_t)): the cross-entropy of logits that are 0 at the label
// and -margin_t at the other classes. margins [batch, classes-1].
func crossEntropy(margins *Node) *Node {
	logits := Neg(margins)
	top := StopGradient(MaxScalar(ReduceAndKeep(logits, ReduceMax, -1), 0))
	total := Add(ReduceSum(Exp(Sub(logits, top)), -1), Exp(Neg(Squeeze(top, -1))))
	return ReduceAllMean(Add(Log(total), Squeeze(top, -1)))
}

// count adds up the mean number of unstable neurons per sample.
func (b *batch) count(m *measures, layers []bound.Interval) {
	for k, i := range layers {
		vertex := b.net.Vertices[b.net.Activations()[k]].Inputs[0]
		l, u := b.net.InOrder(vertex, i.Lower), b.net.InOrder(vertex, i.Upper)
		zero := ZerosLike(l)
		flags := ConvertDType(LogicalAnd(LessThan(l, zero), GreaterThan(u, zero)), zero.DType())
		n := DivScalar(ReduceAllSum(flags), float64(flags.Shape().Dimensions[0]))
		m.unstable = Add(m.unstable, n)
	}
}

// mixed is (1-t) a + t b.
func mixed(a, b, t *Node) *Node { return Add(Mul(OneMinus(t), a), Mul(t, b)) }
