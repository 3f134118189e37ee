//go:build !js

package toy

import (
	"context"
	"fmt"
	"math"

	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
)

// AgainstMILP solves points of the plane with a mixed-integer program each and returns the exact margins. The error says what to do
// where the solver is not installed.
func AgainstMILP(ctx context.Context, n *net.Network, points []record.ToyPoint, eps float64) ([]float64, error) {
	if err := highs.Load(); err != nil {
		return nil, err
	}
	v, err := look(n)
	if err != nil {
		return nil, err
	}
	var margins []float64
	for _, q := range points {
		m, err := v.milp(ctx, n, q, eps)
		if err != nil {
			return nil, err
		}
		margins = append(margins, m)
	}
	return margins, nil
}

// milp solves one point. The bounds of the hidden layer are intervals.
func (v view) milp(ctx context.Context, n *net.Network, q record.ToyPoint, eps float64) (float64, error) {
	m := exact.NewNet(2)
	m.Dense(m.ReLU(m.Dense(exact.Input, n.Params[0].Data, n.Params[1].Data)), n.Params[2].Data, n.Params[3].Data)
	var layer exact.Layer
	for _, h := range v.hidden {
		z, r := h[0]*q.X[0]+h[1]*q.X[1]+h[2], eps*(math.Abs(h[0])+math.Abs(h[1]))
		layer.Lower, layer.Upper = append(layer.Lower, z-r), append(layer.Upper, z+r)
	}
	sign := float64(2*q.Label - 1)
	r, err := exact.MILP(ctx, m, &exact.Ball{Center: q.X[:], Eps: eps}, exact.Bounds{layer}, []float64{-sign, sign}, exact.MILPOptions{})
	if err != nil {
		return 0, err
	}
	if r.Status != highs.Optimal {
		return 0, fmt.Errorf("the program of point %v ended %v: try another point or radius", q.X, r.Status)
	}
	return r.Margin, nil
}
