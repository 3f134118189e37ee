package lab

import (
	"strings"
	"testing"

	"tightrope/pkg/plot"
	"tightrope/pkg/record"
	"tightrope/pkg/relax"
)

// trainedRun is a record with errors, d and r.
func trainedRun(gamma float64, seed uint64, certified float64) *record.Record {
	r := record.New("a/digits", record.Train)
	r.Gamma, r.Seed, r.Recipe = gamma, seed, []byte(`{"name":"a/digits"}`)
	r.Results[record.Test] = record.SplitResult{Samples: 400, Eps: 0.1, StandardError: 2, CertifiedError: certified,
		Technique: "Fast-Lin"}
	r.Epochs = []record.EpochMetrics{{Epoch: 1, D: 0.5, R: 0.04 / (1 + gamma), Unstable: 20}}
	return r
}

// TestResultsTellsRunsApart: columns in which the runs differ stand in the table, and those of errors always do.
func TestResultsTellsRunsApart(t *testing.T) {
	out, errs, status := output(t, func() { Results(trainedRun(0, 1, 17), trainedRun(3, 1, 16)) })
	lines := strings.Split(out, "\n")
	words := func(line string) string { return strings.Join(strings.Fields(line), " ") }
	if status != 0 || words(lines[0]) != "γ standard error % certified error %" ||
		words(lines[2]) != "3 2.00 16.00" {
		t.Errorf("status %d, said %q, printed\n%s", status, errs, out)
	}
	if header, _, common := apart([]*record.Record{trainedRun(0, 1, 17), trainedRun(0, 2, 17)}); header[0] != "seed" ||
		!strings.Contains(strings.Join(common, ", "), "γ 0, bound Fast-Lin, ε 0.1, test images 400") {
		t.Errorf("%q apart, %q in common", header, common)
	}
	if _, errs, status := output(t, func() { Results() }); status != 1 || !strings.Contains(errs, "no record") {
		t.Errorf("no record: status %d, said %q", status, errs)
	}
}

// TestEffect: differences are between runs of one seed, have an interval from two pairs on, and a measure that a record
// lacks is left out.
func TestEffect(t *testing.T) {
	out, errs, status := output(t, func() {
		Effect([]*record.Record{trainedRun(0, 1, 17), trainedRun(0, 2, 20)},
			[]*record.Record{trainedRun(3, 2, 19), trainedRun(3, 1, 15)})
	})
	for _, want := range []string{"with γ = 3", "18.50    17.00       −1.50 (−7.85 to +4.85)", "0.0400", "0.0100",
		"−0.0300 (−0.0300 to −0.0300)"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("status %d, said %q, lacks %q:\n%s", status, errs, want, out)
		}
	}
	if strings.Contains(out, "validation") {
		t.Errorf("a split without results is shown:\n%s", out)
	}
	out, _, _ = output(t, func() {
		Effect([]*record.Record{trainedRun(0, 1, 17)}, []*record.Record{trainedRun(3, 1, 15)})
	})
	if !strings.Contains(out, "−2.00\n") {
		t.Errorf("one pair has an interval:\n%s", out)
	}
	if _, errs, status := output(t, func() {
		Effect([]*record.Record{trainedRun(0, 1, 17)}, []*record.Record{trainedRun(3, 2, 15)})
	}); status != 1 || !strings.Contains(errs, "same seeds") {
		t.Errorf("other seeds: status %d, said %q", status, errs)
	}
}

// TestMissingRowsComeLast: what was run stands above what was not.
func TestMissingRowsComeLast(t *testing.T) {
	out, _, status := output(t, func() {
		withMissing([]string{"a", "how"}, [][]string{{"1", "NOT RUN HERE: `x`"}, {"2", "run"}})
	})
	if run, missing := strings.Index(out, "run\n"), strings.Index(out, "NOT RUN HERE"); status != 0 || run < 0 ||
		missing < run || !strings.Contains(out, "Not run here: 1 of the paper's rows") {
		t.Errorf("status %d, printed\n%s", status, out)
	}
}

// TestFiguresAreAsWideAsTheText: a figure made for a whole page has the width of the text, a narrower one its share.
func TestFiguresAreAsWideAsTheText(t *testing.T) {
	for want, f := range map[string]*plot.Figure{`width="900" `: Get(plot.Neuron(-1, 1)),
		`width="630" `: Get(plot.NeuronLines(-1, 1, relax.FastLin{}))} {
		head, _, _ := strings.Cut(svg(f), "<title>")
		if !strings.Contains(head, want) || strings.Contains(head, "pt") || !strings.Contains(head, "max-width:100%") {
			t.Errorf("want %s in %s", want, head)
		}
	}
}

// TestAboutSaysWhatRecordsAreOf: recipe, radius, scale and seeds once, whatever the weights; nothing for studies.
func TestAboutSaysWhatRecordsAreOf(t *testing.T) {
	got := about([]*record.Record{trainedRun(0, 1, 17), trainedRun(3, 1, 16), trainedRun(0, 2, 18)})
	if !strings.HasPrefix(got, "a/digits, ε = 0.1, ") || strings.Count(got, "a/digits") > 2 {
		t.Errorf("%q", got)
	}
	if got := about([]*record.Record{record.New("toy", record.Toy)}); got != "" {
		t.Errorf("a study: %q", got)
	}
}
