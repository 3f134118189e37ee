//go:build linux

package main

import (
	"strings"
	"testing"

	"tightrope/pkg/record"
	"tightrope/pkg/verify/outcome"
)

// TestVerifyExtend: a verification without time goes on with more samples and enough time, and ends with the decisions
// of one that had both at once; its record counts both sessions. Nothing else may change.
func TestVerifyExtend(t *testing.T) {
	model := trained(t)
	grown, whole := t.TempDir(), t.TempDir()
	arguments := func(out string, more ...string) []string {
		return append([]string{"verify", model, "--backend", "go", "--data", "digits", "--seed", "3", "--eps", "0.06",
			"--until", "bab", "--skip", "pgd", "--out", out}, more...)
	}
	must(t, tightrope(t, arguments(whole, "--samples", "40")...))
	must(t, tightrope(t, arguments(grown, "--samples", "20", "--per-image", "1ns")...))
	first := verified(t, grown)
	unknown := 0
	for _, d := range first {
		if d.Verdict == outcome.Unknown {
			unknown++
		}
	}
	if len(first) != 20 || unknown == 0 {
		t.Fatalf("%d images, %d unknown: the test shows nothing", len(first), unknown)
	}
	for _, c := range []struct {
		remedy string
		more   []string
	}{{"give at least", []string{"--samples", "10"}}, {"nothing else may change", []string{"--eps", "0.05"}},
		{"exclude each other", []string{"--force"}}, {"one process", []string{"--workers", "2"}}} {
		said, code := output(t, tightrope(t, append(arguments(grown, "--extend"), c.more...)...))
		if code == 0 || !strings.Contains(said, c.remedy) {
			t.Errorf("%v: exit %d, %s", c.more, code, said)
		}
	}
	must(t, tightrope(t, arguments(grown, "--samples", "40", "--extend")...))
	want, got := verified(t, whole), verified(t, grown)
	for i, d := range want {
		if got[i].Verdict != d.Verdict {
			t.Errorf("image %d: %v after extension, %v at once", i, got[i].Verdict, d.Verdict)
		}
	}
	r, err := record.Read(grown)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) || r.Results[record.Test].Samples != 40 || r.Work == nil || r.Work.Sessions != 2 {
		t.Errorf("%d decisions, %+v, %+v", len(got), r.Results, r.Work)
	}
	must(t, tightrope(t, "check", grown, "--model", model, "--data", "digits", "--seed", "3"))
}
