package lab

import (
	"fmt"
	"strings"

	"tightrope/pkg/relax"
)

// Lines displays the lines of relaxations of one neuron with l <= z <= u: slopes, intercept, the area of the set
// between them, and where it touches relu. Bounds that are not finite, or l > u, end the cell.
func Lines(l, u float64, relaxations ...relax.Relaxation) {
	header := []string{"relaxation", "lower line", "upper line", "area", "touches ReLU at z ="}
	var rows [][]string
	for _, r := range relaxations {
		lines := Get(r.Lines(l, u))
		rows = append(rows, []string{r.Name(), equation(lines.Lower), equation(lines.Upper),
			fmt.Sprintf("%.3f", area(lines, l, u)), touching(lines, l, u)})
	}
	Table(header, rows...)
}

func equation(line relax.Line) string {
	switch {
	case line.Slope == 0:
		return fmt.Sprintf("%.3g", line.Intercept)
	case line.Intercept == 0:
		return fmt.Sprintf("%.3g z", line.Slope)
	}
	return fmt.Sprintf("%.3g z + %.3g", line.Slope, line.Intercept)
}

// area is that of the trapezium between the lines.
func area(lines relax.Lines, l, u float64) float64 {
	height := func(z float64) float64 { return lines.Upper.At(z) - lines.Lower.At(z) }
	return (u - l) * (height(l) + height(u)) / 2
}

func touching(lines relax.Lines, l, u float64) string {
	var at []string
	for _, p := range relax.Touching(lines, l, u) {
		at = append(at, fmt.Sprintf("%.3g", p[0]))
	}
	return strings.Join(at, ", ")
}
