package toy

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/region"
	"tightrope/pkg/tight"
)

// Probe bounds a network of the plane at points and radii that a reader chooses, without compiling again.
type Probe struct {
	Network   *net.Network
	technique bound.Technique
	batch     int
	program   *engine.Program
	graph     *engine.Compiled
	inspector *tight.Inspector // nil until it is used
}

// NewProbe compiles a technique (nil: Fast-Lin; not IBP, which has no x*) for a network of one hidden layer on the
// plane, for calls of up to batch points (0: 1). It runs on the pure-Go backend, which is the fastest for so little
// work. It returns an error for a network of another form, and for a technique without x*.
func NewProbe(n *net.Network, technique bound.Technique, batch int) (*Probe, error) {
	if _, err := viewOf(n); err != nil {
		return nil, err
	}
	technique, err := bound.WithOptimum(technique)
	if err != nil {
		return nil, err
	}
	b, _, err := backend.Open(backend.Go)
	if err != nil {
		return nil, err
	}
	p := &Probe{Network: n, technique: technique, batch: max(batch, 1)}
	if p.program, err = engine.New(b, n, ball.Ball{}, technique.Name()+" of"); err != nil {
		return nil, err
	}
	p.graph, err = p.program.Compile(p.build)
	return p, err
}

// Close frees the compiled graphs.
func (p *Probe) Close() {
	p.program.Close()
	if p.inspector != nil {
		p.inspector.Close()
	}
}

// Anatomy returns the relaxed problem of one point, neuron by neuron, at an l_inf radius in the units of the plane. The
// label is the class that the network gives the point. It returns an error for a negative radius and a point that is
// not finite.
func (p *Probe) Anatomy(x [2]float64, eps float64) (*tight.Anatomy, error) {
	v, err := viewOf(p.Network)
	if err != nil {
		return nil, err
	}
	if p.inspector == nil {
		b, _, err := backend.Open(backend.Go)
		if err != nil {
			return nil, err
		}
		if p.inspector, err = tight.NewInspector(b, p.Network, p.technique, ball.Ball{}, tight.Options{}); err != nil {
			return nil, err
		}
	}
	label := v.class(x)
	return p.inspector.Inspect(x[:], int32(label), 1-label, eps)
}

// build takes x [batch, 2], labels [batch] and eps, and returns x* [batch, 2], and [batch] each: p_C, d, r, unstable
// neurons.
func (p *Probe) build(n *net.Symbolic, args []*Node) []*Node {
	x, labels, eps := args[0], args[1], args[2]
	problem := &bound.Problem{Net: n, Region: region.AtEps(ball.Ball{}, x, eps), Spec: bound.OtherMargins(labels, 2, x)}
	result := p.technique.Bound(problem)
	t := tight.Measure(problem, result, tight.Options{KeepNegative: true})
	unstable := BroadcastToDims(t.Unstable[0], t.D.Shape().Dimensions...)
	return []*Node{result.Trace.XStar(), result.Margins, t.D, t.R, unstable}
}

// At bounds one point at an l_inf radius in the units of the plane. Its label is the class that the network gives it.
// It returns an error for a negative radius and a point that is not finite.
func (p *Probe) At(x [2]float64, eps float64) (record.ToyPoint, error) {
	points, err := p.Points([][2]float64{x}, eps)
	if err != nil {
		return record.ToyPoint{}, err
	}
	return points[0], nil
}

// Points bounds many points as [Probe.At] does, with the network's own labels, and adds the exact minimum. It returns
// an error for a negative radius, in the units of the plane, and a point that is not finite.
func (p *Probe) Points(xs [][2]float64, eps float64) ([]record.ToyPoint, error) {
	if err := (ball.Ball{Eps: eps}).Validate(); err != nil {
		return nil, err
	}
	v, err := viewOf(p.Network)
	if err != nil {
		return nil, err
	}
	var out []record.ToyPoint
	for from := 0; from < len(xs); from += p.batch {
		points, err := p.chunk(v, xs[from:min(from+p.batch, len(xs))], eps)
		if err != nil {
			return nil, err
		}
		out = append(out, points...)
	}
	return out, nil
}

// chunk bounds one batch, padded by its first point.
func (p *Probe) chunk(v view, xs [][2]float64, eps float64) ([]record.ToyPoint, error) {
	samples := len(xs)
	xs = engine.PadRows(xs, 1, p.batch)
	flat, labels := make([]float64, 0, 2*p.batch), make([]int32, 0, p.batch)
	for _, x := range xs {
		flat, labels = append(flat, x[:]...), append(labels, int32(v.class(x)))
	}
	if err := engine.Check(p.program, flat, labels, eps); err != nil {
		return nil, err
	}
	values, err := p.graph.Values(p.program.Inputs(flat), engine.Labels(labels), p.program.Scalar(eps))
	if err != nil {
		return nil, err
	}
	return p.read(xs[:samples], labels, values, eps)
}

func (p *Probe) read(xs [][2]float64, labels []int32, values [][]float64, eps float64) ([]record.ToyPoint, error) {
	out := make([]record.ToyPoint, len(xs))
	for i, x := range xs {
		q := record.ToyPoint{X: x, XStar: [2]float64{values[0][2*i], values[0][2*i+1]}, Label: int(labels[i]),
			Bound: values[1][i], D: values[2][i], R: values[3][i], Unstable: int(values[4][i])}
		var err error
		if q.Exact, q.Worst, err = Exact(p.Network, x, q.Label, eps); err != nil {
			return nil, err
		}
		out[i] = q
	}
	return out, nil
}
