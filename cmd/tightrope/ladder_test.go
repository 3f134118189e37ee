package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/highs"
)

// TestLadderCommand: a ladder of one image writes its record and figures, is not overwritten, and can be continued;
// wrong flags name their remedy.
func TestLadderCommand(t *testing.T) {
	if err := highs.Load(); err != nil {
		t.Skipf("*** SKIPPED, LP-all is NOT run: %v", err)
	}
	n, err := net.Named("mlp-2x10", []int{1, 8, 8}, 10)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	model, out := filepath.Join(dir, "model.safetensors"), filepath.Join(dir, "out")
	if err := net.Save(model, n.Init(1)); err != nil {
		t.Fatal(err)
	}
	ladder := func(more ...string) []string {
		return append([]string{"ladder", model, "--data", "digits", "--eps", "0.02", "--out", out}, more...)
	}
	text := must(t, tightrope(t, ladder("--image", "3")...))
	r, err := record.Read(out)
	if err != nil || len(r.Errors) != 10 || len(r.Ladder) != 10 || !strings.Contains(text, "LP-all") {
		t.Fatalf("%v: %d errors, %d rungs in the record; %s", err, len(r.Errors), len(r.Ladder), text)
	}
	if _, err := os.Stat(filepath.Join(out, "rungs.svg")); err != nil {
		t.Error(err)
	}
	for want, arguments := range map[string][]string{
		"use --resume":                 ladder("--image", "3"),
		"exclude each other":           ladder("--image", "3", "--samples", "2"),
		"has images 0 to":              ladder("--image", "100000"),
		"technique \"lq\": use one of": ladder("--techniques", "lq"),
		"use a positive time":          ladder("--per-program", "-1s"),
		"makes no linear program": append(ladder("--image", "3", "--norm", "l2"), "--out",
			filepath.Join(dir, "l2")),
	} {
		if text, code := output(t, tightrope(t, arguments...)); code == 0 || !strings.Contains(text, want) {
			t.Errorf("%v: exit code %d, %q; want %q", arguments, code, text, want)
		}
	}
	must(t, tightrope(t, ladder("--image", "3", "--resume")...))
	text = must(t, tightrope(t, "radius", model, "--data", "digits", "--image", "3", "--techniques", "ibp,exact,pgd",
		"--tolerance", "0.01", "--out", filepath.Join(dir, "radius.json")))
	radii, err := record.Read(filepath.Join(dir, "radius.json"))
	if err != nil || len(radii.Radii) != 3 || radii.Radii[0].Index != 3 || radii.Radii[0].Lower > radii.Radii[1].Upper {
		t.Errorf("%v: %+v; %s", err, radii, text)
	}
}

// TestUncheckedIsPrinted: what only the solver says is neither certified nor refuted, in the tables of ladder and
// radius.
func TestUncheckedIsPrinted(t *testing.T) {
	r := &record.Record{Errors: []record.LadderError{{Technique: "exact", Samples: 1, Error: 100, Unchecked: 1}},
		Radii: []record.CertifiedRadius{{Technique: "exact", Index: 3, Lower: 0.01, Upper: 0.02, Unchecked: 0.025}}}
	var one, many, radii strings.Builder
	if err := errors.Join(writeLadder(&one, r, true), writeLadder(&many, r, false),
		(&radiusFlags{rungFlags: rungFlags{image: -1}}).writeRadii(&radii, r)); err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{`exact +0 +- +unchecked +1 `: one.String(),
		`exact +0 +- +100.00 +1 `: many.String(), `unchecked: image 3 at 0.02500 by exact`: radii.String()} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
}
