//go:build !js

package toy

import (
	"context"
	"fmt"
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
)

// AgainstMILP solves points of the plane with a mixed-integer program each, at an l_inf radius eps in the units of the
// plane, and returns their exact margins, [points]. It returns an error, with what to do, where the solver is not
// installed, and for a network that is not one hidden layer on the plane.
func AgainstMILP(ctx context.Context, n *net.Network, points []record.ToyPoint, eps float64) ([]float64, error) {
	if err := highs.Load(); err != nil {
		return nil, err
	}
	v, err := viewOf(n)
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
	plain, err := cert.NewNetwork(n.Model())
	if err != nil {
		return 0, err
	}
	var lower, upper []float64
	for _, h := range v.hidden {
		z, r := h[0]*q.X[0]+h[1]*q.X[1]+h[2], eps*(math.Abs(h[0])+math.Abs(h[1]))
		lower, upper = append(lower, z-r), append(upper, z+r)
	}
	sign := float64(2*q.Label - 1)
	bounds := &cert.Bounds{Lower: [][]float64{lower}, Upper: [][]float64{upper}}
	around := &exact.Ball{Ball: ball.Ball{Eps: eps}, Center: q.X[:]}
	r, err := exact.MILP(ctx, exact.NewNet(plain.Ops()), around, bounds, []float64{-sign, sign},
		exact.MILPOptions{})
	if err != nil {
		return 0, err
	}
	if r.Status != highs.Optimal {
		return 0, fmt.Errorf("the program of point %v ended %v: try another point or radius", q.X, r.Status)
	}
	return r.Margin, nil
}
