package lab

import (
	"context"
	"fmt"
	"strconv"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/measure"
	"tightrope/pkg/net"
	"tightrope/pkg/plot"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// Schedule is the figure of a recipe's schedule over its epochs. It returns an error for a recipe without epochs.
func Schedule(r recipe.Recipe) (*plot.Figure, error) {
	const steps = 10 // an epoch
	c := r.Train
	d := plot.ScheduleData{Name: fmt.Sprintf("%s, %s scale", r.Name, r.Scale), Warmup: float64(c.Warmup),
		RampTo: float64(c.Warmup + c.Ramp)}
	for epoch := range c.Epochs {
		for step := range steps {
			w := c.At(epoch, step, steps)
			d.Points = append(d.Points, plot.SchedulePoint{Epoch: float64(epoch) + float64(step)/steps, Eps: w.Eps,
				LearningRate: w.LearningRate, Beta: w.Beta, Kappa: w.Kappa, Gamma: w.Gamma})
		}
	}
	return plot.Schedule(d)
}

// Units displays a radius in pixel units as it is after a recipe's normalisation, channel by channel.
func Units(r recipe.Recipe, radii ...float64) {
	header := []string{"channel", "mean", "std"}
	for _, eps := range radii {
		header = append(header, "ε = "+fraction(eps))
	}
	var rows [][]string
	for c, std := range r.Std {
		row := []string{strconv.Itoa(c), fmt.Sprintf("%.4g", r.Mean[c]), fmt.Sprintf("%.4g", std)}
		for _, eps := range radii {
			row = append(row, fmt.Sprintf("%.4f", eps/std))
		}
		rows = append(rows, row)
	}
	Table(header, rows...)
}

// fraction writes a radius as 255ths where it is one.
func fraction(eps float64) string {
	if n := eps * 255; eps > 0 && eps < 0.1 && n-float64(int(n+0.5)) < 1e-9 && float64(int(n+0.5))-n < 1e-9 {
		return fmt.Sprintf("%.0f/255", n)
	}
	return strconv.FormatFloat(eps, 'g', 4, 64)
}

// Bounds displays the errors of a network that different bounds certify, on the first samples of a set.
func Bounds(n *net.Network, set *data.Set, samples int, b ball.Ball, techniques ...bound.Technique) {
	device, _, err := backend.Open("")
	Must(err)
	bar := NewProgress()
	defer bar.End()
	var rows [][]string
	for i, t := range techniques {
		bar.Set(i, len(techniques), t.Name())
		e := Get(measure.Evaluate(context.Background(), device, n, set.Head(samples),
			measure.Options{Ball: b, Technique: t}))
		rows = append(rows, []string{e.Technique, fmt.Sprint(e.Samples), fraction(b.Eps),
			fmt.Sprintf("%.2f", e.Percent(e.Standard)), fmt.Sprintf("%.2f", e.Percent(e.Uncertified))})
	}
	Table([]string{"bound", "images", "ε", record.InPercent(record.StandardName),
		record.InPercent(record.CertifiedName)}, rows...)
}

// Pictures is the figure of the first samples of a set, with their classes. It returns an error for an empty set.
func Pictures(set *data.Set, n int) (*plot.Figure, error) {
	var all []plot.Picture
	for i := range min(n, set.Len()) {
		name := fmt.Sprint(set.Y[i])
		if len(set.ClassNames) > 0 {
			name = set.ClassNames[set.Y[i]]
		}
		all = append(all, plot.Picture{Title: name, Shape: set.Shape, Values: floats.Double(set.Sample(i))})
	}
	return plot.Pictures(fmt.Sprintf("The first %d test images of %s.", len(all), set.Name), 8, all...)
}
