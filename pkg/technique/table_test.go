package technique

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestTable: every row is complete, and every spelling stands for one technique, in any case.
func TestTable(t *testing.T) {
	seen, looks := map[string]ID{}, map[Look]bool{}
	for _, row := range All() {
		if row.Name == "" || row.Key == "" || row.About == "" || row.Uses == (Uses{}) || row.Look.Color.A != 255 {
			t.Errorf("row %d is incomplete: %+v", row.ID, row)
		}
		if row.Key != strings.ToLower(row.Key) || strings.ContainsAny(row.Key, " ()") {
			t.Errorf("%q does not serve on a command line", row.Key)
		}
		if looks[row.Look] && row.ID != MILP && row.ID != Exact { // one and the same in figures
			t.Errorf("%v looks like another", row.Name)
		}
		looks[row.Look] = true
		for _, s := range row.spellings() {
			for _, spelt := range []string{s, strings.ToUpper(s), strings.ToLower(s)} {
				if at, ok := seen[strings.ToLower(spelt)]; ok && at != row.ID {
					t.Errorf("%q stands for %v and %v", spelt, at, row.ID)
				}
				if got, err := Parse(spelt); err != nil || got != row.ID {
					t.Errorf("%q is read as %v, %v", spelt, got, err)
				}
				seen[strings.ToLower(spelt)] = row.ID
			}
		}
	}
}

// TestTexts: a technique's text in files is its name, and reads back; what is none is an error that names the
// techniques that are offered, and the nearest.
func TestTexts(t *testing.T) {
	for _, row := range All() {
		text, err := json.Marshal(row.ID)
		var back ID
		if err != nil || string(text) != `"`+row.Name+`"` || json.Unmarshal(text, &back) != nil || back != row.ID {
			t.Errorf("%v: %s, %v, %v", row.ID, text, back, err)
		}
	}
	for name, want := range map[string]string{"": "use one of", "fast-lim": "did you mean fast-lin?",
		"milp": "use one of ibp, crown-ibp, fast-lin-ibp, fast-lin, crown, alpha-crown, dual, lp, lp-all, exact, pgd"} {
		if _, err := ParseOf(name, ForLadder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
	if ID(-1).Row().Name != "technique(-1)" || count.Row().Name != fmt.Sprintf("technique(%d)", int(count)) {
		t.Errorf("%v, %v", ID(-1).Row().Name, count.Row().Name)
	}
}
