package gallery

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

func contents(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// stored writes a record to a file and reads it back.
func stored(t *testing.T, r *record.Record) *record.Record {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.json")
	if err := r.Write(path); err != nil {
		t.Fatal(err)
	}
	back, err := record.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// run is the record of a training with everything that a figure is drawn from.
func run(gamma float64, seed int) *record.Record {
	r := record.New("mlp-2x100/digits", record.Train)
	r.Seed, r.Gamma, r.Recipe = uint64(seed), gamma, []byte(`{"scale":"quick"}`)
	f := 1 - gamma/40 + float64(seed)*0.02
	for e := 1; e <= 12; e++ {
		x := float64(e)
		r.Epochs = append(r.Epochs, record.EpochMetrics{Epoch: e, Step: e * 20, Eps: min(0.1, 0.02*x), Loss: f / x,
			R: f * 0.02 * x, Unstable: f * (30 - x), TrainCertifiedError: f * 90 / x, CertifiedError: f * 92 / x,
			ValidationSamples: 100})
	}
	r.Results[record.Test] = record.SplitResult{Samples: 360, Eps: 0.1, CertifiedError: 20 * f, StandardError: 4,
		Technique: "Fast-Lin"}
	for _, eps := range []float64{0, 0.05, 0.1} {
		r.Curve = append(r.Curve, record.CurvePoint{Eps: eps, StandardError: 4, CertifiedError: f * (4 + 1200*eps*eps)})
	}
	r.Tightness = []record.LayerTightness{{Layer: "relu 1", D: f * 0.1, R: f * 0.02, UnstablePerSample: f * 10}}
	return r
}

// runs are those of two settings with three seeds each.
func runs() (all []*record.Record) {
	for _, gamma := range []float64{0, 4} {
		for seed := range 3 {
			all = append(all, run(gamma, seed))
		}
	}
	return all
}

func TestRedrawWritesFiguresAndTheirRecords(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "figures")
	var records []*record.Record
	for _, r := range runs() {
		records = append(records, stored(t, r))
	}
	ladder := record.New("toy: steps", record.Toy)
	ladder.Ladder = []record.Rung{{Technique: "IBP", Eps: 0, Margin: 1}, {Technique: "IBP", Eps: 0.1, Margin: -1}}
	drawn, err := Redraw(dir, append(records, ladder)...)
	if err != nil {
		t.Fatal(err)
	}
	index := contents(t, filepath.Join(dir, "index.md"))
	for _, name := range []string{"figure-1", "figure-2", "ladder", "training-mlp-2x100-digits",
		"certified-curve-mlp-2x100-digits", "layers-mlp-2x100-digits"} {
		if !strings.Contains(index, "## "+name+"\n") {
			t.Errorf("the index does not name %s", name)
		}
		for _, extension := range []string{".svg", ".png", ".json"} {
			contents(t, filepath.Join(dir, name+extension))
		}
	}
	var s source
	if err := json.Unmarshal([]byte(contents(t, filepath.Join(dir, "layers-mlp-2x100-digits.json"))), &s); err != nil ||
		len(s.Records) != 6 {
		t.Errorf("the figure's source names %d records, %v; want 6", len(s.Records), err)
	}
	for _, r := range append(records, ladder) {
		kept, err := record.Read(copyPath(dir, r))
		if err != nil || kept.Hash != r.Hash || !strings.Contains(index, r.Hash[:12]) {
			t.Errorf("the record of seed %d is not kept as it was, or not in the index: %v", r.Seed, err)
		}
	}
	for _, want := range []string{"figure-3: figure 3 needs a record", "`tightrope train mlp-2x100/mnist`",
		"--scale quick --seed 1 --lambda 0 --gamma 4", "95 % interval", "| mlp-2x100/digits | 0 | 4 |"} {
		if !strings.Contains(index, want) {
			t.Errorf("the index lacks %q", want)
		}
	}
	for _, want := range []string{"figure-3", "projections", "proposition-1", "course", "tight-not-stable",
		"appendix-f", "training-mlp-2x100-mnist", "training-mlp-2x100-mnist-0.3"} {
		if !slices.ContainsFunc(drawn, func(d Drawn) bool { return d.Name == want && d.Missing != "" }) {
			t.Errorf("%s is not said to be missing", want)
		}
	}
	contents(t, filepath.Join(dir, "contact-sheet.png"))
}

func TestRedrawFromItsOwnRecordsChangesNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := Redraw(dir, stored(t, run(0, 1)), stored(t, run(4, 1))); err != nil {
		t.Fatal(err)
	}
	before := contents(t, filepath.Join(dir, "index.md"))
	kept, err := record.Find(filepath.Join(dir, record.CopyFolder, "*.json"))
	if err != nil || len(kept) != 2 {
		t.Fatalf("%d records kept, %v", len(kept), err)
	}
	if _, err := Redraw(dir, kept...); err != nil {
		t.Fatal(err)
	}
	if after := contents(t, filepath.Join(dir, "index.md")); after != before {
		t.Error("the index changed")
	}
	own := filepath.Join(dir, "mine.svg")
	os.WriteFile(own, []byte("<svg/>"), 0o644)
	if _, err := Redraw(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "layers-mlp-2x100-digits.svg")); err == nil {
		t.Error("a figure outlived its records")
	}
	contents(t, own)
	if _, err := os.Stat(filepath.Join(dir, "figure-3.svg")); err == nil {
		t.Error("figure 3 without a record")
	}
}

// TestRedrawLeavesItsRecordsInPlace checks that a record among the folder's results is not copied, that an earlier copy
// of it goes, and that the index names its place; and that a record at another place of the folder, where no later run
// would look for it, is copied.
func TestRedrawLeavesItsRecordsInPlace(t *testing.T) {
	dir := t.TempDir()
	elsewhere := stored(t, run(0, 1))
	if _, err := Redraw(dir, elsewhere); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(dir, "results", "digits", "run.json")
	if err := os.MkdirAll(filepath.Dir(home), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(home, []byte(contents(t, elsewhere.Path)), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // with the copy, then without
		records, err := record.Find(filepath.Join(dir, record.CopyFolder, "*.json"), home)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Redraw(dir, records...); err != nil {
			t.Fatal(err)
		}
		if left, err := os.ReadDir(filepath.Join(dir, record.CopyFolder)); err != nil || len(left) != 0 {
			t.Errorf("the folder of copies has %v, %v; want nothing", left, err)
		}
		index := contents(t, filepath.Join(dir, "index.md"))
		if !strings.Contains(index, "](results/digits/run.json)") {
			t.Error("the index does not name the record's place")
		}
		contents(t, home)
	}
	stray := filepath.Join(dir, "results", "a", "b", "run.json")
	if err := os.MkdirAll(filepath.Dir(stray), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(home, stray); err != nil {
		t.Fatal(err)
	}
	records, err := record.Find(stray)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Redraw(dir, records...); err != nil {
		t.Fatal(err)
	}
	contents(t, copyPath(dir, records[0]))
	contents(t, stray)
}

// TestRedrawWhereverRecordsStand checks that every file is the same in whatever order the records are found.
func TestRedrawWhereverRecordsStand(t *testing.T) {
	var records []*record.Record
	for _, name := range []string{"mlp-2x100/mnist", "mlp-2x100/mnist-0.3"} { // one table has both
		for _, gamma := range []float64{0, 4} {
			r := run(gamma, 0)
			r.Name, r.Recipe = name, []byte(`{"scale":"paper"}`)
			records = append(records, stored(t, r))
		}
	}
	text := func() (all map[string]string) {
		dir := t.TempDir()
		if _, err := Redraw(dir, records...); err != nil {
			t.Fatal(err)
		}
		all = map[string]string{}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) < 5 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err == nil && !info.IsDir() {
				all[filepath.Base(file)] = contents(t, file)
			}
		}
		return all
	}
	first := text()
	slices.Reverse(records)
	for name, content := range text() {
		if content != first[name] {
			t.Errorf("%s depends on the order of the records", name)
		}
	}
}

func TestRedrawIntoAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	os.WriteFile(path, nil, 0o644)
	_, err := Redraw(path)
	if err == nil || !strings.Contains(err.Error(), "choose another folder") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got error %v, want one line that names the remedy", err)
	}
}
