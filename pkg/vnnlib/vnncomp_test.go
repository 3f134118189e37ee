package vnnlib

import (
	"math"
	"path/filepath"
	"strconv"
	"testing"
	"tightrope/pkg/internal/vnncomp"
)

// TestCompetition reads every property of TIGHTROPE_VNNCOMP, and compares the slack of every witness at its outputs
// with the one that its finder published.
func TestCompetition(t *testing.T) {
	properties := map[string]*Property{}
	witnesses := 0
	for _, family := range vnncomp.Families(t, "answers.csv") {
		for _, row := range vnncomp.Rows(t, filepath.Join(family, "answers.csv"))[1:] {
			path := filepath.Join(family, row[1])
			if properties[path] == nil {
				properties[path] = readOne(t, path)
			}
			if witness := row[len(row)-1]; witness != "" {
				replay(t, properties[path], filepath.Join(family, witness), row[8])
				witnesses++
			}
		}
	}
	t.Logf("%d properties read, %d witnesses replayed", len(properties), witnesses)
}

// readOne reads a property, and checks that rounding outwards widens what it holds.
func readOne(t *testing.T, path string) *Property {
	t.Helper()
	p, err := Read(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	wide, err := Read(path, Options{Rounding: Outward})
	if err != nil || len(wide.Cases) != len(p.Cases) {
		t.Fatalf("outward: %v", err)
	}
	for k, c := range p.Cases {
		w := wide.Cases[k]
		if !w.Box.Contains(c.Box.Lower) || !w.Box.Contains(c.Box.Upper) {
			t.Errorf("%s: case %d: the outward box does not contain the nearest one", path, k)
		}
		for i := range c.Rows {
			if w.Rows[i].Bound < c.Rows[i].Bound {
				t.Errorf("%s: case %d: row %d is narrower outwards", path, k, i)
			}
		}
	}
	return p
}

// replay compares a witness's slack with the published one, which has three digits.
func replay(t *testing.T, p *Property, path, published string) {
	t.Helper()
	w, err := ReadWitness(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	slack, _, err := p.Slack(w.X, w.Y)
	want, e := strconv.ParseFloat(published, 64)
	if err != nil || e != nil || slack < 0 || math.Abs(slack-want) > 0.006*math.Abs(want)+1e-12 {
		t.Errorf("%s: slack %v, published %v (%v)", path, slack, published, err)
	}
}
