package report

import (
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// attacked is a trained record with a PGD error, by the older attack where how is nil.
func attacked(t *testing.T, gamma float64, seed uint64, how *record.Attack) *record.Record {
	r := trained(t, "mlp-2x100/mnist", recipe.Paper, gamma, seed, 20)
	s := r.Results[record.Test]
	s.PGDError, s.PGDSteps, s.Attack = 15+float64(seed), 100, how
	r.Results[record.Test] = s
	return r
}

// TestOlderAttack: tables mark PGD errors that were measured by the older attack, and do not compare them with newer
// ones.
func TestOlderAttack(t *testing.T) {
	newer := &record.Attack{Loss: "margin", Steps: 100, Restarts: 2, Images: 10000}
	for _, c := range []struct {
		what            string
		base, other     *record.Attack
		marked, related bool
	}{
		{"both by the older", nil, nil, true, true},
		{"both newer", newer, newer, false, true},
		{"the second newer", nil, newer, false, false},
		{"the second older", newer, nil, true, false},
	} {
		records := []*record.Record{attacked(t, 0, 1, c.base), attacked(t, 0, 2, c.base), attacked(t, 3, 1, c.other),
			attacked(t, 3, 2, c.other)}
		header, rows, err := Sweep(records)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.Index(header, pgdColumn)
		row := rows[1]
		if marked := strings.Contains(row[at], "older attack"); marked != c.marked {
			t.Errorf("%s: PGD error %q, marked %v", c.what, row[at], c.marked)
		}
		if related := row[at+2] != none; related != c.related {
			t.Errorf("%s: difference %q, want one: %v", c.what, row[at+2], c.related)
		}
		if how := HowRun(records[2:]); strings.Contains(how, "older attack") != c.marked {
			t.Errorf("%s: %q, marked %v", c.what, how, c.marked)
		}
	}
}
