package train

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/net"
	"tightrope/pkg/tight"
)

// batchNodes are the inputs of one training step.
type batchNodes struct {
	x, labels           *Node // [batch, input...], [batch] int32
	eps, lambda, gamma_ *Node // scalars
}

// measures are the means over a batch that a step reports, all scalars.
type measures struct {
	loss     *Node // what is minimised
	robust   *Node // cross-entropy at the bounds (or of the clean inputs, for natural training)
	d, r     *Node // means over other classes and samples
	unproven *Node // part of the samples that are not certified
	unstable *Node // unstable neurons a sample
}

// objective builds the loss of a batch for a configuration.
func objective(c Config, s *net.Symbolic, b batchNodes) measures {
	if c.Method == Natural {
		return natural(s, b)
	}
	return robust(c, s, b, bound.FastLin{})
}

// robust is CE(-p_C, y) + lambda mean d + gamma mean r (METHOD section 5).
func robust(c Config, s *net.Symbolic, b batchNodes, technique bound.Technique) measures {
	p := &bound.Problem{
		Net:    s,
		Region: ball.Ball{Norm: c.Norm, Box: c.Box}.AtEps(b.x, b.eps),
		Spec:   bound.OtherMargins(b.labels, s.Classes(), b.x),
	}
	result := technique.Bound(p)
	m := measures{robust: crossEntropy(result.Margins)}
	m.loss = m.robust
	m.unproven = ReduceAllMean(ConvertDType(LessOrEqual(ReduceMin(result.Margins, -1), ScalarZero(b.x.Graph(), b.x.DType())), b.x.DType()))
	m.unstable = unstable(result.Layers)
	ind := tight.Measure(p, result, c.Tight)
	m.d, m.r = ReduceAllMean(ind.D), ReduceAllMean(ind.R)
	if c.Lambda > 0 {
		m.loss = Add(m.loss, Mul(b.lambda, m.d))
	}
	if c.Gamma > 0 {
		m.loss = Add(m.loss, Mul(b.gamma_, m.r))
	}
	return m
}

// natural is the cross-entropy of the clean inputs.
func natural(s *net.Symbolic, b batchNodes) measures {
	spec := bound.OtherMargins(b.labels, s.Classes(), b.x)
	margins := ball.PairSum(spec, s.Forward(b.x))
	ce := crossEntropy(margins)
	zero := ZerosLike(ce)
	return measures{loss: ce, robust: ce, d: zero, r: zero, unstable: zero,
		unproven: ReduceAllMean(ConvertDType(LessOrEqual(ReduceMin(margins, -1), zero), b.x.DType()))}
}

// crossEntropy is the mean of log(1 + sum_t exp(-margin_t)): the cross-entropy of logits that are 0 at the label
// and -margin_t at the other classes. margins [batch, classes-1].
func crossEntropy(margins *Node) *Node {
	logits := Neg(margins)
	top := StopGradient(MaxScalar(ReduceAndKeep(logits, ReduceMax, -1), 0))
	total := Add(ReduceSum(Exp(Sub(logits, top)), -1), Exp(Neg(Squeeze(top, -1))))
	return ReduceAllMean(Add(Log(total), Squeeze(top, -1)))
}

// unstable is the mean number of unstable neurons a sample.
func unstable(layers []bound.Interval) *Node {
	var total *Node
	for _, i := range layers {
		zero := ZerosLike(i.Lower)
		flags := ConvertDType(LogicalAnd(LessThan(i.Lower, zero), GreaterThan(i.Upper, zero)), zero.DType())
		n := DivScalar(ReduceAllSum(flags), float64(flags.Shape().Dimensions[0]))
		if total == nil {
			total = n
		} else {
			total = Add(total, n)
		}
	}
	return total
}
