package lab

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/signal"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/dual"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
)

// Ascent displays how the dual of the layers' equalities climbs from the multipliers of Fast-Lin and CROWN, on the
// margin of a sample that Fast-Lin bounds lowest: the best bound after numbers of steps and, if the ball has one, the
// linear program on the same bounds. An error ends the cell.
func Ascent(n *net.Network, set *data.Set, index int, b ball.Ball) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	x := make([]float64, set.Dim())
	for k, v := range set.Sample(index) {
		x[k] = float64(v)
	}
	label := int(set.Y[index])
	plain := Get(cert.NewNetwork(n.Model()))
	region := Get(cert.NewRegion(plain, b, x))
	bounds := Get(region.Bounds(ctx, cert.FastLin))
	c, class := Get(region.Condense(ctx, bounds, label)), looseClass(region, bounds, label, plain.Classes())
	var rows [][]string
	best, seen := math.Inf(-1), 0
	found := Get(dual.Ascend(ctx, c, b, x, c.Margin(class), dual.Options{Each: func(lower float64, _ []float64) {
		best, seen = math.Max(best, lower), seen+1
		if seen <= 2 || (seen-2)&(seen-3) == 0 { // then after 20, 40, 80, ... steps
			rows = append(rows, []string{stepName(seen), fmt.Sprintf("%.6f", best)})
		}
	}}))
	rows = append(rows, []string{fmt.Sprintf("%d, the last", found.Steps), fmt.Sprintf("%.6f", found.Lower)})
	if b.Norm != ball.L2 {
		row := make([]float64, plain.Classes())
		row[label], row[class] = 1, -1
		lp := Get(exact.LastLayerLP(ctx, exact.NewNet(plain.Ops()), Get(exact.BallOf(b, x)), bounds, [][]float64{row},
			exact.LPOptions{}))[0]
		if lp.Status == highs.Optimal {
			rows = append(rows, []string{"the linear program", fmt.Sprintf("%.6f", lp.Value)})
		}
	}
	Table([]string{"steps", fmt.Sprintf("bound of the margin over class %d", class)}, rows...)
}

// looseClass is the class over which Fast-Lin's margin is least.
func looseClass(region *cert.Region, bounds *cert.Bounds, label, classes int) int {
	class, least := -1, math.Inf(1)
	for t := range classes {
		if m := region.Margin(bounds, cert.FastLin, label, t); t != label && m < least {
			class, least = t, m
		}
	}
	return class
}

// stepName is after which step the bound of a number was told: two from rules, then one every 20 steps.
func stepName(seen int) string {
	switch seen {
	case 1:
		return "0 (Fast-Lin's multipliers)"
	case 2:
		return "0 (CROWN's lines on the same bounds)"
	}
	return fmt.Sprint(20 * (seen - 2))
}
