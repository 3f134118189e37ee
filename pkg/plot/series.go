package plot

import (
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// series collects values over x from several seeds.
type series map[float64][]float64

func (s series) add(x, y float64) { s[x] = append(s[x], y) }

// draw adds the mean over seeds as a line and their range as a band, and returns the last point of the line.
func (s series) draw(p *plot.Plot, l look, markers bool) (last plotter.XY, ok bool) {
	if len(s) == 0 {
		return last, false
	}
	xs := make([]float64, 0, len(s))
	for x := range s {
		xs = append(xs, x)
	}
	slices.Sort(xs)
	var mean plotter.XYs
	var upper, lower [][2]float64
	seeds := 1
	for _, x := range xs {
		low, high, _ := limits(s[x]...)
		upper, lower = append(upper, [2]float64{x, high}), append(lower, [2]float64{x, low})
		seeds = max(seeds, len(s[x]))
		mean = append(mean, plotter.XY{X: x, Y: average(s[x])})
	}
	if seeds > 1 && len(xs) > 1 {
		slices.Reverse(lower)
		p.Add(area(faded(l.color, 0.18), append(upper, lower...)...))
	}
	p.Add(line(mean, l, markers))
	return mean[len(mean)-1], true
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
