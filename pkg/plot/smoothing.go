package plot

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// smoothingLooks are those of smoothed networks, by their noise.
var smoothingLooks = []look{{color: purple, glyph: draw.BoxGlyph{}},
	{color: green, glyph: draw.TriangleGlyph{}, dashes: long}, {color: darkGrey, glyph: open{}, dashes: dashDot}}

// Smoothing draws the certified accuracy over the l_2 radius of smoothed networks, which holds with confidence 1 -
// alpha for each image, and beside it that of trainings by their bounds: one panel for each data set. No record of
// smoothing is an error.
func Smoothing(records ...*record.Record) (*Figure, error) {
	records = slices.DeleteFunc(slices.Clone(records), func(r *record.Record) bool { return !r.IsSmoothing() })
	if len(records) == 0 {
		return nil, errors.New("no record of smoothing: run `tightrope train small/mnist-noise`, then " +
			"`tightrope smooth MODEL --sigma 0.25 --out FILE`, and keep the record")
	}
	slices.SortFunc(records, func(a, b *record.Record) int {
		return cmp.Or(cmp.Compare(a.Dataset.Name, b.Dataset.Name), cmp.Compare(a.Smoothing.Sigma, b.Smoothing.Sigma))
	})
	f := &Figure{Name: "smoothing", Records: records, Caption: smoothingCaption(records), height: panelHeight * 1.3,
		panels: [][]panel{nil}, heads: [][]entry{smoothedEntries(records)}}
	var bounds []entry
	for of := range dataSets(records) {
		p := newPanel(of[0].Dataset.Name, "ℓ2 radius (pixel units)", "certified accuracy on test images, %")
		p.X.Min, p.Y.Min, p.Y.Max = 0, 0, 100
		for _, r := range of {
			bounds = append(bounds, drawSmoothed(p, r, smoothedEntries(records))...)
		}
		f.panels[0] = append(f.panels[0], p)
	}
	if bounds != nil {
		f.heads = append(f.heads, distinct(bounds))
	}
	return f, nil
}

// dataSets are the records of each data set, which stand together.
func dataSets(records []*record.Record) iter.Seq[[]*record.Record] {
	return func(yield func([]*record.Record) bool) {
		for from := 0; from < len(records); {
			to := from
			for to < len(records) && records[to].Dataset.Name == records[from].Dataset.Name {
				to++
			}
			if !yield(records[from:to]) {
				return
			}
			from = to
		}
	}
}

// drawSmoothed draws a smoothed network with the looks of a legend, and the bounds beside it, which it returns.
func drawSmoothed(p *plot.Plot, r *record.Record, looks []entry) (bounds []entry) {
	k := slices.IndexFunc(looks, func(e entry) bool { return e.label == smoothedLabel(r) })
	p.Add(line(points(r.Smoothing.Curve), looks[k].look, true))
	for _, b := range r.Smoothing.Beside {
		l := techniqueLook(b.Technique)
		p.Add(line(points(b.Curve), l, true))
		bounds = append(bounds, entry{label: boundLabel(b), look: l})
	}
	return bounds
}

// smoothedEntries are the legend of the smoothed networks, by their noise.
func smoothedEntries(records []*record.Record) (all []entry) {
	for _, r := range slices.SortedFunc(slices.Values(records), func(a, b *record.Record) int {
		return cmp.Compare(a.Smoothing.Sigma, b.Smoothing.Sigma)
	}) {
		all = append(all, entry{label: smoothedLabel(r)})
	}
	all = distinct(all)
	for k := range all {
		all[k].look = smoothingLooks[k%len(smoothingLooks)]
	}
	return all
}

func smoothedLabel(r *record.Record) string {
	return fmt.Sprintf("smoothing, σ = %g", r.Smoothing.Sigma)
}

// distinct leaves out entries whose label is there already.
func distinct(all []entry) (kept []entry) {
	for _, e := range all {
		if !slices.ContainsFunc(kept, func(k entry) bool { return k.label == e.label }) {
			kept = append(kept, e)
		}
	}
	return kept
}

func points(curve []record.SmoothPoint) (xy plotter.XYs) {
	for _, p := range curve {
		xy = append(xy, plotter.XY{X: p.Radius, Y: p.Accuracy})
	}
	return xy
}

func boundLabel(b record.BoundCurve) string {
	return fmt.Sprintf("%s(%s), %s training at %.3g", b.Technique, normSign(b.Norm), b.Method, b.Eps)
}

// comparedAt is the radius of Appendix F.
const comparedAt = 0.25

// smoothingCaption tells the accuracies at Appendix F's radius, and what kind of statement each is.
func smoothingCaption(records []*record.Record) string {
	var texts []string
	for of := range dataSets(records) {
		texts = append(texts, of[0].Dataset.Name+" "+accuracies(of))
	}
	return fmt.Sprintf("Certified accuracy at ℓ2 radius %g: %s.", comparedAt, strings.Join(texts, ". "))
}

// howMeasured tells how a smoothed network was measured.
func howMeasured(r *record.Record) string {
	s := r.Smoothing
	return fmt.Sprintf(" (n = %d, %d images, %s)", s.Draws, len(s.Images), s.Confidence())
}

// accuracies are those of one data set.
func accuracies(records []*record.Record) string {
	var parts, bounds []string
	for i, r := range records {
		s := r.Smoothing
		part := fmt.Sprintf("%.1f %% with σ = %g", s.CertifiedAccuracy(comparedAt), s.Sigma)
		if i == len(records)-1 || howMeasured(records[i+1]) != howMeasured(r) { // once for those that share it
			part += howMeasured(r)
		}
		parts = append(parts, part)
		for _, b := range s.Beside {
			if at := b.At(comparedAt); at == at {
				bounds = append(bounds, fmt.Sprintf("%.1f %% by %s(%s)", at, b.Technique, normSign(b.Norm)))
			}
		}
	}
	text := strings.Join(parts, ", ")
	if len(bounds) > 0 {
		text += "; bounds of other networks certify " + strings.Join(bounds, ", ")
	}
	return text
}
