package plot

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/plotter"

	"tightrope/pkg/record"
)

// Distortion draws for each image how far each attack ends from it, as a multiple of the exact minimal distortion: 1 is
// as near as possible. A record without distances, or without any that was found, is an error.
func Distortion(r *record.Record) (*Figure, error) {
	if r == nil || r.Distances == nil || len(r.Distances.Images) == 0 {
		return nil, errors.New("no record of how far attacks end: run `tightrope radius MODEL --attacks --out FILE` " +
			"and keep the record")
	}
	d := r.Distances
	p := newPanel("", fmt.Sprintf("exact minimal distortion of the image, %s (pixel units)", normSign(d.Norm)),
		"attack's distance / exact")
	var legend []entry
	for k, name := range d.Names {
		var points plotter.XYs
		for _, i := range d.Images {
			if i.Found[k] > 0 && i.Lower > 0 {
				points = append(points, plotter.XY{X: i.Lower, Y: i.Found[k] / i.Lower})
			}
		}
		if len(points) == 0 {
			continue
		}
		l := techniqueLook(name)
		p.Add(&plotter.Scatter{XYs: points, GlyphStyle: l.marker()})
		legend = append(legend, entry{label: name, look: l, mark: true})
	}
	if legend == nil {
		return nil, errors.New("no attack found an adversarial image of one that is classified: search up to a " +
			"larger radius")
	}
	p.X.Min, p.X.Max = widened(p.X.Min, p.X.Max, 0.03)
	p.Y.Min, p.Y.Max = widened(min(p.Y.Min, 1), p.Y.Max, 0.05)
	p.Add(stroke(black, 1, dashed, [2]float64{p.X.Min, 1}, [2]float64{p.X.Max, 1}))
	return &Figure{Name: "distortion", Records: []*record.Record{r}, Caption: distortionCaption(d),
		heads: [][]entry{legend}, panels: [][]panel{{p}}, height: panelHeight * 1.2}, nil
}

// normSign is a norm's sign.
func normSign(norm string) string {
	if s, ok := map[string]string{"linf": "ℓ∞", "l2": "ℓ2", "l1": "ℓ1"}[norm]; ok {
		return s
	}
	return norm
}

// distortionCaption tells the median and the worst ratio of each attack.
func distortionCaption(d *record.Distances) string {
	var parts []string
	for k, name := range d.Names {
		ratios := d.Ratios(k)
		if len(ratios) == 0 {
			parts = append(parts, name+" found none")
			continue
		}
		text := fmt.Sprintf("%s %.3f (worst %.2f", name, record.Median(ratios), slices.Max(ratios))
		if missed := len(d.Images) - len(ratios); missed > 0 {
			text += fmt.Sprintf(", %d not found", missed)
		}
		parts = append(parts, text+")")
	}
	return fmt.Sprintf("Attacks end farther than the exact minimal distortion (dashed) by these factors, median of %d "+
		"images: %s.", len(d.Images), strings.Join(parts, ", "))
}
