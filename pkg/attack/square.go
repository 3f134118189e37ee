package attack

import (
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// square is a random search that changes one square of the image at once and keeps what does not raise the margin: it
// looks at logits only, so it needs no gradient.
//
// For l_inf the square goes to the ends of the hull, by channel; for l_2 it takes over the length of another square.
// For l_1 it does as for l_2 with lengths in l_1, which keeps the step's length too, and the projection brings it back
// to the ball where the box cut it.
type square struct {
	program *engine.Program
	step    *engine.Compiled
	options Options
	image   image
}

// patience is the number of queries between two looks whether all samples are misclassified.
const patience = 20

func newSquare(p *engine.Program, o Options) (s *square, err error) {
	s = &square{program: p, options: o, image: newImage(p.Network().Input)}
	s.step, err = p.Compile(s.graph)
	return s, err
}

// graph takes clean, labels, eps, whether the search begins (1) or continues (0), the least margin, its point, and a
// proposal; it returns margin and point, those of the proposal where its margin is not larger.
func (a *square) graph(s *net.Symbolic, args []*Node) []*Node {
	clean, labels, eps, begins, margin, point := args[0], args[1], args[2], args[3], args[4], args[5]
	r := region.AtEps(a.options.Ball, clean, eps)
	from := Where(BroadcastToDims(GreaterThan(begins, ZerosLike(begins)), clean.Shape().Dimensions...), clean, point)
	var x *Node
	if a.options.Ball.Norm == ball.Linf {
		zero := ZerosLike(from)
		x = Where(GreaterThan(args[6], zero), r.Upper, Where(LessThan(args[6], zero), r.Lower, from))
	} else {
		x = r.Project(Add(clean, a.moved(Sub(from, clean), args[6], args[7], eps)))
	}
	logits := s.Forward(x)
	worst := unlessOverflow(ReduceMin(region.PairSum(bound.OtherMargins(labels, s.Classes(), x), logits), -1), logits)
	keep := LessOrEqual(worst, margin) // equal ones too: so it crosses plateaus
	return []*Node{Where(keep, worst, margin), Where(perSample(keep, x), x, point)}
}

// moved is a step away from the image, [batch, input...], whose length in one window, [batch, input...] of zeros and
// ones, is moved to another, which a pattern, not 0 there, tells: (Andriushchenko et al. 2020, Algorithm 3).
func (a *square) moved(delta, pattern, from, eps *Node) *Node {
	d, n := a.channels(delta), a.options.Ball.Norm
	new, old := a.channels(pattern), a.channels(from)
	zero := ZerosLike(d)
	inNew := NotEqual(new, zero)
	inEither := LogicalOr(inNew, GreaterThan(old, zero))
	spare := MaxScalar(Sub(raised(eps, n), ReduceAndKeep(raised(Abs(d), n), ReduceSum, 1, 2)), 0)
	budget := Add(DivScalar(spare, float64(a.image.channels)),
		ReduceAndKeep(raised(Where(inEither, Abs(d), zero), n), ReduceSum, 2))
	here := Where(inNew, d, zero)
	mixed := Where(inNew, Add(new, Div(here, unlessZero(length(here, n)))), zero)
	mixed = Mul(Div(mixed, unlessZero(length(mixed, n))), rooted(budget, n))
	return ReshapeLike(Where(inNew, mixed, Where(inEither, zero, d)), delta)
}

// channels are inputs as [batch, channel, pixels].
func (a *square) channels(x *Node) *Node {
	return Reshape(x, x.Shape().Dimensions[0], a.image.channels, -1)
}

// raised is a length to the power of its norm, 1 or 2, in which lengths of parts add up.
func raised(x *Node, n ball.Norm) *Node {
	if n == ball.L2 {
		return Mul(x, x)
	}
	return x
}

func rooted(x *Node, n ball.Norm) *Node {
	if n == ball.L2 {
		return Sqrt(x)
	}
	return x
}

// length is that of each channel's pixels: [batch, channel, 1].
func length(x *Node, n ball.Norm) *Node {
	return rooted(ReduceAndKeep(raised(Abs(x), n), ReduceSum, -1), n)
}

// run implements search: the first query is the image, the second one stripes or tiles all over it.
func (a *square) run(b batch, eps float64, f *found) error {
	scalar := a.program.Scalar
	fixed := []any{a.program.Inputs(b.X), engine.Labels(b.Labels), scalar(eps)}
	state := []any{a.program.Floats(f.margin, len(f.margin)), a.program.Inputs(f.points)}
	draws := make([]*rand.Rand, len(b.places))
	for i, place := range b.places {
		draws[i] = rand.New(rand.NewPCG(a.options.Seed, uint64(place)<<16))
	}
	for query := range a.options.Queries {
		begins := 0.0
		if query == 0 {
			begins = 1
		}
		args := append(append(append([]any{}, fixed...), scalar(begins)), state...)
		out, err := a.step.Call(append(args, a.proposals(draws, query)...)...)
		if err != nil {
			return err
		}
		for i, old := range state {
			old.(*tensors.Tensor).MustFinalizeAll()
			state[i] = out[i]
		}
		if (query+1)%patience == 0 || query+1 == a.options.Queries {
			if err := floats.Read(f.margin, out[0]); err != nil {
				return err
			}
			if f.broken(b.Samples) {
				break
			}
		}
	}
	return floats.Read(f.points, state[1].(*tensors.Tensor))
}

// proposals are the arguments of a query: the pattern of each sample, and for l_2 and l_1 the window that gives.
func (a *square) proposals(draws []*rand.Rand, query int) []any {
	n := a.image.size()
	pattern, from := make([]float64, n*len(draws)), make([]float64, n*len(draws))
	flat := a.options.Ball.Norm == ball.Linf
	for i, rng := range draws {
		p, w := pattern[i*n:(i+1)*n], from[i*n:(i+1)*n]
		switch share := shareAt(query, a.options.Queries); {
		case query == 0: // the image itself
		case query == 1 && flat:
			a.image.stripes(p, rng)
		case query == 1:
			a.image.tiles(p, rng)
		case flat:
			a.image.flat(p, share, rng)
		default:
			a.image.pyramids(p, w, share, rng)
		}
	}
	if flat {
		return []any{a.program.Inputs(pattern)}
	}
	return []any{a.program.Inputs(pattern), a.program.Inputs(from)}
}
