package plot

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// SchedulePoint are the scheduled values of a training at one moment.
type SchedulePoint struct {
	Epoch             float64
	Eps, LearningRate float64
	Beta              float64 // weight of CROWN-IBP in the margins
	Kappa             float64 // weight of the natural loss
	Gamma             float64 // weight of the regularizer r
}

// ScheduleData is a training's schedule, in order of time.
type ScheduleData struct {
	Name           string
	Warmup, RampTo float64 // epochs: the ramp of eps starts and ends
	Points         []SchedulePoint
}

// Schedule draws how a two-stage training (CROWN-IBP) changes its radius, losses and learning rate over the epochs.
// Less than two points are an error.
func Schedule(d ScheduleData) (*Figure, error) {
	if len(d.Points) < 2 {
		return nil, fmt.Errorf("schedule of %s has %d points: give at least 2", d.Name, len(d.Points))
	}
	curves := []struct {
		title string
		value func(SchedulePoint) float64
	}{
		{"radius ε (pixel units)", func(p SchedulePoint) float64 { return p.Eps }},
		{"β: CROWN-IBP's share of the margins", func(p SchedulePoint) float64 { return p.Beta }},
		{"γ: weight of r", func(p SchedulePoint) float64 { return p.Gamma }},
		{"learning rate", func(p SchedulePoint) float64 { return p.LearningRate }},
	}
	if d.natural() {
		curves[2].title, curves[2].value = "κ: natural loss's share", func(p SchedulePoint) float64 { return p.Kappa }
	}
	var panels []panel
	for i, c := range curves {
		panels = append(panels, d.panel(c.title, regularizedLooks[i%len(regularizedLooks)], c.value))
	}
	return &Figure{Name: "schedule", Data: d, Caption: d.caption(), panels: inRows(panels, 2),
		height: 1.7 * panelHeight}, nil
}

func (d ScheduleData) natural() bool {
	for _, p := range d.Points {
		if p.Kappa > 0 && p.Epoch >= d.Warmup {
			return true
		}
	}
	return false
}

func (d ScheduleData) caption() string {
	last := d.Points[len(d.Points)-1]
	if last.Beta > 0 {
		return fmt.Sprintf("%s: ε grows until epoch %.3g; CROWN-IBP stays at β = %.3g to the end.", d.Name, d.RampTo,
			last.Beta)
	}
	return fmt.Sprintf("%s: ε grows until epoch %.3g while CROWN-IBP's share β falls to 0; after it only intervals "+
		"(IBP) train.", d.Name, d.RampTo)
}

func (d ScheduleData) panel(title string, l look, value func(SchedulePoint) float64) *plot.Plot {
	p := newPanel(title, "epoch", "")
	var points plotter.XYs
	for _, q := range d.Points {
		points = append(points, plotter.XY{X: q.Epoch, Y: value(q)})
	}
	p.Add(line(points, l, false))
	p.Y.Min, p.Y.Max = 0, max(p.Y.Max*1.08, 1e-9)
	p.Add(stroke(grey, thinLine, dotted, [2]float64{d.RampTo, 0}, [2]float64{d.RampTo, p.Y.Max}))
	return p
}
