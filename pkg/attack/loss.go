package attack

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Loss is the loss that an attack increases.
type Loss int

// The losses.
const (
	// Turns, the default, uses Margin in the run from the image itself and in every second run after that, and
	// ScaledCrossEntropy in the others. Each finds points that the other misses.
	Turns Loss = iota
	// Margin is minus the smallest margin. Its direction does not depend on the logits' scale, so it never saturates.
	Margin
	// CrossEntropy is that of the logits, as in the paper's evaluation (Madry et al. 2018). Its gradient vanishes on
	// confident networks.
	CrossEntropy
	// DLR is minus the smallest margin over the difference of the largest and the third largest logit (Croce and Hein
	// 2020, eq. 4): the difference of logits ratio, which does not depend on the scale or the shift of the logits.
	// Networks of fewer than three classes are attacked by Margin instead.
	DLR
	// ScaledCrossEntropy is the cross-entropy of the logits over their own size, the mean |margin|. Like the
	// cross-entropy it depends on all classes; like the margin it does not saturate.
	ScaledCrossEntropy
	// EachClass is minus the margin to one other class, for each class in turn. The first runs start from the image
	// itself, one for each other class, even if Restarts is smaller. It costs one run per other class, and finds the
	// least margin even if it belongs to a class that is not the nearest one at the image.
	EachClass
)

// lossNames are as in records; lossShort are what the command line takes too.
var (
	lossNames = []string{"margin and scaled cross-entropy in turn", "margin", "cross-entropy", "dlr",
		"scaled cross-entropy", "margin to each other class in turn"}
	lossShort = map[string]Loss{"both": Turns, "ce": CrossEntropy, "scaled-ce": ScaledCrossEntropy,
		"each-class": EachClass}
)

// String is the loss's name.
func (l Loss) String() string {
	if l < 0 || int(l) >= len(lossNames) {
		return fmt.Sprintf("Loss(%d)", int(l))
	}
	return lossNames[l]
}

// ParseLoss reads a loss's name, or one of both, each-class, ce and scaled-ce. It returns an error, which lists the
// names, for any other.
func ParseLoss(name string) (Loss, error) {
	for l, known := range lossNames {
		if name == known {
			return Loss(l), nil
		}
	}
	if l, ok := lossShort[name]; ok {
		return l, nil
	}
	return 0, fmt.Errorf("loss %q of the attack: use both, margin, each-class, dlr, ce or scaled-ce", name)
}

// MarshalText implements encoding.TextMarshaler.
func (l Loss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Loss) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLoss(string(text))
	return err
}

// leastClasses is the number of classes that the difference of logits ratio needs.
const leastClasses = 3

// on is the loss that is increased on a network with a number of classes.
func (l Loss) on(classes int) Loss {
	if l == DLR && classes < leastClasses {
		return Margin
	}
	return l
}

// turn is what [Loss.objective] needs to know of a run, counted from 0, on a network of so many classes.
func (l Loss) turn(run, classes int) int {
	if l == EachClass {
		return run % (classes - 1)
	}
	return run % 2
}

// fromImage is the number of runs that start from the image itself, before those from random points.
func (l Loss) fromImage(classes int) int {
	if l == EachClass {
		return classes - 1
	}
	return 1
}

// objective is what is ascended, of each sample [batch]: logits [batch, classes], margins [batch, classes - 1], the
// smallest of them worst [batch]; turn is that of the run.
func (l Loss) objective(logits, margins, worst, turn *Node) *Node {
	switch l.on(logits.Shape().Dimensions[1]) {
	case Turns:
		return Add(Mul(OneMinus(turn), Neg(worst)), Mul(turn, scaledCrossEntropy(margins, worst)))
	case EachClass:
		others := margins.Shape().Dimensions[1]
		target := OneHot(ConvertDType(turn, dtypes.Int32), others, margins.DType())
		return Neg(ReduceSum(Mul(margins, BroadcastToDims(InsertAxes(target, 0), margins.Shape().Dimensions...)), -1))
	case CrossEntropy:
		return crossEntropy(margins, worst)
	case ScaledCrossEntropy:
		return scaledCrossEntropy(margins, worst)
	case DLR:
		return Neg(Div(worst, unlessZero(firstToThird(logits))))
	}
	return Neg(worst)
}

func scaledCrossEntropy(margins, worst *Node) *Node {
	size := unlessZero(StopGradient(ReduceMean(Abs(margins), -1)))
	return crossEntropy(Div(margins, InsertAxes(size, -1)), Div(worst, size))
}

// unlessZero is a divisor, or 1 where it is not positive.
func unlessZero(x *Node) *Node { return Where(GreaterThan(x, ZerosLike(x)), x, OnesLike(x)) }

// crossEntropy is log(1 + sum exp(-margin)) of each sample: [batch].
func crossEntropy(margins, worst *Node) *Node {
	top := StopGradient(MaxScalar(Neg(worst), 0))
	total := Add(ReduceSum(Exp(Sub(Neg(margins), InsertAxes(top, -1))), -1), Exp(Neg(top)))
	return Add(Log(total), top)
}

// firstToThird is the largest minus the third largest logit: [batch].
func firstToThird(logits *Node) *Node {
	left := logits
	for range leastClasses - 1 {
		top := OneHot(ArgMax(left, -1), logits.Shape().Dimensions[1], logits.DType())
		least := BroadcastToShape(Infinity(left.Graph(), left.DType(), -1), left.Shape())
		left = Where(GreaterThan(top, ZerosLike(top)), least, left)
	}
	return Sub(ReduceMax(logits, -1), ReduceMax(left, -1))
}
