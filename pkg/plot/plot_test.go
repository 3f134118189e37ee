package plot

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"tightrope/pkg/record"
	"tightrope/pkg/relax"
)

// drawn renders a figure both ways and returns its SVG.
func drawn(t *testing.T, f *Figure, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	b, err := PNG(f, 600)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if w := img.Bounds().Dx(); w < 598 || w > 606 {
		t.Errorf("PNG is %d pixels wide, want 600", w)
	}
	svg := string(SVG(f))
	if !strings.Contains(svg, "<title>") || f.Caption == "" {
		t.Error("no caption")
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Error("the SVG holds a coordinate that is not a number")
	}
	return svg
}

// strokes counts the outlines drawn in a colour.
func strokes(svg string, c color.NRGBA) int {
	return strings.Count(svg, fmt.Sprintf("stroke:#%02X%02X%02X", c.R, c.G, c.B))
}

func fills(svg string, c color.NRGBA) int {
	return strings.Count(svg, fmt.Sprintf("fill:#%02X%02X%02X", c.R, c.G, c.B))
}

// runs are three paired seeds without and with gamma = 4; the regularized ones are a tenth better.
func runs() []*record.Record {
	var all []*record.Record
	for _, gamma := range []float64{0, 4} {
		for seed := range 3 {
			all = append(all, run(gamma, seed))
		}
	}
	return all
}

func run(gamma float64, seed int) *record.Record {
	r := record.New("mlp-2x100/digits", record.Train)
	r.Seed, r.Gamma, r.Recipe = uint64(seed), gamma, []byte(`{"scale":"quick"}`)
	f := 1 - gamma/40 + float64(seed)*0.02
	for e := 1; e <= 12; e++ {
		x := float64(e)
		r.Epochs = append(r.Epochs, record.EpochMetrics{Epoch: e, Step: e * 20, Eps: min(0.1, 0.02*x),
			Loss: f * 2.3 / math.Sqrt(x), R: f * 0.02 * x / (1 + gamma),
			Unstable: f * (30 - x) * (1 + gamma/10), TrainCertifiedError: f * 90 / math.Sqrt(x),
			CertifiedError: f * 92 / math.Sqrt(x), ValidationSamples: 100})
	}
	r.Results[record.Test] = record.SplitResult{Samples: 360, Eps: 0.1, CertifiedError: 20 * f, StandardError: 4,
		Technique: "Fast-Lin"}
	for _, eps := range []float64{0, 0.05, 0.1, 0.15, 0.2} {
		r.Curve = append(r.Curve, record.CurvePoint{Eps: eps, StandardError: 4, CertifiedError: f * (4 + 1200*eps*eps),
			PGDError: f * (4 + 600*eps*eps), PGDSteps: 20})
	}
	for l := 1; l <= 2; l++ {
		r.Tightness = append(r.Tightness, record.LayerTightness{Layer: fmt.Sprint("relu ", l), D: f * 0.1 * float64(l),
			R: f * 0.02 / (1 + gamma), UnstablePerSample: f * 10 * (1 + gamma/5)})
	}
	return r
}

func TestNeuronMarksWhereRelaxationsTouch(t *testing.T) {
	f, err := Neuron(-1, 1.5)
	svg := drawn(t, f, err)
	// 3 touching points for each of triangle, Fast-Lin and CROWN.
	if n := fills(svg, vermillion); n != 9 {
		t.Errorf("%d red points, want 9", n)
	}
	// Red lines: both sides of the triangle in one, and CROWN's lower line.
	if n := strokes(svg, vermillion); n != 2 {
		t.Errorf("%d red lines, want 2", n)
	}
	for _, want := range []string{"Fast-Lin", "CROWN", "triangle"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no panel %s", want)
		}
	}
	f, err = Neuron(0.5, 2, relax.Interval{}, relax.Alpha{Slope: 0.3})
	drawn(t, f, err)
	f, err = NeuronLines(-2, -0.5, relax.CROWN{})
	drawn(t, f, err)
}

func TestToyFigures(t *testing.T) {
	f, err := Toy(ToyData{B: 0.4, Eps: 0.2})
	svg := drawn(t, f, err)
	if blueOnes, orangeOnes := strokes(svg, blue), strokes(svg, orange); blueOnes != 2 || orangeOnes != 2 {
		t.Errorf("%d and %d triangles of S, want 2 of each label", blueOnes, orangeOnes)
	}
	r := record.New("toy", record.Toy)
	r.Toy = &record.ToyCheck{B: 0.4, Eps: 0.2, Points: 12345, Unstable: 2, Sample: []record.ToyPoint{
		{X: [2]float64{0, 0.9}, XStar: [2]float64{0.2, 0.7}, Label: 1, Bound: 0.5, Exact: 0.5, Unstable: 2},
		{X: [2]float64{0.9, 0}, XStar: [2]float64{0.7, 0.2}, Bound: 0.5, Exact: 0.5, Unstable: 2},
		{X: [2]float64{0.9, 0.3}, XStar: [2]float64{0.7, 0.5}, Bound: 0.2, Exact: 0.2},
	}}
	f, err = ToyTight(r)
	svg = drawn(t, f, err)
	if n := fills(svg, vermillion); n != 2 {
		t.Errorf("%d arrows to x*, want one for each unstable point", n)
	}
	if !strings.Contains(f.Caption, "12,345 points") {
		t.Errorf("caption %q", f.Caption)
	}
	f, err = ToyExplorer(ToyData{B: 0.4, Eps: 0.2}, r.Toy.Sample[0])
	drawn(t, f, err)
}

func TestRunFigures(t *testing.T) {
	f, err := Training(runs()...)
	svg := drawn(t, f, err)
	// Four panels and the legend, one line for each setting.
	if a, b := strokes(svg, baselineLook.color), strokes(svg, regularizedLooks[0].color); a < 5 || b < 5 {
		t.Errorf("%d lines without and %d with the regularizer, want 5 or more", a, b)
	}
	f, err = CertifiedCurve(runs()...)
	svg = drawn(t, f, err)
	if !strings.Contains(f.Caption, "by −2.00 points (95\u00a0% interval") ||
		!strings.Contains(f.Caption, "3 paired seeds") {
		t.Errorf("caption %q", f.Caption)
	}
	if !strings.Contains(svg, "trained ε = 0.1") || !strings.Contains(svg, "difference to the run without") {
		t.Error("the trained radius is not marked, or the differences are missing")
	}
	f, err = CertifiedCurve(runs()[1:]...)
	if svg = drawn(t, f, err); strings.Contains(svg, "difference to the run without") {
		t.Error("differences without pairs")
	}
	var pair []*record.Record
	for _, r := range runs() {
		if r.Seed == runs()[0].Seed {
			pair = append(pair, r)
		}
	}
	f, err = CertifiedCurve(pair...)
	if svg = drawn(t, f, err); len(pair) != 2 || strings.Contains(svg, "difference to the run without") ||
		!strings.Contains(f.Caption, "one seed, so no interval") {
		t.Errorf("%d records: the difference of one pair is drawn, or %q does not say so", len(pair), f.Caption)
	}
	f, err = Layers(runs()...)
	svg = drawn(t, f, err)
	// 3 panels of 2 layers and the legend.
	if a, b := strokes(svg, baselineLook.color), fills(svg, regularizedLooks[0].color); a != 7 || b != 7 {
		t.Errorf("%d hollow and %d full bars, want 7 of each", a, b)
	}
}

func TestGridFramesTheBest(t *testing.T) {
	all := runs()
	f, err := Grid(record.Test, all...)
	svg := drawn(t, f, err)
	if n := strokes(svg, vermillion); n != 1 {
		t.Errorf("%d framed cells, want 1", n)
	}
	if !strings.Contains(svg, "18.40") || !strings.Contains(f.Caption, "γ = 4") {
		t.Errorf("caption %q", f.Caption)
	}
	f, err = Grid(record.Test, all[:3]...)
	drawn(t, f, err)
	_, err = Grid(record.Validation, all...)
	wantError(t, err, "no result on the validation split")
}

func TestLadderNamesEachBound(t *testing.T) {
	r := record.New("second toy", record.Toy)
	for _, eps := range []float64{0, 0.1, 0.2, 0.3} {
		r.Ladder = append(r.Ladder, record.Rung{Technique: "exact", Eps: eps, Margin: 0.7 - 2*eps},
			record.Rung{Technique: "Fast-Lin", Eps: eps, Margin: 0.7 - 3*eps},
			record.Rung{Technique: "CROWN", Eps: eps, Margin: 0.7 - 3*eps},
			record.Rung{Technique: "IBP", Eps: eps, Margin: 0.7 - 4*eps})
	}
	f, err := Ladder(r)
	svg := drawn(t, f, err)
	for _, want := range []string{">exact<", ">Fast-Lin = CROWN<", ">IBP<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no label %s", want)
		}
	}
	if want := "exact beyond 0.3; Fast-Lin and CROWN to 0.233"; !strings.Contains(f.Caption, want) {
		t.Errorf("caption %q, want %q", f.Caption, want)
	}
}

func picture(title string) Picture {
	p := Picture{Title: title, Shape: []int{3, 4, 4}, Values: make([]float64, 48)}
	for i := range p.Values {
		p.Values[i] = float64(i) / 48
	}
	return p
}

func TestExplainSaysWhatIsKnown(t *testing.T) {
	c := Certificate{Clean: picture("x"), Attacked: picture("attack"), XStar: picture("x*"), Label: 1, Eps: 0.1,
		Technique: "Fast-Lin",
		Bounds:    []float64{0.5, 0, 0.2}, Attacks: []float64{0.8, 0, 0.3}}
	for _, e := range []struct {
		bound, attack float64
		says          string
	}{{0.2, 0.3, "Certified"}, {-0.2, 0.3, "Undecided: class 2"}, {-0.2, -0.1, "Broken"}} {
		c.Bounds[2], c.Attacks[2] = e.bound, e.attack
		f, err := Explain(c)
		svg := drawn(t, f, err)
		if !strings.HasPrefix(f.Caption, e.says) {
			t.Errorf("caption %q, want %q", f.Caption, e.says)
		}
		if n := strings.Count(svg, "<image"); n != 3 {
			t.Errorf("%d images, want 3", n)
		}
	}
}

func TestPictures(t *testing.T) {
	f, err := Pictures("Three.", 2, picture("a"), picture("b"), picture("c"))
	if n := strings.Count(drawn(t, f, err), "<image"); n != 3 {
		t.Errorf("%d images, want 3", n)
	}
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got error %v, want one line with %q", err, text)
	}
}

func TestErrorsNameTheRemedy(t *testing.T) {
	empty := record.New("bare", record.Train)
	for want, draw := range map[string]func() (*Figure, error){
		"no records to draw":  func() (*Figure, error) { return Training() },
		"no epochs to draw":   func() (*Figure, error) { return Training(empty) },
		"no errors over eps":  func() (*Figure, error) { return CertifiedCurve(empty) },
		"no indicators":       func() (*Figure, error) { return Layers(empty) },
		"no bounds to draw":   func() (*Figure, error) { return Ladder(empty) },
		"record with the toy": func() (*Figure, error) { return ToyTight(empty) },
		"needs l < u":         func() (*Figure, error) { return Neuron(1, math.NaN()) },
		"slope in [0, 1]":     func() (*Figure, error) { return NeuronLines(-1, 1, relax.Alpha{Slope: 2}) },
		"use 0 < b < 1":       func() (*Figure, error) { return Toy(ToyData{B: 1}) },
		"no pictures":         func() (*Figure, error) { return Pictures("", 0) },
		"1 or 3 channels":     func() (*Figure, error) { return Pictures("", 0, Picture{Shape: []int{2, 1, 1}}) },
		"needs 784":           func() (*Figure, error) { return Pictures("", 0, Picture{Shape: []int{1, 28, 28}}) },
		"compare runs of one arc": func() (*Figure,
			error) {
			a := run(0, 1)
			a.Tightness = a.Tightness[:1]
			return Layers(run(0, 1), a)
		},
		"classes 0 to 1": func() (*Figure, error) {
			return Explain(Certificate{Clean: picture(""), Attacked: picture(""), XStar: picture(""), Label: 2,
				Bounds: make([]float64, 2), Attacks: make([]float64, 2)})
		},
	} {
		_, err := draw()
		wantError(t, err, want)
	}
	f, _ := Neuron(-1, 1)
	_, err := PNG(f, 1)
	wantError(t, err, "use 50 to 10,000")
}

func TestLabelsSpreadApart(t *testing.T) {
	ys := []float64{1, 1.2, 1.3, 9.9}
	lengths := toLengths(ys)
	spread(lengths, 1, 0, 10)
	for i := range lengths {
		if lengths[i] < 0 || lengths[i] > 10 || i > 0 && lengths[i]-lengths[i-1] < 0.999 {
			t.Errorf("positions %v", lengths)
		}
	}
}

func TestTicksAreRound(t *testing.T) {
	for _, e := range []struct {
		low, high float64
		want      string
	}{{0, 1, "0.00 0.25 0.50 0.75 1.00"}, {-0.5, 0.5, "−0.50 −0.25 0.00 0.25 0.50"}, {0, 100, "0 25 50 75 100"},
		{0, 0.03, "0.00 0.01 0.02 0.03"}} {
		var labels []string
		for _, tick := range (fewTicks{4}).Ticks(e.low, e.high) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != e.want {
			t.Errorf("ticks of [%v, %v]: %s, want %s", e.low, e.high, got, e.want)
		}
	}
}

func BenchmarkToySVG(b *testing.B) {
	for b.Loop() {
		f, err := ToyExplorer(ToyData{B: 0.4, Eps: 0.2},
			record.ToyPoint{X: [2]float64{0, 0.9}, XStar: [2]float64{0.2, 0.7}})
		if err != nil {
			b.Fatal(err)
		}
		SVG(f)
	}
}

func toLengths(ys []float64) []vg.Length {
	out := make([]vg.Length, len(ys))
	for i, y := range ys {
		out[i] = vg.Length(y)
	}
	return out
}

func TestLandscapeShowsTheThreePoints(t *testing.T) {
	margin := func(x [2]float64) float64 { return max(x[0]+0.3*x[1], 0) - max(x[1]-0.2, 0) + 0.1 }
	f, err := Landscape(Plane{Margin: margin, Kinks: [][3]float64{{1, 0.3, 0}, {0, 1, -0.2}, {1, 0, 9}}, Eps: 0.3,
		Point: record.ToyPoint{X: [2]float64{0.4, 0.3}, XStar: [2]float64{0.1, 0.6}, Worst: [2]float64{0.1, 0.5},
			Bound: -0.1, D: 0.1, Unstable: 1}})
	svg := drawn(t, f, err)
	if n := strokes(svg, grey); n != 2 {
		t.Errorf("%d kinks, want the 2 that cross the picture", n)
	}
	if !strings.Contains(f.Caption, "1 unstable neuron,") || !strings.Contains(f.Caption, "not tight, not robust") {
		t.Errorf("caption %q", f.Caption)
	}
	_, err = Landscape(Plane{})
	wantError(t, err, "give the network's function")
}
