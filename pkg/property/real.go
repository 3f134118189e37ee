package property

import (
	"context"
	"fmt"

	"tightrope/pkg/verify/cert"
	"tightrope/pkg/vnnlib"
)

// meets returns nil where a point x, [inputs] in the graph's order, is proved to meet the rows of a case: with the
// layers in real arithmetic. Floating-point numbers do not tell that of smooth activations: a sigmoid of 40 is 1 for
// them, a softplus of -800 is 0, and neither is ever so.
func (p *Problem) meets(x []float64, c vnnlib.Case) error {
	inner := p.Inner(x)
	region, err := cert.NewBox(p.Net, inner, inner)
	if err != nil {
		return err
	}
	b, err := region.Zonotope(context.Background())
	if err != nil {
		return err
	}
	for i, r := range c.Rows {
		row := r.Dense(p.Exact.Outputs)
		for j := range row {
			row[j] = -row[j]
		}
		rest := region.Combine(b, cert.FastLin, cert.Combination{Lambda: []float64{1}, Rows: [][]float64{row},
			Bounds: []float64{-r.Bound}})
		if !(rest >= 0) {
			return fmt.Errorf("row %d is met by at least %.3g only in real arithmetic", i, rest)
		}
	}
	return nil
}
