package recipe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// queueOf writes a queue file.
func queueOf(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "queue.toml")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadQueue(t *testing.T) {
	wanted, err := ReadQueue(queueOf(t, `
[[runs]]
why = "first"
recipe = "mlp-2x100/digits"
gamma = [0, 1]
seeds = [3, 4]
hours = 0.5
[runs.set]
epochs = 10
[[runs]]
recipe = "mlp-2x100/mnist"
scale = "paper"
`))
	if err != nil || len(wanted) != 2 || wanted[0].Set["epochs"] != int64(10) || wanted[0].Hours != 0.5 ||
		wanted[1].Scale != "paper" {
		t.Fatalf("%+v, error %v", wanted, err)
	}
	r, err := Get("mlp-2x100/digits", Quick)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, run := range wanted[0].Of(r) {
		got = append(got, run.RunName())
	}
	want := "mlp-2x100-digits-quick-lambda0-gamma0-seed3 mlp-2x100-digits-quick-lambda0-gamma1-seed3 " +
		"mlp-2x100-digits-quick-lambda0-gamma0-seed4 mlp-2x100-digits-quick-lambda0-gamma1-seed4"
	if strings.Join(got, " ") != want {
		t.Errorf("runs %v, want %s", got, want)
	}
}

// TestReadQueueErrors: each mistake is one line that says what to do.
func TestReadQueueErrors(t *testing.T) {
	for content, word := range map[string]string{
		"":                                       "add a table",
		"[[runs]]\nscale = \"paper\"":            "names no recipe",
		"[[runs]]\nrecipe = \"a\"\nx = 1":        "no key",
		"[[runs]]\nrecipe = \"a\"\nhours = -1":   "hours",
		"[[runs]]\nrecipe = \"a\"\nhours = nan":  "hours",
		"[[runs]]\nrecipe = \"a\"\nseeds = [-1]": "negative",
		"[[runs]\n":                              "",
	} {
		_, err := ReadQueue(queueOf(t, content))
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: error %v, want one with %q", content, err, word)
		}
	}
	if _, err := ReadQueue(filepath.Join(t.TempDir(), "none.toml")); err == nil ||
		!strings.Contains(err.Error(), "README") {
		t.Errorf("no file: error %v", err)
	}
}

// TestDistinct: a run that is wanted twice is made once; two forms of one recipe would be mixed in a table.
func TestDistinct(t *testing.T) {
	a, err := Get("mlp-2x100/digits", Quick)
	if err != nil {
		t.Fatal(err)
	}
	b, c := a, a
	b.Train.Seed, b.Train.Gamma = 7, 1
	runs, err := Distinct([]Recipe{a, b, a})
	if err != nil || len(runs) != 2 {
		t.Errorf("%d runs, error %v", len(runs), err)
	}
	c.Train.Epochs++
	if _, err := Distinct([]Recipe{a, b, c}); err == nil || !strings.Contains(err.Error(), "two forms") {
		t.Errorf("error %v", err)
	}
}
