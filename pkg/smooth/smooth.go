package smooth

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/net"
)

// Options of smoothing. Zero fields mean what their comment says.
type Options struct {
	Sigma  float64 // deviation of the noise in every input, pixel units; more than 0
	Select int     // n0: draws that choose the class; 0: 100
	Draws  int     // n: draws that bound its probability, or that Predict counts; 0: 100,000
	Alpha  float64 // probability of a wrong answer, for each image; 0: 0.001
	Seed   uint64  // of the noise
	Batch  int     // draws per call of the compiled graph; 0: 500
}

// WithDefaults fills the zero fields with the paper's numbers.
func (o Options) WithDefaults() Options {
	if o.Select == 0 {
		o.Select = 100
	}
	if o.Draws == 0 {
		o.Draws = 100_000
	}
	if o.Alpha == 0 {
		o.Alpha = 0.001
	}
	if o.Batch == 0 {
		o.Batch = 500
	}
	return o
}

// Validate returns an error, which names the remedy, for options that make no sense.
func (o Options) Validate() error {
	o = o.WithDefaults()
	switch {
	case !(o.Sigma > 0) || math.IsInf(o.Sigma, 0):
		return fmt.Errorf("sigma %v: use a finite deviation of the noise of more than 0, in pixel units", o.Sigma)
	case o.Select < 1 || o.Draws < 1 || o.Batch < 1:
		return fmt.Errorf("%d and %d draws in batches of %d: use at least 1", o.Select, o.Draws, o.Batch)
	case !(o.Alpha > 0 && o.Alpha < 1):
		return fmt.Errorf("alpha %v: use a probability between 0 and 1, such as 0.001", o.Alpha)
	}
	return nil
}

// Largest is the largest radius that this number of draws can certify, in pixel units: that of draws that all agree.
func (o Options) Largest() float64 {
	o = o.WithDefaults()
	return Radius(o.Sigma, LowerBound(o.Draws, o.Draws, o.Alpha))
}

// Smoother is the smoothed classifier of one network.
type Smoother struct {
	program *engine.Program
	count   *engine.Compiled
	options Options
}

// New prepares a smoothed classifier. It returns an error for an invalid network or option.
func New(backend compute.Backend, network *net.Network, o Options) (*Smoother, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	program, err := engine.New(backend, network, ball.Ball{Norm: ball.L2}, "smoothing of")
	if err != nil {
		return nil, err
	}
	s := &Smoother{program: program, options: o.WithDefaults()}
	s.count, err = program.Compile(s.graph)
	return s, err
}

// Close frees the compiled graph.
func (s *Smoother) Close() { s.program.Close() }

// graph counts the classes of inputs [batch, input...] by weight [batch], 1 or 0: [classes + 1]. The last count is of
// inputs whose logits are not all finite: they have no class, and never speak for one.
func (s *Smoother) graph(n *net.Symbolic, args []*Node) []*Node {
	logits := n.Forward(args[0])
	none := LogicalNot(ReduceLogicalAnd(IsFinite(logits), -1))
	class := ArgMax(Where(IsFinite(logits), logits, ZerosLike(logits)), -1, dtypes.Int32)
	class = Where(none, Scalar(class.Graph(), dtypes.Int32, float64(n.Classes())), class)
	hot := OneHot(class, n.Classes()+1, args[1].DType())
	return []*Node{ReduceSum(Mul(hot, ExpandAxes(args[1], -1)), 0)}
}

// sample counts the classes of a number of draws around x: [classes + 1].
func (s *Smoother) sample(x []float64, draws int, rng *rand.Rand) ([]int, error) {
	total := make([]int, s.program.Network().Classes()+1)
	noisy, weights := make([]float64, s.options.Batch*len(x)), make([]float64, s.options.Batch)
	for done := 0; done < draws; done += s.options.Batch {
		for i := range weights {
			weights[i] = 0
			if done+i < draws {
				weights[i] = 1
				s.noise(noisy[i*len(x):(i+1)*len(x)], x, rng)
			}
		}
		values, err := s.count.Values(s.program.Inputs(noisy), s.program.Floats(weights, len(weights)))
		if err != nil {
			return nil, err
		}
		for class, n := range values[0] {
			total[class] += int(n)
		}
	}
	return total, nil
}

// noise draws one noisy input.
func (s *Smoother) noise(dst, x []float64, rng *rand.Rand) {
	for k, v := range x {
		dst[k] = v + s.options.Sigma*rng.NormFloat64()
	}
}

// stream are the random numbers of an image, whatever the order in which images are asked for.
func (s *Smoother) stream(index int) *rand.Rand {
	return rand.New(rand.NewPCG(s.options.Seed, uint64(index)))
}
