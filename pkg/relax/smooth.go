package relax

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// Smooth is a smooth increasing activation f other than relu. It is convex, or S-shaped: convex below 0 and concave
// above, with f(z) - f(0) odd. All lines follow from f, its slope f', and the z where f' has a given value.
type Smooth struct {
	Name     string
	Convex   bool    // else S-shaped
	Steepest float64 // the largest slope, which an S-shaped one has at 0
	far      float64 // S-shaped: where tangents through a point below 0 touch at the farthest

	at, slope func(z float64) float64
	level     func(s float64) float64 // the z with f'(z) = s; of S-shaped ones that which is not negative
	graph     nodes
}

// nodes are the three functions as graph code; no gradient passes through level.
type nodes struct{ at, slope, level func(*Node) *Node }

// At is f(z).
func (f *Smooth) At(z float64) float64 { return f.at(z) }

// Slope is f'(z).
func (f *Smooth) Slope(z float64) float64 { return f.slope(z) }

// Graph is f(z), elementwise, of any shape.
func (f *Smooth) Graph(z *Node) *Node { return f.graph.at(z) }

// GraphSlope is f'(z), elementwise, of any shape.
func (f *Smooth) GraphSlope(z *Node) *Node { return f.graph.slope(z) }

// functions are all of them.
var functions = []*Smooth{
	{Name: "sigmoid", Steepest: 0.25, far: 16, at: sigmoid,
		slope: func(z float64) float64 { return sigmoid(z) * sigmoid(-z) },
		level: func(s float64) float64 { return 2 * arTanhRoot(4*s) },
		graph: nodes{
			at:    Logistic,
			slope: func(z *Node) *Node { return Mul(Logistic(z), Logistic(Neg(z))) },
			level: func(s *Node) *Node { return MulScalar(graphArTanhRoot(MulScalar(s, 4)), 2) },
		}},
	{Name: "tanh", Steepest: 1, far: 8, at: math.Tanh,
		slope: func(z float64) float64 { return 4 * sigmoid(2*z) * sigmoid(-2*z) },
		level: arTanhRoot,
		graph: nodes{
			at:    Tanh,
			slope: func(z *Node) *Node { return OneMinus(Square(Tanh(z))) },
			level: graphArTanhRoot,
		}},
	{Name: "softplus", Convex: true, Steepest: 1, at: softplus, slope: sigmoid,
		level: func(s float64) float64 { return math.Log(s) - math.Log1p(-s) },
		graph: nodes{
			at:    graphSoftplus,
			slope: Logistic,
			level: func(s *Node) *Node { return Sub(Log(MaxScalar(s, tiny)), Log(MaxScalar(OneMinus(s), tiny))) },
		}},
}

// Smooths are the smooth activations: sigmoid, tanh and softplus.
func Smooths() []*Smooth { return append([]*Smooth(nil), functions...) }

// SmoothOf returns the smooth activation with a name; nil if there is none.
func SmoothOf(name string) *Smooth {
	for _, f := range functions {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// tiny keeps logarithms finite, in float32 too.
const tiny = 1e-37

// sigmoid is 1/(1+e^-z), whose exponential never overflows.
func sigmoid(z float64) float64 {
	e := math.Exp(-math.Abs(z))
	if z < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// softplus is log(1+e^z).
func softplus(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }

// graphSoftplus has the slope 1/2 at 0, which the maximum of z and 0 does not.
func graphSoftplus(z *Node) *Node {
	size := Abs(z)
	return Add(MulScalar(Add(z, size), 0.5), Log1p(Exp(Neg(size))))
}

// arTanhRoot is artanh(sqrt(1-s)), the z >= 0 at which tanh has the slope s, for 0 <= s <= 1; +Inf for 0.
func arTanhRoot(s float64) float64 {
	s = min(max(s, 0), 1)
	return math.Log1p(math.Sqrt(1-s)) - math.Log(s)/2
}

// graphArTanhRoot is arTanhRoot, but finite for 0.
func graphArTanhRoot(s *Node) *Node {
	s = ClipScalar(s, tiny, 1)
	return Sub(Log1p(Sqrt(OneMinus(s))), MulScalar(Log(s), 0.5))
}
