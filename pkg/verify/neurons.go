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
// whether its relaxation is tight there. An l_2 ball has no program: then only Fast-Lin's neurons come.
func Neurons(ctx context.Context, network *net.Network, b ball.Ball, x []float64, label, class int) ([]record.LadderNeuron, error) {
	plain, err := cert.NewNetwork(network.Model())
	if err != nil {
		return nil, err
	}
	if label < 0 || label >= plain.Classes() || class < 0 || class >= plain.Classes() || class == label {
		return nil, fmt.Errorf("margin of class %d over %d: use two different classes below %d",
			label, class, plain.Classes())
	}
	r, err := cert.NewRegion(plain, b, x)
	if err != nil {
		return nil, err
	}
	bounds, err := r.Bounds(ctx, cert.FastLin)
	if err != nil {
		return nil, err
	}
	_, units, err := bab.FastLinPoint(ctx, r, bounds, b, x, label, class)
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
	found, err := lpNeurons(ctx, plain, b, x, bounds, label, class)
	return append(all, found...), err
}

// WorstClass is the class whose margin Fast-Lin bounds the lowest.
func WorstClass(ctx context.Context, network *net.Network, b ball.Ball, x []float64, label int) (int, error) {
	plain, err := cert.NewNetwork(network.Model())
	if err != nil {
		return 0, err
	}
	r, err := cert.NewRegion(plain, b, x)
	if err != nil {
		return 0, err
	}
	bounds, err := r.Bounds(ctx, cert.FastLin)
	if err != nil {
		return 0, err
	}
	worst, least := -1, math.Inf(1)
	for t := range plain.Classes() {
		if m := r.Margin(bounds, cert.FastLin, label, t); t != label && (worst < 0 || m < least) {
			worst, least = t, m
		}
	}
	return worst, nil
}

// lpNeurons solves the triangle program of one margin.
func lpNeurons(ctx context.Context, plain *cert.Network, b ball.Ball, x []float64, bounds *cert.Bounds, label, class int) ([]record.LadderNeuron, error) {
	threat, err := exact.BallOf(b, x)
	if err != nil {
		return nil, err
	}
	row := make([]float64, plain.Classes())
	row[label], row[class] = 1, -1
	found, err := exact.LastLayerLP(ctx, exact.NewNet(plain.Ops()), threat, exact.BoundsOf(bounds), [][]float64{row}, exact.LPOptions{Workers: 1, KeepMultipliers: true})
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

// tightPart is the gap, as a part of u - l, below which a neuron counts as tight.
const tightPart = 1e-3

func neuron(r technique.ID, layer, unit int, l, u, z, out float64) record.LadderNeuron {
	return record.LadderNeuron{Technique: r.String(), Layer: layer, Unit: unit, Lower: l, Upper: u, Z: z, Out: out,
		Tight: math.Abs(out-max(z, 0)) <= tightPart*(u-l)}
}
