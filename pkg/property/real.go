package property

import (
	"context"
	"fmt"

	"tightrope/pkg/verify/cert"
	"tightrope/pkg/vnnlib"
)

// meets returns nil if a point x, [inputs] in the graph's order, is proved to meet the rows of a case with the layers
// in real arithmetic. Floating-point numbers cannot show this for smooth activations: in them a sigmoid of 40 is 1 and
// a softplus of -800 is 0, although neither is ever so in real arithmetic.
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
			return fmt.Errorf("in real arithmetic, the proved margin of row %d is only %.3g", i, rest)
		}
	}
	return nil
}
