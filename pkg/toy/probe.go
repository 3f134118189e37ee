package toy

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
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
	exec      *Exec
	inspector *tight.Inspector // nil until it is used
}

// NewProbe compiles a technique (nil: Fast-Lin; not IBP, which has no x*) for a network of one hidden layer on the
// plane, for calls of up to batch points (0: 1). It runs on the pure-Go backend, which is the fastest for so little
// work.
func NewProbe(n *net.Network, technique bound.Technique, batch int) (*Probe, error) {
	if _, err := look(n); err != nil {
		return nil, err
	}
	if technique == nil {
		technique = bound.FastLin{}
	}
	if _, ok := technique.(bound.IBP); ok {
		return nil, fmt.Errorf("IBP has no optimal input x*: use Fast-Lin, CROWN or CROWN-IBP")
	}
	b, _, err := backend.Open(backend.Go)
	if err != nil {
		return nil, err
	}
	p := &Probe{Network: n, technique: technique, batch: max(batch, 1)}
	p.exec, err = NewExec(b, func(args []*Node) []*Node { return p.graph(technique, args) })
	return p, err
}

// Close frees the compiled graphs.
func (p *Probe) Close() {
	p.exec.Finalize()
	if p.inspector != nil {
		p.inspector.Close()
	}
}

// Anatomy takes the relaxed problem of one point apart, neuron by neuron. The label is the class that the network gives
// the point.
func (p *Probe) Anatomy(x [2]float64, eps float64) (*tight.Anatomy, error) {
	v, err := look(p.Network)
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

// graph takes x [batch, 2], labels [batch] and eps, and returns x* [batch, 2], and [batch] each: p_C, d, r, unstable
// neurons.
func (p *Probe) graph(technique bound.Technique, args []*Node) []*Node {
	x, labels, eps := args[0], args[1], args[2]
	problem := &bound.Problem{Net: p.Network.OnConstants(x.Graph()), Region: region.AtEps(ball.Ball{Norm: ball.Linf}, x, eps), Spec: bound.OtherMargins(labels, 2, x)}
	result := technique.Bound(problem)
	t := tight.Measure(problem, result, tight.Options{KeepNegative: true})
	unstable := BroadcastToDims(t.Unstable[0], t.D.Shape().Dimensions...)
	return []*Node{result.Trace.XStar(), result.Margins, t.D, t.R, unstable}
}

// At bounds one point. Its label is the class that the network gives it.
func (p *Probe) At(x [2]float64, eps float64) (record.ToyPoint, error) {
	points, err := p.Points([][2]float64{x}, eps)
	if err != nil {
		return record.ToyPoint{}, err
	}
	return points[0], nil
}

// Points bounds many points, with the network's own labels, and adds the exact minimum.
func (p *Probe) Points(xs [][2]float64, eps float64) ([]record.ToyPoint, error) {
	if err := (ball.Ball{Eps: eps}).Validate(); err != nil {
		return nil, err
	}
	v, err := look(p.Network)
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
	flat, labels := make([]float64, 0, 2*p.batch), make([]int32, 0, p.batch)
	for i := range p.batch {
		x := xs[0]
		if i < len(xs) {
			x = xs[i]
		}
		if err := ball.CheckInput(ball.Ball{}, x[:]); err != nil {
			return nil, err
		}
		flat, labels = append(flat, x[:]...), append(labels, int32(v.class(x)))
	}
	dtype := p.Network.DType
	results, err := p.exec.Call(bound.FloatTensor(flat, dtype, p.batch, 2), tensors.FromFlatDataAndDimensions(labels, p.batch), bound.FloatTensor([]float64{eps}, dtype))
	if err != nil {
		return nil, err
	}
	values := make([][]float64, len(results))
	for i, t := range results {
		values[i] = make([]float64, t.Size())
		if err := bound.ReadFloats(values[i], t); err != nil {
			return nil, err
		}
		t.MustFinalizeAll()
	}
	return p.read(xs, labels, values, eps)
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
