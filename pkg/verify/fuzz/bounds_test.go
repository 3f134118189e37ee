package fuzz

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/graphgen"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/tight"
)

// techniques is every sound one that is graph code.
var techniques = []bound.Technique{bound.IBP{}, bound.FastLin{}, bound.CROWN{}, bound.CROWNIBP(),
	bound.FastLin{Intermediate: bound.IBP{}},
	bound.Zonotope{}, bound.Hybrid{}, bound.Hybrid{Boxed: true}, bound.CROWN{Intermediate: bound.FastLin{}},
	bound.Best{}, bound.FastLip{}, bound.FastLip{Intermediate: bound.IBP{}}, bound.Lipschitz{}, bound.CrossLipschitz{},
	bound.Best{Of: []bound.Technique{bound.Zonotope{}, bound.CROWNIBP()}}}

// bounds are what a technique says of one sample.
type bounds struct {
	technique    string
	margins      []float64   // [class t]
	lower, upper [][]float64 // [relu][unit]; nil: not told
	star         [][]float64 // x*, [class t][input]; nil: none
	d, r, po     []float64   // indicators and the real margins at x*, [class t]; nil: none
}

// compiled is some techniques of one case in one graph, for any eps.
type compiled struct {
	*graphgen.Case
	techniques []bound.Technique
	t          *testing.T
	net        *net.Network
	exec       *Exec
	args       []any // x, labels, eps, parameters
}

func compile(t *testing.T, backend compute.Backend, c *graphgen.Case, techniques []bound.Technique,
	dtype dtypes.DType) *compiled {
	t.Helper()
	n := c.Network.Clone()
	n.DType = dtype
	s := &compiled{Case: c, techniques: techniques, t: t, net: n}
	var err error
	if s.exec, err = NewExec(backend, s.graph); err != nil {
		t.Fatal(err)
	}
	dims := append([]int{len(c.Labels)}, n.Input...)
	s.args = []any{floats.Tensor(append([]float64{}, c.X...), dtype, dims...),
		tensors.FromFlatDataAndDimensions(c.Labels, len(c.Labels)), nil}
	for _, p := range n.Tensors() {
		s.args = append(s.args, p)
	}
	return s
}

// problem is the one of a graph's arguments.
func (s *compiled) problem(args []*Node) *bound.Problem {
	return &bound.Problem{Net: s.net.On(args[3:]), Region: region.AtEps(s.Ball, args[0], args[2]),
		Spec: bound.Margins(args[1], s.net.Classes(), args[0])}
}

// graph gives of each technique the margins, l and u of each relu, and where it has a trace x*, d, r and the margins at
// x*.
func (s *compiled) graph(args []*Node) (out []*Node) {
	p := s.problem(args)
	whole := func(x *Node, dims ...int) { out = append(out, BroadcastToDims(x, dims...)) }
	batch, classes := len(s.Labels), s.net.Classes()
	for _, technique := range s.techniques {
		r := technique.Bound(p)
		whole(r.Margins, batch, classes)
		for _, l := range r.Layers {
			dims := append([]int{batch}, l.Lower.Shape().Dimensions[1:]...)
			whole(l.Lower, dims...)
			whole(l.Upper, dims...)
		}
		if r.Trace != nil {
			ind := tight.Measure(p, r, tight.Options{KeepNegative: true, Scale: tight.Total})
			whole(r.Trace.XStar(), append([]int{batch, classes}, s.net.Input...)...)
			whole(ind.D, batch, classes)
			whole(ind.R, batch, classes)
			whole(ind.PO, batch, classes)
		}
	}
	return out
}

// at bounds all samples at a radius: [technique][sample].
func (s *compiled) at(eps float64) (all [][]bounds) {
	s.t.Helper()
	values := s.call(s.exec, s.args, eps)
	for _, technique := range s.techniques {
		one := make([]bounds, len(s.Labels))
		next := func(i int) []float64 { return part(values[0], i, len(s.Labels)) }
		for i := range one {
			one[i] = bounds{technique: technique.Name(), margins: next(i)}
		}
		values = values[1:]
		for range s.net.Activations() {
			for i := range one {
				one[i].lower, one[i].upper = append(one[i].lower, next(i)), append(one[i].upper, part(values[1], i,
					len(s.Labels)))
			}
			values = values[2:]
		}
		if traced(technique) {
			for i := range one {
				one[i].trace(values, i, len(s.Labels))
			}
			values = values[4:]
		}
		all = append(all, one)
	}
	return all
}

func (b *bounds) trace(values [][]float64, sample, samples int) {
	star := part(values[0], sample, samples)
	for t := range b.margins {
		b.star = append(b.star, part(star, t, len(b.margins)))
	}
	b.d, b.r, b.po = part(values[1], sample, samples), part(values[2], sample, samples), part(values[3], sample,
		samples)
}

// traced reports whether a technique has a trace.
func traced(technique bound.Technique) bool {
	switch technique.(type) {
	case bound.FastLin, bound.CROWN:
		return true
	}
	return false
}

// call runs a graph at a radius.
func (s *compiled) call(exec *Exec, args []any, eps float64) (values [][]float64) {
	s.t.Helper()
	args = append([]any{}, args...)
	args[2] = floats.Tensor([]float64{eps}, s.net.DType)
	results, err := exec.Call(args...)
	if err != nil {
		s.t.Fatalf("%v: %v", s.Case, err)
	}
	for _, r := range results {
		v := make([]float64, r.Size())
		if err := floats.Read(v, r); err != nil {
			s.t.Fatal(err)
		}
		values = append(values, v)
		r.MustFinalizeAll()
	}
	return values
}

func part(values []float64, i, parts int) []float64 {
	n := len(values) / parts
	return values[i*n : (i+1)*n]
}

// ballAt is the case's ball at a radius.
func (s *compiled) ballAt(eps float64) ball.Ball {
	b := s.Ball
	b.Eps = eps
	return b
}
