package lab

import (
	"fmt"
	"math"
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

// touching lists where the lines meet relu: points, and stretches along which one of them runs on it.
func touching(lines relax.Lines, l, u float64) string {
	var at []string
	points, from := relax.Touching(lines, l, u), 0
	for i := range points {
		if i+1 < len(points) && along(lines, points[i][0], points[i+1][0]) {
			continue
		}
		text := fmt.Sprintf("%.3g", points[i][0])
		if from < i {
			text = fmt.Sprintf("%.3g to %s", points[from][0], text)
		}
		at, from = append(at, text), i+1
	}
	return strings.Join(at, ", ")
}

// along reports whether one of the lines is relu on a range that has no kink inside.
func along(lines relax.Lines, from, to float64) bool {
	on := func(line relax.Line) bool {
		for _, z := range []float64{from, (from + to) / 2, to} {
			if math.Abs(line.At(z)-max(z, 0)) > 1e-12 {
				return false
			}
		}
		return true
	}
	return on(lines.Lower) || on(lines.Upper)
}
