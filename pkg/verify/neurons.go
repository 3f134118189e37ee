package verify

import (
	"context"
	"fmt"
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
)

// Neurons shows the unstable neurons of one margin, logit[label] - logit[class], where it is least for Fast-Lin and for
// the triangle program, both on Fast-Lin's bounds l, u: each neuron's input and output in the relaxed network, and
// whether its relaxation is tight there. A negative class stands for the class with Fast-Lin's lowest bound. An l_2
// ball has no linear program; then only Fast-Lin's neurons are returned.
func Neurons(ctx context.Context, network *net.Network, b ball.Ball, x []float64, label, class int) (
	[]record.LadderNeuron, error) {
	err := refuseSmooth(network, "the neurons of linear programs", "inspect it with tight.NewInspector")
	if err != nil {
		return nil, err
	}
	p, err := newProver(network)
	if err != nil {
		return nil, err
	}
	if classes := p.plain.Classes(); label < 0 || label >= classes || class >= classes || class == label {
		return nil, fmt.Errorf("margin of class %d over %d: use two different classes below %d", label, class, classes)
	}
	s := p.subject(b, x, label)
	root, err := s.root(ctx, cert.FastLin)
	if err != nil {
		return nil, err
	}
	if class < 0 {
		class = worst(root)
	}
	_, units, err := bab.FastLinPoint(ctx, root, class)
	if err != nil {
		return nil, err
	}
	var all []record.LadderNeuron
	for _, u := range units {
		all = append(all, neuron(technique.FastLin, u.Relu, u.Unit.Unit, u.Lower, u.Upper, u.Z, u.Out))
	}
	if b.Norm == ball.L2 {
		return all, nil
	}
	found, err := s.lpNeurons(ctx, class)
	return append(all, found...), err
}

// worst is the class with the lowest bound.
func worst(root *bab.Root) (class int) {
	least := math.Inf(1)
	for t := range root.Network.Classes() {
		if m, _ := root.ByRule(t); t != root.Label && m < least {
			class, least = t, m
		}
	}
	return class
}

// lpNeurons solves the triangle program of one margin.
func (s *subject) lpNeurons(ctx context.Context, class int) ([]record.LadderNeuron, error) {
	p, err := s.programsOn(ctx, []cert.Rule{cert.FastLin})
	if err != nil {
		return nil, err
	}
	found, err := exact.LastLayerLP(ctx, s.exact(), p.around, p.bounds, [][]float64{p.margin(class)}, p.options())
	if err != nil {
		return nil, err
	}
	if found[0].Status != highs.Optimal {
		return nil, fmt.Errorf("the linear program of class %d ended %v: look at another class or radius",
			class, found[0].Status)
	}
	var all []record.LadderNeuron
	for _, u := range found[0].Units {
		all = append(all, neuron(technique.LP, u.Layer, u.Unit, u.Lower, u.Upper, u.Z, u.A))
	}
	return all, nil
}

// tightPart is the gap, as a fraction of u - l, below which a neuron counts as tight.
const tightPart = 1e-3

func neuron(r technique.ID, layer, unit int, l, u, z, out float64) record.LadderNeuron {
	return record.LadderNeuron{Technique: r.String(), Layer: layer, Unit: unit, Lower: l, Upper: u, Z: z, Out: out,
		Tight: math.Abs(out-max(z, 0)) <= tightPart*(u-l)}
}
