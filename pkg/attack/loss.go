package attack

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// Loss is what the attack ascends.
type Loss int

// The losses.
const (
	// Margin is minus the smallest margin, the default. Its direction does not depend on the logits' scale, so it never
	// saturates.
	Margin Loss = iota
	// CrossEntropy is that of the logits, as in the paper's evaluation (Madry et al. 2018). Its gradient vanishes on
	// confident networks.
	CrossEntropy
	// DLR is minus the smallest margin over the difference of the largest and the third largest logit (Croce and Hein
	// 2020, eq. 4): the difference of logits ratio, which knows neither their scale nor their shift. Networks of fewer
	// than three classes are attacked by Margin instead.
	DLR
)

// lossNames are as in records; lossShort what the command line takes too.
var (
	lossNames = []string{"margin", "cross-entropy", "dlr"}
	lossShort = map[string]Loss{"ce": CrossEntropy}
)

// String is the loss's name.
func (l Loss) String() string {
	if l < 0 || int(l) >= len(lossNames) {
		return fmt.Sprintf("Loss(%d)", int(l))
	}
	return lossNames[l]
}

// ParseLoss reads a loss's name: margin, dlr, cross-entropy, or ce for the last.
func ParseLoss(name string) (Loss, error) {
	for l, known := range lossNames {
		if name == known {
			return Loss(l), nil
		}
	}
	if l, ok := lossShort[name]; ok {
		return l, nil
	}
	return 0, fmt.Errorf("loss %q of the attack: use margin, dlr or ce", name)
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

// on is the loss that is ascended on a network of so many classes.
func (l Loss) on(classes int) Loss {
	if l == DLR && classes < leastClasses {
		return Margin
	}
	return l
}

// objective is the sum over the batch of what is ascended: logits [batch, classes], margins [batch, classes - 1], the
// smallest of them worst [batch].
func (l Loss) objective(logits, margins, worst *Node) *Node {
	switch l.on(logits.Shape().Dimensions[1]) {
	case CrossEntropy:
		top := StopGradient(MaxScalar(Neg(worst), 0))
		total := Add(ReduceSum(Exp(Sub(Neg(margins), InsertAxes(top, -1))), -1), Exp(Neg(top)))
		return ReduceAllSum(Add(Log(total), top))
	case DLR:
		spread := firstToThird(logits)
		none := LessOrEqual(spread, ZerosLike(spread)) // three equal logits: the margin itself
		return Neg(ReduceAllSum(Div(worst, Where(none, OnesLike(spread), spread))))
	}
	return Neg(ReduceAllSum(worst))
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
