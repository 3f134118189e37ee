package lab

import (
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/report"
)

// digitsNetwork is a small untrained network and its data.
func digitsNetwork(t *testing.T) (*net.Network, *data.Set) {
	t.Helper()
	splits, err := data.Load("digits", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := net.Named("fc12 fc10", splits.Test.Shape, 10)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(1)
	return n, splits.Test
}

func TestExplorer(t *testing.T) {
	n, set := digitsNetwork(t)
	e := NewExplorer(n, set, ball.Ball{Eps: 0.1, Box: ball.Unit})
	defer e.Close()
	small, err := e.Certificate(3, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	large, err := e.Certificate(3, 0.2)
	if err != nil {
		t.Fatal(err)
	}
	for c := range small.Bounds {
		if c == small.Label {
			continue
		}
		if small.Bounds[c] > small.Attacks[c]+1e-5 || large.Bounds[c] > large.Attacks[c]+1e-5 {
			t.Errorf("class %d: the bounds %v and %v are above what was found, %v and %v", c, small.Bounds[c],
				large.Bounds[c], small.Attacks[c], large.Attacks[c])
		}
		if large.Bounds[c] >= small.Bounds[c] {
			t.Errorf("class %d: the bound %v at 0.2 is not below %v at 0.01", c, large.Bounds[c], small.Bounds[c])
		}
	}
	if f, err := e.Margins(3, 0.1); err != nil || f.Caption == "" {
		t.Errorf("margins: %v", err)
	}
	if f, err := e.Neurons(3, 0.1); err != nil || !strings.Contains(f.Caption, "unstable neuron") {
		t.Errorf("neurons: %v", err)
	}
	for _, bad := range []int{-1, set.Len()} {
		if _, err := e.Margins(bad, 0.1); err == nil || !strings.Contains(err.Error(), "use 0 to") {
			t.Errorf("sample %d: %v", bad, err)
		}
	}
	if _, err := e.Neurons(0, -1); err == nil {
		t.Error("a negative radius is no error")
	}
}

// TestUndecided: the image found is neither certified nor attacked, and none before it is like that.
func TestUndecided(t *testing.T) {
	n, set := digitsNetwork(t)
	b := ball.Ball{Eps: 0.1, Box: ball.Unit}
	found := Undecided(n, set, b)
	open := func(i int) bool {
		c := Certificate(n, set, i, b)
		bound, attack := 1e9, 1e9
		for k := range c.Bounds {
			if k != c.Label {
				bound, attack = min(bound, c.Bounds[k]), min(attack, c.Attacks[k])
			}
		}
		return bound <= 0 && attack > 0
	}
	for i := range min(found, 4) {
		if open(i) {
			t.Errorf("image %d is undecided, found %d", i, found)
		}
	}
	if !open(found) {
		t.Errorf("image %d is decided", found)
	}
	if i := Undecided(n, set, ball.Ball{Eps: 1e-6, Box: ball.Unit}); i != 0 {
		t.Errorf("image %d is undecided at a radius of nearly 0", i)
	}
}

func TestBoundsTable(t *testing.T) {
	n, set := digitsNetwork(t)
	out, _, status := output(t, func() {
		Bounds(n, set, 20, ball.Ball{Eps: 0.01, Box: ball.Unit}, bound.IBP{},
			bound.FastLin{})
	})
	if status != 0 || !strings.Contains(out, "IBP") || !strings.Contains(out, "Fast-Lin") ||
		strings.Count(out, "20 ") < 2 {
		t.Errorf("status %d, printed\n%s", status, out)
	}
}

// TestUnits: 2/255 behind a standard deviation of 0.225 is 0.0349.
func TestUnits(t *testing.T) {
	r, err := recipe.Get("small/cifar10-2", recipe.Paper)
	if err != nil {
		t.Fatal(err)
	}
	out, _, status := output(t, func() { Units(r, 2./255) })
	if status != 0 || strings.Count(out, "0.0349") != 3 || !strings.Contains(out, "ε = 2/255") {
		t.Errorf("status %d, printed\n%s", status, out)
	}
}

func TestScheduleOfARecipe(t *testing.T) {
	r, err := recipe.Get("mnist-small-family/1", recipe.Paper)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Schedule(r)
	if err != nil || !strings.Contains(f.Caption, "until epoch 61 while CROWN-IBP's share β falls to 0") {
		t.Errorf("%v, %v", f, err)
	}
}

func TestScale(t *testing.T) {
	for text, want := range map[string]recipe.Scale{"": recipe.Quick, "quick": recipe.Quick, "paper": recipe.Paper} {
		t.Setenv(ScaleVariable, text)
		if got := Scale(); got != want {
			t.Errorf("%q is %v", text, got)
		}
	}
	t.Setenv(ScaleVariable, "papper")
	if _, errs, status := output(t, func() { Scale() }); status != 1 || !strings.Contains(errs, "use quick or paper") {
		t.Errorf("status %d, said %q", status, errs)
	}
}

// TestPaperTables: a table says loudly what was not run.
func TestPaperTables(t *testing.T) {
	for _, show := range []func(){func() { Table1("cifar10", nil) }, func() { Family(report.SmallFamily, nil) },
		func() { Members(report.LargeFamily, nil) }} {
		if out, errs, status := output(t, show); status != 0 || !strings.Contains(out, report.NotRun) {
			t.Errorf("status %d, said %q, printed\n%s", status, errs, out)
		}
	}
}

func TestMiniature(t *testing.T) {
	t.Setenv(ScaleVariable, "")
	r := Miniature("mlp-2x100/mnist", 2000, 6)
	if err := r.Validate(); err != nil || r.TrainSamples != 2000 || r.Train.Epochs != 6 || r.Scale != "custom" {
		t.Errorf("%+v, %v", r, err)
	}
	t.Setenv(ScaleVariable, "paper")
	if r := Miniature("mlp-2x100/mnist", 2000, 6); r.Train.Epochs != 80 || r.TrainSamples != 0 || r.Scale != "paper" {
		t.Errorf("at the paper's scale %+v", r)
	}
}
