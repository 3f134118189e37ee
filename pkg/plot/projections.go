package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"tightrope/pkg/record"
)

// noiseLooks are those of the balls whose bounds random projections estimate.
var noiseLooks = map[string]struct {
	name string
	look look
}{
	"linf": {"ℓ∞ (Cauchy vectors)", look{color: blue, glyph: open{}}},
	"l2":   {"ℓ2 (Gaussian vectors, Cauchy for the relus)", look{color: orange, dashes: dashed, glyph: cross{}}},
}

// Projections draws how random projections estimate a layer's bounds over the number k of vectors: left the ratio of
// the estimated to the exact radius, its mean and where 90 % of the draws lie; right its standard deviation, which
// falls as 1/sqrt(k). A record without such a study is an error.
func Projections(r *record.Record) (*Figure, error) {
	if r == nil || len(r.Noise) == 0 {
		return nil, fmt.Errorf("no projections to draw: take a record of random projections, which tightrope figures " +
			"makes")
	}
	ratio, deviation := noisePanel("mean, and 90 % of the draws", "estimated / exact radius", r.Noise),
		noisePanel("its standard deviation", "", r.Noise)
	var legend []entry
	for _, norm := range []string{"linf", "l2"} {
		points := noiseOf(r.Noise, norm)
		if len(points) == 0 {
			continue
		}
		l := noiseLooks[norm]
		legend = append(legend, entry{label: l.name, look: l.look})
		drawRatios(ratio, points, l.look)
		drawDeviations(deviation, points, l.look)
	}
	deviation.Y.Scale, deviation.Y.Tick.Marker = plot.LogScale{},
		plot.ConstantTicks(logTicks(deviation.Y.Min, deviation.Y.Max))
	return &Figure{Name: "projections", Records: []*record.Record{r}, Caption: noiseCaption(r.Noise),
		heads:  [][]entry{legend},
		panels: [][]panel{{ratio, deviation}}, height: panelHeight * 1.4}, nil
}

func noiseOf(all []record.ProjectionNoise, norm string) []record.ProjectionNoise {
	var points []record.ProjectionNoise
	for _, n := range all {
		if n.Norm == norm {
			points = append(points, n)
		}
	}
	slices.SortFunc(points, func(a, b record.ProjectionNoise) int { return a.K - b.K })
	return points
}

// noisePanel has the numbers of vectors on a logarithmic axis.
func noisePanel(title, y string, all []record.ProjectionNoise) *plot.Plot {
	p := newPanel(title, "number of random vectors k", y)
	p.X.Scale = plot.LogScale{}
	var ticks plot.ConstantTicks
	for _, n := range all {
		ticks = append(ticks, plot.Tick{Value: float64(n.K), Label: strconv.Itoa(n.K)})
	}
	p.X.Tick.Marker = ticks
	return p
}

func drawRatios(p *plot.Plot, points []record.ProjectionNoise, l look) {
	var mean plotter.XYs
	var high, low [][2]float64
	for _, n := range points {
		k := float64(n.K)
		mean = append(mean, plotter.XY{X: k, Y: n.Mean})
		high, low = append(high, [2]float64{k, n.High}), append(low, [2]float64{k, n.Low})
	}
	slices.Reverse(low)
	p.Add(area(faded(l.color, 0.18), append(high, low...)...), line(mean, l, true))
	p.Add(stroke(black, 1, nil, [2]float64{mean[0].X, 1}, [2]float64{mean[len(mean)-1].X, 1}))
	p.Y.Min = 0
}

// drawDeviations adds the standard deviations and, from the last one on backwards, their limit 1/sqrt(k).
func drawDeviations(p *plot.Plot, points []record.ProjectionNoise, l look) {
	var line1, limit plotter.XYs
	last := points[len(points)-1]
	for _, n := range points {
		line1 = append(line1, plotter.XY{X: float64(n.K), Y: n.Deviation})
		limit = append(limit, plotter.XY{X: float64(n.K), Y: last.Deviation * math.Sqrt(float64(last.K)/float64(n.K))})
	}
	p.Add(line(limit, look{color: grey, dashes: dotted, glyph: noGlyph{}}, false), line(line1, l, true))
}

// noiseCaption says how far off the usual number of vectors is, or the first one where that was not drawn.
func noiseCaption(all []record.ProjectionNoise) string {
	n := all[0]
	if i := slices.IndexFunc(all, func(n record.ProjectionNoise) bool {
		return n.Norm == "linf" &&
			n.K == 50
	}); i >= 0 {
		n = all[i]
	}
	return fmt.Sprintf("With k = %d vectors a single draw of the radius is off by %.0f %%, the mean of %s draws by %s "+
		"%% (worst unit %.1f %%); the noise falls as 1/√k (dotted).",
		n.K, 100*n.Deviation, thousands(n.Draws), signed("%+.1f", 100*(n.Mean-1)), 100*n.WorstUnit)
}
