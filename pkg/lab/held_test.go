package lab

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tightrope/pkg/data"
	"tightrope/pkg/onnx"
	"tightrope/pkg/plot"
	"tightrope/pkg/property"
	"tightrope/pkg/vnnlib"
)

// robust is the property that no input within eps of x has another class than label.
func robust(x []float32, label int, eps float64) string {
	var b strings.Builder
	for i, v := range x {
		fmt.Fprintf(&b, "(declare-const X_%d Real)\n(assert (>= X_%[1]d %v))\n(assert (<= X_%[1]d %[3]v))\n", i,
			max(0, float64(v)-eps), min(1, float64(v)+eps))
	}
	for i := range 10 {
		fmt.Fprintf(&b, "(declare-const Y_%d Real)\n", i)
	}
	b.WriteString("(assert (or")
	for i := range 10 {
		if i != label {
			fmt.Fprintf(&b, " (and (<= Y_%d Y_%d))", label, i)
		}
	}
	b.WriteString("))\n")
	return b.String()
}

func problem(t *testing.T, network, text string) *property.Problem {
	t.Helper()
	return problemAt(t, "../../notebooks/networks/"+network, text)
}

func problemAt(t *testing.T, path, text string) *property.Problem {
	t.Helper()
	g, err := onnx.Read(path, onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	near, err := vnnlib.Parse([]byte(text), vnnlib.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wide, err := vnnlib.Parse([]byte(text), vnnlib.Options{Rounding: vnnlib.Outward})
	if err != nil {
		t.Fatal(err)
	}
	p, err := property.New(g, near, wide)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestHeldBack: on both networks of notebook 10 and generated radii, bounds of rows are below what the network does
// anywhere in the box, the neurons' parts lead from the bound to the network, and standing inputs never loosen a bound.
func TestHeldBack(t *testing.T) {
	digits, err := data.Load("digits", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 1))
	for i, network := range []string{"digits-plain.onnx", "digits-certified.onnx", "digits-plain.onnx"} {
		x, label := digits.Test.Sample(i), int(digits.Test.Y[i])
		p := problem(t, network, robust(x, label, 0.02+0.1*r.Float64()))
		d := HeldBack(p)
		if len(d.Rows) != 9 || len(d.Inputs) != 64 {
			t.Fatalf("%d rows, %d inputs", len(d.Rows), len(d.Inputs))
		}
		lowest(t, p, d, label, r)
		gap := 0.0
		for _, n := range d.Neurons {
			gap += n.Value
		}
		worst := d.Rows[d.Worst]
		if math.Abs(d.Bound+gap-worst.Reached) > 1e-9 || math.Abs(d.Bound-worst.Bounds[1].Value) > 1e-6 {
			t.Errorf("bound %v (checker's %v) and gap %v do not lead to %v", d.Bound, worst.Bounds[1].Value, gap,
				worst.Reached)
		}
		for k, gain := range d.Inputs {
			if gain < -1e-9 {
				t.Errorf("the bound falls by %v when input %d stands still", -gain, k)
			}
		}
		f, err := plot.Held(d)
		if err != nil || !strings.Contains(f.Caption, "Y"+fmt.Sprint(label)) {
			t.Errorf("%v, %v", f, err)
		}
	}
}

// lowest looks for points of the box at which the network is below a bound.
func lowest(t *testing.T, p *property.Problem, d plot.HeldData, label int, r *rand.Rand) {
	t.Helper()
	g := p.Groups[0]
	for range 200 {
		x := make([]float64, len(g.Lower))
		for k := range x {
			x[k] = g.Lower[k] + r.Float64()*(g.Upper[k]-g.Lower[k])
		}
		y := p.Net.Forward(x)
		for i, c := range g.Cases {
			other := 0
			for k, v := range c.Rows[0] {
				if v == -1 {
					other = k
				}
			}
			for _, b := range d.Rows[i].Bounds {
				if y[label]-y[other] < b.Value {
					t.Fatalf("%s: %s says %v, the network has %v", d.Rows[i].Name, b.Name, b.Value, y[label]-y[other])
				}
			}
		}
	}
}

func TestRowNames(t *testing.T) {
	for want, row := range map[string][]float64{"Y1\u00a0≤\u00a0Y0": {-1, 1, 0}, "row 3.2": {-1, 1, 1}} {
		if got := rowName(row, 0, 2, 1); got != want {
			t.Errorf("%v is %q, want %q", row, got, want)
		}
	}
	if got := rowName([]float64{-1, 1}, 0.5, 0, 0); got != "row 1.1" {
		t.Errorf("a row with a bound is %q", got)
	}
}

// TestNotebookNetworks: the two networks that notebook 10 brings along are read, and know their digits.
func TestNotebookNetworks(t *testing.T) {
	digits, err := data.Load("digits", data.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"digits-plain.onnx", "digits-certified.onnx"} {
		g, err := onnx.Read("../../notebooks/networks/"+name, onnx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		e := onnx.NewEvaluator[float32](g)
		wrong := 0
		for i := range digits.Test.Len() {
			y, err := e.Run(digits.Test.Sample(i))
			if err != nil {
				t.Fatal(err)
			}
			best := 0
			for k := range y {
				if y[k] > y[best] {
					best = k
				}
			}
			if best != int(digits.Test.Y[i]) {
				wrong++
			}
		}
		if part := float64(wrong) / float64(digits.Test.Len()); part > 0.06 {
			t.Errorf("%s errs on %.1f %% of the test digits", name, 100*part)
		}
	}
}
