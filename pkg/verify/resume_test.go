package verify

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// tamper changes the decisions and certificates of a folder; a nil certificate leaves the decision without one.
func tamper(t *testing.T, dir string, change func(d *outcome.Decision, c **cert.Certificate)) {
	t.Helper()
	l, held, err := openLedger(dir)
	if err != nil {
		t.Fatal(err)
	}
	var proofs []*cert.Certificate
	for i := range held {
		c, err := proofOf(&held[i], l.certificates)
		if err != nil {
			t.Fatal(err)
		}
		change(&held[i], &c)
		proofs = append(proofs, c)
	}
	l.close()
	for _, name := range []string{outcome.DecisionsName, outcome.CertificatesName} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if l, _, err = openLedger(dir); err != nil {
		t.Fatal(err)
	}
	for i := range held {
		held[i].Offset, held[i].Length = 0, 0
		if err := l.append(&held[i], proofs[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
}

// firstOf finds the first decision with a verdict.
func firstOf(t *testing.T, dir string, v outcome.Verdict) int {
	t.Helper()
	all, err := outcome.ReadDecisions(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if d.Verdict == v && d.Stage != outcome.Clean {
			return d.Index
		}
	}
	t.Fatalf("no image is %s", v)
	return 0
}

// TestResumeTrustsNothing: decisions that were tampered with do not count; their images are decided again, and the
// folder ends as that of an honest run.
func TestResumeTrustsNothing(t *testing.T) {
	honest := t.TempDir()
	want := verifyFolder(t, honest, 0)
	certified, falsified := firstOf(t, honest, outcome.Certified), firstOf(t, honest, outcome.Falsified)
	for name, f := range map[string]struct {
		image  int
		change func(d *outcome.Decision, c **cert.Certificate)
	}{
		"a certified image without its proof": {certified,
			func(_ *outcome.Decision, c **cert.Certificate) { *c = nil }},
		"a falsified image without its point": {falsified,
			func(_ *outcome.Decision, c **cert.Certificate) { *c = nil }},
		"a falsified image said to be certified": {falsified, func(d *outcome.Decision, c **cert.Certificate) {
			d.Verdict, *c = outcome.Certified, nil
		}},
		"a point for a certified image": {falsified,
			func(d *outcome.Decision, _ **cert.Certificate) { d.Verdict = outcome.Certified }},
		"a proof that does not hold": {falsified, func(d *outcome.Decision, c **cert.Certificate) {
			d.Verdict, (*c).Verdict, (*c).Point = outcome.Certified, cert.Certified, nil
			(*c).Margins = []cert.MarginProof{{Class: ((*c).Label + 1) % 3, Rule: cert.CROWN},
				{Class: ((*c).Label + 2) % 3, Rule: cert.CROWN}}
		}},
		"a larger margin": {certified, func(d *outcome.Decision, _ **cert.Certificate) { d.Lower++ }},
		"another stage":   {falsified, func(d *outcome.Decision, _ **cert.Certificate) { d.Stage = outcome.Clean }},
		"an unknown word": {certified, func(d *outcome.Decision, _ **cert.Certificate) { d.Verdict = "robust" }},
	} {
		dir := t.TempDir()
		verifyFolder(t, dir, 0)
		tamper(t, dir, func(d *outcome.Decision, c **cert.Certificate) {
			if d.Index == f.image {
				f.change(d, c)
			}
		})
		got := verifyFolder(t, dir, 0)
		if got.Resumed != want.Samples-1 || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "does not count") {
			t.Errorf("%s: %d of %d decisions were taken over, notes %q", name, got.Resumed, want.Samples, got.Notes)
		}
		if got.Certified != want.Certified || got.Falsified != want.Falsified || got.Unknown != want.Unknown {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		checkedDecisions(t, dir)
	}
}

// TestInterruptedWhileConfirming: a session that ends before it has read the earlier decisions says so, and the next
// one finds them all.
func TestInterruptedWhileConfirming(t *testing.T) {
	dir := t.TempDir()
	want := verifyFolder(t, dir, 0)
	n, set, o := many(t)
	o.Dir = dir
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := Cascade(ended, testbackend.Open(t), n, set, o)
	if !errors.Is(err, context.Canceled) || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "folder keeps them") {
		t.Errorf("notes %q, error %v", s.Notes, err)
	}
	if got := verifyFolder(t, dir, 0); got.Resumed != want.Samples {
		t.Errorf("%d of %d decisions were kept", got.Resumed, want.Samples)
	}
}

// TestResumeOther: a folder about something else is an error, and stays as it is.
func TestResumeOther(t *testing.T) {
	dir := t.TempDir()
	verifyFolder(t, dir, 0)
	before, err := os.ReadFile(filepath.Join(dir, outcome.DecisionsName))
	if err != nil {
		t.Fatal(err)
	}
	n, set, o := many(t)
	for name, change := range map[string]func(){
		"another radius":  func() { o.Ball.Eps = 0.11 },
		"no box":          func() { o.Ball.Box = nil },
		"another norm":    func() { o.Ball.Norm = ball.L2 },
		"another image":   func() { set.X[0] /= 2 },
		"another label":   func() { set.Y[0] = (set.Y[0] + 1) % 3 },
		"another network": func() { n.Params[0].Data[0]++ },
	} {
		n, set, o = many(t)
		o.Dir = dir
		change()
		if _, err := Cascade(t.Context(), testbackend.Open(t), n, set, o); err == nil ||
			!strings.Contains(err.Error(), "another verification") {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(filepath.Join(dir, outcome.DecisionsName)); err != nil ||
			string(after) != string(before) {
			t.Errorf("%s: the decisions were changed (%v)", name, err)
		}
	}
}

// TestDamagedDecisions: a line in the middle that cannot be read is an error, and what follows it is not cut off.
func TestDamagedDecisions(t *testing.T) {
	dir := t.TempDir()
	verifyFolder(t, dir, 0)
	path := filepath.Join(dir, outcome.DecisionsName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, line := range map[string]string{
		"no JSON":           "???",
		"other case":        `{"Index":0,"label":0,"verdict":"certified","stage":"PGD","seconds":0}`,
		"a member twice":    `{"index":0,"index":1,"label":0,"verdict":"certified","stage":"PGD","seconds":0}`,
		"a negative offset": `{"index":0,"label":0,"verdict":"certified","stage":"PGD","seconds":0,"offset":-1,"length":2}`,
	} {
		damaged := line + "\n" + string(whole)
		if err := os.WriteFile(path, []byte(damaged), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := openLedger(dir); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: %v", name, err)
		}
		if after, _ := os.ReadFile(path); string(after) != damaged {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

// TestRecordOfDecisions: a record is right for its own decisions only.
func TestRecordOfDecisions(t *testing.T) {
	dir := t.TempDir()
	s := verifyFolder(t, dir, 0)
	_, _, o := many(t)
	recipe := &outcome.Recipe{Samples: s.Samples, Norm: "linf", Eps: o.Ball.Eps, Box: true, Until: o.Until.String()}
	all, err := outcome.ReadDecisions(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := outcome.CompareRecord(Record(s, "random", o), recipe, all); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(){
		"a certified image more": func() { s.Certified++ },
		"a misclassified less":   func() { s.Standard-- },
		"another radius":         func() { o.Ball.Eps *= 2 },
		"without the box":        func() { o.Ball.Box = nil },
		"another last stage":     func() { o.Until = outcome.CROWN },
		"more samples":           func() { s.Samples++ },
		"a stage's count":        func() { s.At(outcome.PGD).Falsified++ },
		"a stage more":           func() { s.At(outcome.MILP).Certified++ },
	} {
		text, _ := json.Marshal(s)
		kept := o
		change()
		if err := outcome.CompareRecord(Record(s, "random", o), recipe, all); err == nil {
			t.Errorf("%s: not noticed", name)
		}
		o, s = kept, &outcome.Summary{}
		if err := json.Unmarshal(text, s); err != nil {
			t.Fatal(err)
		}
	}
	r := Record(s, "random", o)
	r.Notes = append(r.Notes, "certified by hand")
	if outcome.CompareRecord(r, recipe, all) == nil {
		t.Error("a note more: not noticed")
	}
}
