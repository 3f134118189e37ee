package plot

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"tightrope/pkg/record"
)

// Rungs draws the bounds of one image at one radius, in pixel units, of a record's ladder, the loosest on top. To the
// right of 0 the image is certified, except for PGD, which bounds from above. A record without bounds at that radius is
// an error.
func Rungs(r *record.Record, eps float64) (*Figure, error) {
	var rungs []record.Rung
	if r != nil {
		for _, rung := range r.Ladder {
			if rung.Eps == eps {
				rungs = append(rungs, rung)
			}
		}
	}
	if len(rungs) == 0 {
		return nil, fmt.Errorf("no bounds at eps %v: take a record with a ladder of bounds at that radius", eps)
	}
	slices.Reverse(rungs)
	p, least := newPanel("", "least margin over the other classes", ""), floor(rungs)
	var ticks plot.ConstantTicks
	for i, rung := range rungs {
		l, y := techniqueLook(rung.Technique), float64(i)
		p.Add(stroke(l.color, 5, nil, [2]float64{0, y}, [2]float64{max(rung.Margin, least), y}))
		if rung.Margin >= least {
			p.Add(line(plotter.XYs{{X: rung.Margin, Y: y}}, l, true))
		} else {
			p.X.Label.Text = "least margin over the other classes (bars without a marker are cut)"
		}
		ticks = append(ticks, plot.Tick{Value: y, Label: rung.Technique + "  " + signed("%+.3g", rung.Margin)})
	}
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = -0.6, float64(len(rungs))-0.3, ticks
	p.X.Min, p.X.Max = widened(min(p.X.Min, 0), max(p.X.Max, 0), 0.08)
	p.Add(stroke(black, 1, nil, [2]float64{0, p.Y.Min}, [2]float64{0, p.Y.Max}))
	return &Figure{Name: "rungs", Records: []*record.Record{r}, Caption: rungsCaption(rungs, eps),
		panels: [][]panel{{p}},
		height: vg.Length(len(rungs))*0.3*vg.Inch + 0.8*vg.Inch}, nil
}

// floor cuts the bars of bounds off that are far looser than the median, so that the tight ones can be told apart;
// their values stand beside them.
func floor(rungs []record.Rung) float64 {
	sizes := make([]float64, len(rungs))
	for i, r := range rungs {
		sizes[i] = abs(r.Margin)
	}
	slices.Sort(sizes)
	return -4 * sizes[len(sizes)/2]
}

// rungsCaption names the techniques that certify, and those whose bounds are positive without a certificate.
func rungsCaption(rungs []record.Rung, eps float64) string {
	var certify, positive []string
	for _, rung := range slices.Backward(rungs) {
		switch {
		case !(rung.Margin > 0) || rung.Technique == attackName:
		case unproven(rung.Technique):
			positive = append(positive, rung.Technique)
		default:
			certify = append(certify, rung.Technique)
		}
	}
	text := certifyCaption(rungs, certify, eps)
	if len(positive) > 0 {
		text += " Positive without a certificate: " + strings.Join(positive, ", ") + "."
	}
	return text
}

// certifyCaption names the techniques that certify.
func certifyCaption(rungs []record.Rung, certify []string, eps float64) string {
	switch len(certify) {
	case 0:
		return fmt.Sprintf("At ε = %.3g no bound certifies this image%s.", eps, adversarialWords(rungs))
	case 1:
		return fmt.Sprintf("At ε = %.3g only %s certifies this image.", eps, certify[0])
	}
	return fmt.Sprintf("At ε = %.3g this image is certified by %s.", eps, listed(certify))
}

// adversarialWords says whether there is an adversarial image: PGD reached one, or the exact minimum is negative.
func adversarialWords(rungs []record.Rung) string {
	below := func(technique string) bool {
		return slices.ContainsFunc(rungs, func(r record.Rung) bool { return r.Technique == technique && r.Margin < 0 })
	}
	switch {
	case below(attackName):
		return ", and PGD found an attack"
	case below("exact"):
		return ": the exact minimum is negative, so there is an adversarial image, which PGD did not find"
	}
	return ""
}

func listed(words []string) string {
	text := words[0]
	for _, w := range words[1 : len(words)-1] {
		text += ", " + w
	}
	return text + " and " + words[len(words)-1]
}

// LadderErrors draws, over eps, the percentage of images that each technique does not certify, and of those that PGD
// changes; the exact line, if there is one, lies between. A record without such errors is an error.
func LadderErrors(r *record.Record) (*Figure, error) {
	if r == nil || len(r.Errors) == 0 {
		return nil, fmt.Errorf("no errors by technique to draw: take a record of a data set's ladder")
	}
	p := newPanel("", "ε (pixel units)",
		fmt.Sprintf("%s on %s images", record.InPercent(record.CertifiedName), thousands(r.Errors[0].Samples)))
	var labels endLabels
	lines := map[string]plotter.XYs{}
	var order []string
	for _, e := range r.Errors {
		if lines[e.Technique] == nil {
			order = append(order, e.Technique)
		}
		lines[e.Technique] = append(lines[e.Technique], plotter.XY{X: e.Eps, Y: e.Error})
	}
	if lines[attackName] != nil {
		p.Y.Label.Text += " (PGD: " + record.PGDName + ")"
	}
	for _, name := range order {
		points, l := lines[name], techniqueLook(name)
		slices.SortFunc(points, func(a, b plotter.XY) int { return int(1e9 * (a.X - b.X)) })
		p.Add(line(points, l, true))
		last := points[len(points)-1]
		labels = append(labels, endLabel{last.X, last.Y, name, l.color})
	}
	p.Y.Min, p.Y.Max = 0, min(100, p.Y.Max*1.05+1)
	p.Add(merged(labels, (p.Y.Max-p.Y.Min)/200))
	return &Figure{Name: "ladder-errors", Records: []*record.Record{r}, Caption: ladderErrorsCaption(lines, order),
		panels: [][]panel{{p}}, height: panelHeight * 1.4}, nil
}

// ladderErrorsCaption compares the loosest and the tightest bound at the largest radius that is drawn.
func ladderErrorsCaption(lines map[string]plotter.XYs, order []string) string {
	worst, best := "", ""
	at := func(name string) plotter.XY { return lines[name][len(lines[name])-1] }
	for _, name := range order {
		if name == attackName {
			continue
		}
		if worst == "" || at(name).Y > at(worst).Y {
			worst = name
		}
		if best == "" || at(name).Y <= at(best).Y {
			best = name
		}
	}
	if worst == best {
		return "Error over the radius ε."
	}
	return fmt.Sprintf("At ε = %.3g, %s leaves %.2f %% uncertified, %s %.2f %%.", at(best).X, worst, at(worst).Y, best,
		at(best).Y)
}
