package onnx

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tightrope/pkg/internal/vnncomp"
	"tightrope/pkg/vnnlib"
)

// pair is a network and a property.
type pair struct {
	*Graph
	*vnnlib.Property
}

// load reads the network and the property of an instance.
func load(t *testing.T, dir, network, property string) pair {
	t.Helper()
	g, err := Read(filepath.Join(dir, network), Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := vnnlib.Read(filepath.Join(dir, property), vnnlib.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if in, out := g.Values[g.Input].Size(), g.Values[g.Output].Size(); in != p.Inputs || out != p.Outputs {
		t.Fatalf("%s: %d inputs, %d outputs; %s: %d and %d", network, in, out, property, p.Inputs, p.Outputs)
	}
	return pair{g, p}
}

// corner is the lower or upper corner or the middle of a property's first box, rounded to float32.
func corner(p *vnnlib.Property, name string) []float64 {
	b := p.Cases[0].Box
	return made(len(b.Lower), func(i int) float64 {
		v := (b.Lower[i] + b.Upper[i]) / 2
		switch name {
		case "lower":
			v = b.Lower[i]
		case "upper":
			v = b.Upper[i]
		}
		return float64(float32(v))
	})
}

// numbers reads the columns of a row: float32 references, a bar, float64 references.
func numbers(t *testing.T, row []string) (f32, f64 []float64) {
	t.Helper()
	list := &f32
	for _, text := range row {
		if text == "|" {
			list = &f64
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		*list = append(*list, v)
	}
	return f32, f64
}

// difference is the largest |a - b| / max(1, |b|).
func difference(a, b []float64) (d float64) {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	for i := range a {
		e := math.Abs(a[i]-b[i]) / max(1, math.Abs(b[i]))
		if !(e <= d) {
			d = e
		}
	}
	return d
}

// evaluate is the output of a graph in both precisions.
func evaluate(t *testing.T, g *Graph, x []float64) (f32, f64 []float64) {
	t.Helper()
	y32, err := NewEvaluator[float32](g).Run(values[float32](x))
	if err != nil {
		t.Fatal(err)
	}
	if f64, err = NewEvaluator[float64](g).Run(x); err != nil {
		t.Fatal(err)
	}
	return values[float64](y32), f64
}

// TestForward compares both evaluators with the references of every network of TIGHTROPE_VNNCOMP.
func TestForward(t *testing.T) {
	rows, worst32, worst64 := 0, 0.0, 0.0
	for _, dir := range vnncomp.Families(t, "forward.csv") {
		for _, row := range vnncomp.Rows(t, filepath.Join(dir, "forward.csv")) {
			p := load(t, dir, row[0], row[1])
			want32, want64 := numbers(t, row[3:])
			got32, got64 := evaluate(t, p.Graph, corner(p.Property, row[2]))
			d32, d64 := difference(got32, want32), difference(got64, want64)
			if d32 > 1e-5 || d64 > 1e-9 {
				t.Errorf("%s, %s: differs by %.3g in float32, %.3g in float64", row[0], row[2], d32, d64)
			}
			rows, worst32, worst64 = rows+1, max(worst32, d32), max(worst64, d64)
		}
	}
	t.Logf("%d outputs; largest difference %.3g in float32, %.3g in float64", rows, worst32, worst64)
}

// TestWitnesses replays every witness of TIGHTROPE_VNNCOMP: its input is in the box, both evaluators' outputs meet the
// property, and with the published slack.
func TestWitnesses(t *testing.T) {
	replayed := 0
	for _, dir := range vnncomp.Families(t, "forward.csv") {
		for _, row := range vnncomp.Rows(t, filepath.Join(dir, "answers.csv"))[1:] {
			witness := row[len(row)-1]
			if witness == "" {
				continue
			}
			w, err := vnnlib.ReadWitness(filepath.Join(dir, witness), vnnlib.Options{})
			if err != nil {
				t.Fatal(err)
			}
			p := load(t, dir, row[0], row[1])
			f32, f64 := evaluate(t, p.Graph, w.X)
			meets(t, p.Property, w.X, f64, row[8], 1e-9)
			meets(t, p.Property, w.X, f32, row[9], 1e-5)
			if d := difference(f64, w.Y); d > 1e-9 {
				t.Errorf("%s: outputs differ by %.3g", strings.TrimPrefix(witness, dir), d)
			}
			replayed++
		}
	}
	t.Logf("%d witnesses replayed", replayed)
}

// meets checks outputs against a property and a slack of three digits, to which two outputs contribute their error.
func meets(t *testing.T, p *vnnlib.Property, x, y []float64, published string, tolerance float64) {
	t.Helper()
	slack, _, err := p.Slack(x, y)
	want, e := strconv.ParseFloat(published, 64)
	scale := 1.0
	for _, v := range y {
		scale = max(scale, math.Abs(v))
	}
	if err != nil || e != nil || slack < 0 || math.Abs(slack-want) > 0.005*want+2*tolerance*scale {
		t.Errorf("slack %v, published %s (%v, %v)", slack, published, err, e)
	}
}
