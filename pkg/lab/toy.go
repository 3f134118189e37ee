package lab

import (
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/record"
)

// Points displays what a relaxation makes of points of the plane.
func Points(points ...record.ToyPoint) {
	header := []string{"x", "label", "unstable", "bound p_C", "exact p_O*", "d", "r", "x*", "worst point"}
	var rows [][]string
	for _, q := range points {
		rows = append(rows, []string{pair(q.X), fmt.Sprint(q.Label), fmt.Sprint(q.Unstable), decimals(q.Bound),
			decimals(q.Exact), decimals(q.D), decimals(q.R), pair(q.XStar), pair(q.Worst)})
	}
	Table(header, rows...)
}

// Ladder displays the bounds of a record's ladder at some radii, in the units of its inputs, tightest last. A radius
// that the record lacks ends the cell.
func Ladder(r *record.Record, radii ...float64) {
	var names []string
	values := map[string]map[float64]string{}
	for _, rung := range r.Ladder {
		if values[rung.Technique] == nil {
			names, values[rung.Technique] = append(names, rung.Technique), map[float64]string{}
		}
		values[rung.Technique][rung.Eps] = decimals(rung.Margin)
	}
	header := []string{"bound"}
	for _, eps := range radii {
		header = append(header, fmt.Sprintf("ε = %g", eps))
		if !slices.ContainsFunc(r.Ladder, func(rung record.Rung) bool { return rung.Eps == eps }) {
			Must(fmt.Errorf("the ladder has no rung at eps = %g: compute it with that radius", eps))
		}
	}
	var rows [][]string
	for _, name := range names {
		row := []string{name}
		for _, eps := range radii {
			row = append(row, values[name][eps])
		}
		rows = append(rows, row)
	}
	Table(header, rows...)
}

// decimals shows rounding errors as 0, and no negative zero.
func decimals(v float64) string {
	text := fmt.Sprintf("%.3f", v)
	if strings.Trim(text, "-0.") == "" {
		return "0"
	}
	return text
}

// pair shows a point; adding 0 turns a negative zero into 0.
func pair(x [2]float64) string { return fmt.Sprintf("(%.2f, %.2f)", x[0]+0, x[1]+0) }
