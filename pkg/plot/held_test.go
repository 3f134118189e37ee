package plot

import (
	"math"
	"strings"
	"testing"
)

func heldData() HeldData {
	row := func(name string, ibp, fastLin, crown, reached float64) HeldRow {
		return HeldRow{name, []Part{{"IBP", ibp}, {"Fast-Lin", fastLin}, {"CROWN", crown}}, reached}
	}
	return HeldData{Rows: []HeldRow{row("Y1 ≤ Y0", -9, 0.5, 0.6, 1), row("Y1 ≤ Y2", -11, -1, -0.8, 0.25)}, Worst: 1,
		Bound: -1, Neurons: []Part{{"1.3", 0.5}, {"2.1", 0.75}}, Inputs: []float64{0, 0.5, 0.25, 0.1},
		Shape: []int{1, 2, 2}}
}

// TestHeld: the picture leads from the bound to the network, neuron by neuron, the most expensive first, and says in
// its caption how far the property is from being proved.
func TestHeld(t *testing.T) {
	d := heldData()
	f, err := Held(d)
	if err != nil {
		t.Fatal(err)
	}
	if want := "1 of 2 rows are not refuted by any bound. Y1 ≤ Y2 is held back most: −1.000 by Fast-Lin, where the " +
		"network itself has 0.250."; f.Caption != want {
		t.Errorf("caption %q", f.Caption)
	}
	steps := d.steps()
	for i, want := range []span{{"bound", -1, 0, true}, {"2.1", -1, -0.25, false}, {"1.3", -0.25, 0.25, false},
		{"network", 0, 0.25, true}} {
		if steps[i] != want {
			t.Errorf("step %d is %v, want %v", i, steps[i], want)
		}
	}
	svg := string(SVG(f))
	for _, want := range []string{"Y1 ≤ Y0", "2.1", "its inputs", "black: +0.5", "CROWN", "the network"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in the picture", want)
		}
	}
	d.Rows[1].Bounds[2].Value = 0.1
	d.Shape = nil
	if f, err = Held(d); err != nil || !strings.HasPrefix(f.Caption, "Every row is refuted") {
		t.Errorf("%v, %v", f, err)
	}
}

// TestHeldSumsUpTheRest: many neurons become one last bar, and the chain ends where the network is.
func TestHeldSumsUpTheRest(t *testing.T) {
	for n := range 30 {
		d := heldData()
		d.Neurons = nil
		for k := range n {
			d.Neurons = append(d.Neurons, Part{"1." + string(rune('a'+k)), float64(k%7) / 10})
		}
		steps := d.steps()
		at := d.Bound
		for i, s := range steps[1 : len(steps)-1] {
			if math.Abs(s.low-at) > 1e-9 || s.high < s.low || i > 0 && !strings.HasSuffix(s.name, "others") &&
				s.high-s.low > steps[i].high-steps[i].low+1e-9 {
				t.Fatalf("%d neurons: bar %v begins beside %v, or is longer than the one before", n, s, at)
			}
			at = s.high
		}
		if end := steps[len(steps)-1]; math.Abs(at-d.Bound-d.gap()) > 1e-9 || math.Abs(end.low+end.high-at) > 1e-9 ||
			len(steps) > heldNeurons+3 {
			t.Errorf("%d neurons: %d bars end at %v, %v", n, len(steps), at, end)
		}
		if _, err := Held(d); err != nil {
			t.Error(err)
		}
	}
}

// TestHeldInGreyscale: marks of one row differ in form, not in colour only; bars of neurons are outlines, the ends
// full.
func TestHeldInGreyscale(t *testing.T) {
	seen := map[any]string{}
	for _, e := range heldData().legend()[0] {
		if other, again := seen[e.look.glyph]; again {
			t.Errorf("%s and %s have the same mark", e.label, other)
		}
		seen[e.look.glyph] = e.label
	}
	f, err := Held(heldData())
	if err != nil {
		t.Fatal(err)
	}
	if svg := string(SVG(f)); fills(svg, vermillion) != 0 || fills(svg, darkGrey) < 2 {
		t.Error("bars of neurons are full, or the ends are not")
	}
}

func TestHeldRefusesWhatDoesNotFit(t *testing.T) {
	for what, spoil := range map[string]func(d *HeldData){
		"no rows":          func(d *HeldData) { d.Rows = nil },
		"another row":      func(d *HeldData) { d.Worst = 2 },
		"a missing bound":  func(d *HeldData) { d.Rows[1].Bounds = d.Rows[1].Bounds[:1] },
		"another shape":    func(d *HeldData) { d.Shape = []int{1, 3, 3} },
		"a negative index": func(d *HeldData) { d.Worst = -1 },
	} {
		d := heldData()
		spoil(&d)
		if _, err := Held(d); err == nil {
			t.Errorf("%s was drawn", what)
		}
	}
}
