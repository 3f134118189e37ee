package competition

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/internal/vnncomp"
	"tightrope/pkg/property"
	"tightrope/pkg/record"
)

// write writes a file of a test.
func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// folder is a family of random instances; the last one's network is no ONNX file.
func folder(t *testing.T, n int) string {
	t.Helper()
	dir, r := filepath.Join(t.TempDir(), "drawn"), rand.New(rand.NewPCG(1, 1))
	var rows strings.Builder
	for i := range n {
		content := onnxgen.Network(r, onnxgen.Options{Inputs: 2, Outputs: 2})
		if i == n-1 {
			content = content[:len(content)/2]
		}
		write(t, filepath.Join(dir, "onnx", fmt.Sprintf("%d.onnx", i)), content)
		write(t, filepath.Join(dir, "vnnlib", fmt.Sprintf("%d.vnnlib", i)), []byte(onnxgen.Property(r, 2, 2, 2)))
		fmt.Fprintf(&rows, "onnx/%d.onnx,vnnlib/%d.vnnlib,60\n", i, i)
	}
	write(t, filepath.Join(dir, "instances.csv"), []byte(rows.String()))
	return dir
}

// run runs all instances of a folder.
func run(t *testing.T, dir, out string, o Options) ([]Result, error) {
	t.Helper()
	list, err := Read(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	o.Dir = out
	return Run(t.Context(), list, o)
}

// TestRun: every instance gets a row, decided ones their proofs, which are confirmed; a file that cannot be read is
// unknown.
func TestRun(t *testing.T) {
	dir, out := folder(t, 8), t.TempDir()
	results, err := run(t, dir, out, Options{Workers: 2})
	if err != nil || len(results) != 8 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	for n, r := range results[:7] {
		if !r.decided() || r.Proof != Checked {
			t.Errorf("instance %d: %+v", n, r)
			continue
		}
		p, err := property.Load(r.Network, r.Property)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := property.Read(filepath.Join(out, "proofs", proofName(n, &r.Instance)))
		if err != nil {
			t.Fatal(err)
		}
		if report, err := property.Check(t.Context(), p, proof, property.Options{}); err != nil ||
			report.Answer != r.Answer {
			t.Errorf("instance %d: %s, checked %+v, %v", n, r.Answer, report, err)
		}
	}
	if last := results[7]; last.Answer != property.Unknown || last.Proof != None || last.Reason == "" {
		t.Errorf("a damaged network: %+v", last)
	}
	var table bytes.Buffer
	if err := WriteTable(&table, record.CSV, Summarise(results, 0)); err != nil || !strings.Contains(table.String(),
		"drawn,7 of 8") {
		t.Errorf("%s, %v", table.String(), err)
	}
}

// TestResume: a run that was cut off, in the middle of a line too, continues where it ended; other settings are
// refused.
func TestResume(t *testing.T) {
	dir, out := folder(t, 5), t.TempDir()
	if _, err := run(t, dir, out, Options{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(out, "results.csv")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	write(t, path, slices.Concat(lines[0], lines[1], lines[2], lines[3][:len(lines[3])/2]))
	started := 0
	results, err := run(t, dir, out, Options{Workers: 2, Progress: func(Result, Count) { started++ }})
	if err != nil || len(results) != 5 || started != 5 {
		t.Fatalf("%d results, %d seen, %v", len(results), started, err)
	}
	again, err := os.ReadFile(path)
	if err != nil || bytes.Count(again, []byte("\n")) != 6 || !bytes.HasPrefix(again, slices.Concat(lines[0], lines[1],
		lines[2])) {
		t.Errorf("%s, %v", again, err)
	}
	if _, err := run(t, dir, out, Options{Workers: 2, Timeout: time.Second}); err == nil {
		t.Error("results of another time limit are mixed")
	}
}

// TestInterrupted: the end of the context is an error, and no result.
func TestInterrupted(t *testing.T) {
	list, err := Read(folder(t, 3), false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	out := t.TempDir()
	if _, err := Run(ctx, list, Options{Dir: out}); err == nil {
		t.Error("an interrupted run is no error")
	}
	if content, _ := os.ReadFile(filepath.Join(out, "results.csv")); bytes.Count(content, []byte("\n")) > 1 {
		t.Errorf("results of an interrupted run: %s", content)
	}
}

// TestSummary: counts, medians and PAR-2 of results that are made up.
func TestSummary(t *testing.T) {
	limit := 10 * time.Second
	made := func(a, want property.Answer, seconds float64, proof Proof) Result {
		return Result{Instance: Instance{Family: "f", Limit: limit, Want: want}, Answer: a, Seconds: seconds,
			Proof: proof}
	}
	got := Summarise([]Result{made("sat", "sat", 1, Checked), made("unsat", "sat", 2, Unchecked), made("unsat", "", 4,
		Checked),
		made("timeout", "unsat", 10, None)}, 8*time.Second)
	want := Summary{Family: "f", Instances: 4, Sat: 1, Unsat: 2, Right: 1, Wrong: 1, Unknown: 1, Proved: 2, Median: 2,
		PAR2: 5.75}
	if len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestTables: damaged tables are errors.
func TestTables(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "columns": "a,b\n", "limit": "a,b,soon\n",
		"infinite": "a,b,Inf\n", "zero": "a,b,0\n"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "instances.csv"), []byte(content))
		if _, err := Read(dir, false); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "instances.csv"), []byte("a,b,1\n"))
	if _, err := Read(dir, true); err == nil {
		t.Error("no answers.csv, no error")
	}
	write(t, filepath.Join(dir, "answers.csv"), []byte("# why\nvnnlib,onnx,answer\nb,a,unsat\nc,a,unknown\n"))
	if list, err := Read(dir, true); err != nil || len(list) != 1 || list[0].Want != property.Unsat {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestCompetition runs every 20th instance of the families of TIGHTROPE_VNNCOMP, at most 5 seconds each: no answer
// contradicts the known one, and every answer has a checked proof.
func TestCompetition(t *testing.T) {
	var some []Instance
	for _, dir := range vnncomp.Families(t, "answers.csv") {
		list, err := Read(dir, true)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(list); i += min(20, max(1, len(list)/5)) {
			some = append(some, list[i])
		}
	}
	results, err := Run(t.Context(), some, Options{Dir: t.TempDir(), Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	decided := 0
	for i := range results {
		r := &results[i]
		if r.decided() {
			decided++
		}
		if r.wrong() || r.decided() && r.Proof != Checked {
			t.Errorf("%v: %s, known %s, proof %s", r.Name(), r.Answer, r.Want, r.Proof)
		}
	}
	t.Logf("%d of %d decided", decided, len(results))
}
