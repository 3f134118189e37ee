package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"

	"tightrope/pkg/record"
)

// Distances is one trained network for [TightNotStable].
type Distances struct {
	Lambda, Gamma float64
	Samples       int // that the values are of
	// Values are the distances of the unstable neurons' z' from the nearest touching point of their line, relative to
	// u-l: 0 if tight, at most 1.
	Values []float64
}

// TightDistance is the distance from a touching point, as a fraction of u - l, up to which figures and tables of
// trainings on the plane count a neuron as tight.
const TightDistance = 0.005

// TightNotStable draws how far the unstable neurons of networks are from the points where the relaxation touches relu,
// as a histogram, neurons per sample: the first bars are unstable and tight. It returns an error without networks or
// samples.
func TightNotStable(networks ...Distances) (*Figure, error) {
	if len(networks) == 0 {
		return nil, fmt.Errorf("no networks to compare: give the distances of at least one")
	}
	names := []string{"tight", "to 5 %", "to 10 %", "to 20 %", "to 50 %", "more"}
	limits := []float64{TightDistance, 0.05, 0.1, 0.2, 0.5, math.Inf(1)}
	b := bars{groups: make([][][]float64, len(names))}
	var legend []entry
	regularized := 0
	for _, n := range networks {
		if n.Samples < 1 {
			return nil, fmt.Errorf("distances of %d samples: measure at least one", n.Samples)
		}
		l, label := baselineLook, "without regularizer"
		if n.Lambda != 0 || n.Gamma != 0 {
			l, label = regularizedLooks[regularized%len(regularizedLooks)], record.WeightsText(n.Lambda, n.Gamma)
			regularized++
		}
		legend, b.looks = append(legend, entry{label: label, look: l, area: true}), append(b.looks, l)
		for g, count := range n.histogram(limits) {
			b.groups[g] = append(b.groups[g], []float64{count})
		}
	}
	p := newPanel("", "distance of z′ at x* from the nearest touching point, in % of u − l",
		"unstable neurons per sample")
	p.Add(b)
	p.X.Tick.Marker, p.X.Tick.Length = nameTicks(names), 0
	p.Y.Min, p.Y.Max = 0, max(p.Y.Max*1.08, 1e-6)
	return &Figure{Name: "tight-not-stable", Caption: tightCaption(networks), heads: [][]entry{legend},
		panels: [][]panel{{p}}, height: panelHeight * vg.Length(1.1)}, nil
}

// histogram counts the values up to each limit, a sample.
func (n Distances) histogram(limits []float64) []float64 {
	counts := make([]float64, len(limits))
	for _, v := range n.Values {
		for g, limit := range limits {
			if v <= limit {
				counts[g] += 1 / float64(n.Samples)
				break
			}
		}
	}
	return counts
}

// tight is the percentage of the unstable neurons that are tight, and the number of unstable ones per sample.
func (n Distances) tight() (percent, unstable float64) {
	if len(n.Values) == 0 {
		return 0, 0
	}
	counts := n.histogram([]float64{TightDistance, math.Inf(1)})
	return 100 * counts[0] / (counts[0] + counts[1]), counts[0] + counts[1]
}

// mean is the mean distance, in percent of u-l.
func (n Distances) mean() float64 {
	if len(n.Values) == 0 {
		return 0
	}
	return 100 * average(n.Values)
}

func tightCaption(networks []Distances) string {
	base, last := networks[0], networks[len(networks)-1]
	percent, unstable := base.tight()
	if len(networks) == 1 {
		return fmt.Sprintf("Of %.3g unstable neurons per sample %.0f %% are tight; they are %.3g %% of u − l from a "+
			"touching point on average.", unstable, percent, base.mean())
	}
	otherPercent, otherUnstable := last.tight()
	text := fmt.Sprintf("%s gives %s, on average %.2g %% of u − l from a touching point instead of %.2g %%",
		record.WeightsText(last.Lambda, last.Gamma), howMany(unstable, otherUnstable, "unstable neurons"), last.mean(),
		base.mean())
	if max(percent, otherPercent) >= 5 {
		text += fmt.Sprintf(" (tight: %.0f %% instead of %.0f %%)", otherPercent, percent)
	}
	if last.mean() < base.mean() && otherUnstable >= unstable*0.9 {
		text += ": tight is not stable"
	}
	return text + "."
}

// CourseDistances is [TightNotStable] for the trainings with bounds on the plane.
func CourseDistances(r *record.Record) (*Figure, error) {
	if _, err := CourseFrames(r); err != nil {
		return nil, err
	}
	var networks []Distances
	for _, run := range r.Course.Runs {
		if !run.Bounded() {
			continue
		}
		d := Distances{Lambda: run.Lambda, Gamma: run.Gamma, Samples: len(r.Course.X)}
		for _, v := range run.Distances {
			d.Values = append(d.Values, float64(v))
		}
		networks = append(networks, d)
	}
	f, err := TightNotStable(networks...)
	if err != nil {
		return nil, err
	}
	f.Records = []*record.Record{r}
	return f, nil
}
