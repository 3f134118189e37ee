package recipe

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestRunsFile gives workers exactly the recipes of the sweep, whichever they are.
func TestRunsFile(t *testing.T) {
	var runs []Recipe
	for _, name := range Names() {
		for _, scale := range []Scale{Quick, Paper} {
			r, err := Get(name, scale)
			if err != nil {
				t.Fatal(err)
			}
			r.Plan = Plan{} // no part of a run
			r.Train.Lambda, r.Train.Gamma, r.Train.Seed = 0.1, 1./3, 7
			runs = append(runs, r)
		}
	}
	path, err := WriteRuns(t.TempDir(), runs)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadRuns(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range runs {
		if !reflect.DeepEqual(got[i], runs[i]) {
			t.Errorf("%s: %+v, want %+v", runs[i].Name, got[i], runs[i])
		}
	}
	for content, want := range map[string]string{`{"schema":9}`: "schema 9", `{`: "damaged",
		`{"schema":1,"runs":[{"name":"x"}]}`: "epochs"} {
		os.WriteFile(path, []byte(content), 0o644)
		if _, err := ReadRuns(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", content, err, want)
		}
	}
}
