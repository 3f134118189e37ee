package plot

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// Layers draws the indicators d and r of each relu layer, and how many neurons are unstable and how many of them tight,
// as bars side by side for each setting; whiskers span the seeds. No record, or none with indicators, is an error.
func Layers(records ...*record.Record) (*Figure, error) {
	all, err := settings(records)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, l := range records[0].Tightness {
		names = append(names, l.Layer)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no indicators of tightness: evaluate it with d and r", records[0].Name)
	}
	for _, r := range records {
		if len(r.Tightness) != len(names) {
			return nil, fmt.Errorf("%s has %d layers, %s has %d: compare runs of one architecture", r.Name,
				len(r.Tightness), records[0].Name, len(names))
		}
	}
	values := []struct {
		title string
		value func(record.LayerTightness) float64
	}{
		{"d per layer", func(l record.LayerTightness) float64 { return l.D }},
		{"r per layer", func(l record.LayerTightness) float64 { return l.R }},
		{"unstable neurons", func(l record.LayerTightness) float64 { return l.UnstablePerSample }},
	}
	row := make([]panel, len(values))
	for i, v := range values {
		row[i] = barsPanel(v.title, names, all, v.value)
	}
	return &Figure{Name: "layers", Records: records, Caption: layersCaption(all), heads: lineLegend(all, true),
		panels: [][]panel{row}, height: panelHeight}, nil
}

// clearly is the factor from which on one number of unstable neurons counts as larger than another.
const clearly = 1.1

func layersCaption(all []setting) string {
	base, other, ok := pair(all)
	if !ok {
		return "Tightness and unstable neurons, layer by layer."
	}
	total := func(s setting, value func(record.LayerTightness) float64) float64 {
		sum := 0.0
		for _, r := range s.Records {
			for _, l := range r.Tightness {
				sum += value(l)
			}
		}
		return sum / float64(len(s.Records))
	}
	d := func(l record.LayerTightness) float64 { return l.D }
	u := func(l record.LayerTightness) float64 { return l.UnstablePerSample }
	text := fmt.Sprintf("%s gives %s, with %s", other.label, howLarge(total(base, d), total(other, d), "d"),
		howMany(total(base, u), total(other, u), "unstable neurons"))
	if total(other, d) < total(base, d) && total(other, u) > clearly*total(base, u) {
		text += ": tight is not stable"
	}
	return text + "."
}

// barsPanel has a group of bars for each name, and in each group one for each setting.
func barsPanel(title string, names []string, all []setting, value func(record.LayerTightness) float64) *plot.Plot {
	p := newPanel(title, "", "")
	b := bars{looks: make([]look, len(all)), groups: make([][][]float64, len(names))}
	for g := range names {
		b.groups[g] = make([][]float64, len(all))
		for i, s := range all {
			b.looks[i] = s.look
			for _, r := range s.Records {
				b.groups[g][i] = append(b.groups[g][i], value(r.Tightness[g]))
			}
		}
	}
	p.Add(b)
	p.X.Tick.Marker, p.X.Tick.Length = nameTicks(names), 0
	p.Y.Min = 0
	p.Y.Max *= 1.08
	if p.Y.Max <= 0 {
		p.Y.Max = 1
	}
	return p
}

// nameTicks names the places 0, 1, ... of an axis.
func nameTicks(names []string) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for i, name := range names {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: name})
	}
	return ticks
}

// bars are grouped bars with the range over seeds as a whisker.
type bars struct {
	groups [][][]float64 // [group][setting][seed]
	looks  []look
}

// DataRange implements plot.DataRanger.
func (b bars) DataRange() (xmin, xmax, ymin, ymax float64) {
	for _, g := range b.groups {
		for _, values := range g {
			_, high, _ := limits(values...)
			ymax = max(ymax, high)
		}
	}
	return -0.5, float64(len(b.groups)) - 0.5, 0, ymax
}

// Plot implements plot.Plotter.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	width := 0.76 / float64(len(b.looks))
	for g, group := range b.groups {
		for i, values := range group {
			left := float64(g) - 0.38 + float64(i)*width
			drawBox(c, b.looks[i], vg.Rectangle{Min: vg.Point{X: trX(left + 0.04*width), Y: trY(0)},
				Max: vg.Point{X: trX(left + 0.96*width), Y: trY(average(values))}})
			if low, high, _ := limits(values...); len(values) > 1 {
				x := trX(left + width/2)
				c.StrokeLine2(draw.LineStyle{Color: black, Width: 1.2}, x, trY(low), x, trY(high))
			}
		}
	}
}
