package plot

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// smoothingLooks are those of smoothed networks, by their noise.
var smoothingLooks = []look{{color: purple, glyph: draw.CircleGlyph{}},
	{color: green, glyph: draw.TriangleGlyph{}, dashes: long}, {color: darkGrey, glyph: open{}, dashes: dashDot}}

// Smoothing draws the certified accuracy over the l_2 radius of smoothed networks, which holds with confidence 1 -
// alpha for each image, and beside it that of trainings by their bounds. No record of smoothing is an error.
func Smoothing(records ...*record.Record) (*Figure, error) {
	records = slices.DeleteFunc(slices.Clone(records), func(r *record.Record) bool { return !r.IsSmoothing() })
	if len(records) == 0 {
		return nil, errors.New("no record of smoothing: run `tightrope train small/mnist-noise`, then `tightrope smooth " +
			"MODEL --sigma 0.25 --out FILE`, and keep the record")
	}
	slices.SortFunc(records, func(a, b *record.Record) int { return cmp.Compare(a.Smoothing.Sigma, b.Smoothing.Sigma) })
	p := newPanel("", "ℓ2 radius (pixel units)", "certified accuracy on test images, %")
	p.X.Min, p.Y.Min, p.Y.Max = 0, 0, 100
	var smoothed, bounds []entry
	for k, r := range records {
		l := smoothingLooks[k%len(smoothingLooks)]
		p.Add(line(points(r.Smoothing.Curve), l, true))
		smoothed = append(smoothed, entry{label: fmt.Sprintf("smoothing, σ = %g", r.Smoothing.Sigma), look: l})
		for _, b := range r.Smoothing.Beside {
			l := techniqueLook(b.Technique)
			p.Add(line(points(b.Curve), l, true))
			bounds = append(bounds, entry{label: boundLabel(b), look: l})
		}
	}
	heads := [][]entry{smoothed}
	if bounds != nil {
		heads = append(heads, bounds)
	}
	return &Figure{Name: "smoothing", Records: records, Caption: smoothingCaption(records), heads: heads,
		panels: [][]panel{{p}}, height: panelHeight * 1.3}, nil
}

func points(curve []record.SmoothPoint) (xy plotter.XYs) {
	for _, p := range curve {
		xy = append(xy, plotter.XY{X: p.Radius, Y: p.Accuracy})
	}
	return xy
}

func boundLabel(b record.BoundCurve) string {
	return fmt.Sprintf("%s(%s), %s training", b.Technique, normSign(b.Norm), b.Method)
}

// comparedAt is the radius of Appendix F.
const comparedAt = 0.25

// smoothingCaption tells the accuracies at Appendix F's radius, and what kind of statement each is.
func smoothingCaption(records []*record.Record) string {
	var parts, bounds []string
	for _, r := range records {
		s := r.Smoothing
		parts = append(parts, fmt.Sprintf("%.1f %% with σ = %g (n = %d, %d images, %s)",
			s.CertifiedAccuracy(comparedAt), s.Sigma, s.Draws, len(s.Images), s.Confidence()))
		for _, b := range s.Beside {
			if at := b.At(comparedAt); at == at {
				bounds = append(bounds, fmt.Sprintf("%.1f %% by %s(%s)", at, b.Technique, normSign(b.Norm)))
			}
		}
	}
	text := fmt.Sprintf("Certified accuracy at ℓ2 radius %g: %s", comparedAt, strings.Join(parts, ", "))
	if len(bounds) > 0 {
		text += "; bounds of other networks certify " + strings.Join(bounds, ", ")
	}
	return text + "."
}
