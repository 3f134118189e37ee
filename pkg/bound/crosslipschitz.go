package bound

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
)

// CrossLipschitz is the local bound of Hein and Andriushchenko (2017) for one hidden layer in l_2 balls. The difference
// of two logits has the gradient g = sum_r s_r h_r w_r, w_r the rows of the hidden layer, h its row over the outputs,
// and s_r the activation's slope, of which lower and upper bounds 0 <= a_r <= s_r <= b_r are known. So
//
//	||g||^2 = sum_rt s_r s_t Q_rt <= sum over Q_rt > 0 of b_r b_t Q_rt + sum over Q_rt < 0 of a_r a_t Q_rt,
//
// where Q_rt = h_r h_t w_r.w_t. It knows which rows point the same way, which the intervals of [FastLip] do not, and
// forgets which inputs they share. The larger of both bounds counts, so it is never below Fast-Lip; in other norms, and
// on networks of more layers, it is Fast-Lip.
//
// The paper's activation is softplus, whose slopes in [l, u] are between its derivatives at l and u; those of sigmoid
// and tanh are between the least and the largest derivative there. For relu they are 1 where the unit is active, 0
// if it is inactive, and from 0 to 1 else: those of secants, as in Fast-Lip.
type CrossLipschitz struct {
	Intermediate Technique // bounds of the hidden units; nil: Fast-Lin's
}

func init() { graphs[technique.CrossLipschitz] = CrossLipschitz{} }

// Name implements Technique.
func (CrossLipschitz) Name() string { return technique.CrossLipschitz.String() }

func (CrossLipschitz) untraced() {}

// works implements works: Fast-Lip's, and the products of the rows of hidden units.
func (c CrossLipschitz) works(m model) []Work {
	all := c.local().works(m)
	if activations := m.Activations(); len(activations) == 1 {
		vertex := m.Vertices[activations[0]].Inputs[0]
		rows := m.pass("products", WholeRows, vertex, size(m.ShapeOf(vertex)))
		rows.Pieces = 1
		all = append(all, rows)
	}
	return all
}

func (c CrossLipschitz) local() FastLip { return FastLip{Intermediate: c.Intermediate} }

// Layers implements Technique.
func (c CrossLipschitz) Layers(p *Problem) []Interval { return c.local().Layers(p) }

// Bound implements Technique.
func (c CrossLipschitz) Bound(p *Problem) *Result {
	shared := *p
	shared.Intermediate = p.layers(c)
	r := c.local().Bound(&shared)
	if h, rows := oneHidden(p); h != nil && p.Region.Norm() == ball.L2 {
		lower, upper := p.secants(0, shared.Intermediate[0])
		steepest := steepestProduct(h, rows, lower, upper)
		r.Margins = Max(r.Margins, Sub(p.marginsAtX(), Mul(p.Region.Reach(), steepest)))
	}
	return r
}

// oneHidden are the row over the outputs of the only hidden layer, [batch or 1, spec, units], and the rows of its units
// over the input, [units, inputs]; nil if there are more layers, or a way round that one.
func oneHidden(p *Problem) (h, rows *Node) {
	if len(p.Net.Activations()) != 1 || p.inputOf(0) == net.InputNode {
		return nil, nil
	}
	around := p.Net.Backward(p.last(), p.Spec, func(_ int, over *Node) *Node {
		h = over
		return nil
	}, nil)
	if around != nil || h == nil {
		return nil, nil
	}
	d, units := h.Shape().Dimensions, size(p.Net.ShapeOf(p.inputOf(0)))
	rows = p.Net.Backward(p.inputOf(0), nil, nil, nil)
	return Reshape(h, d[0], d[1], units), Reshape(rows, units, -1)
}

// secants bounds the slopes of activation k's secants on an interval of its input, [batch, units...].
func (p *Problem) secants(k int, i Interval) (lower, upper *Node) {
	if f := p.Net.SmoothAt(k); f != nil {
		return f.GraphSecants(i.Lower, i.Upper)
	}
	return reluSlopes(i.Lower, i.Upper)
}

// reluSlopes are those of relu's secants.
func reluSlopes(l, u *Node) (lower, upper *Node) {
	zero, one := ZerosLike(l), OnesLike(l)
	return Where(GreaterOrEqual(l, zero), one, zero), Where(LessOrEqual(u, zero), zero, one)
}

// steepestProduct bounds the l_2 norm of the gradient of each row, [batch, spec], for slopes between lower and upper.
// The sums over the entries of Q of one sign are halves of ||W^T x||^2 + |x|^T |W W^T| |x| and ||W^T x||^2 - |x|^T |W
// W^T| |x|, with x = b h and x = a h. Squares are of parts of the largest entries, so that none of small numbers is
// lost.
func steepestProduct(h, rows, lower, upper *Node) *Node {
	batch := lower.Shape().Dimensions[0]
	largest := parts(ReduceMax(Abs(rows), -1))
	rows, h = Div(rows, InsertAxes(largest, -1)), Mul(h, Reshape(largest, 1, 1, -1))
	above := Mul(h, Reshape(upper, batch, 1, -1))
	scale := parts(ReduceAndKeep(Abs(above), ReduceMax, -1))
	square, reach := pairs(Div(above, scale), rows)
	low, small := pairs(Div(Mul(h, Reshape(lower, batch, 1, -1)), scale), rows)
	d := rows.Shape().Dimensions
	rounding := 8 * float64(d[0]+d[1]+8) * unitRoundoff(h.DType()) // of sums of products of three factors
	sum := MulScalar(Add(Add(square, reach), Sub(low, small)), 0.5)
	sum = Add(sum, MulScalar(Add(reach, small), rounding))
	return Mul(rootOf(MaxScalar(sum, 0)), Squeeze(scale, -1))
}

// pairs are ||W^T x||^2 and |x|^T |W W^T| |x| for each x [batch, spec, units] and W [units, inputs]: [batch, spec].
func pairs(x, rows *Node) (square, reach *Node) {
	gram := Abs(Dot(rows, rows).General([]int{1}, nil, []int{1}, nil))
	y := Dot(x, rows).General([]int{2}, nil, []int{0}, nil)
	z := Dot(Abs(x), gram).General([]int{2}, nil, []int{0}, nil)
	return ReduceSum(Square(y), -1), ReduceSum(Mul(Abs(x), z), -1)
}

// parts are divisors of sizes: 1 where they are 0, and constants for gradients, since scales cancel.
func parts(x *Node) *Node {
	return StopGradient(Where(GreaterThan(x, ZerosLike(x)), x, OnesLike(x)))
}

// rootOf is the square root of x >= 0 with gradient 0 at 0.
func rootOf(x *Node) *Node {
	zero := LessOrEqual(x, ZerosLike(x))
	return Where(zero, ZerosLike(x), Sqrt(Where(zero, OnesLike(x), x)))
}
