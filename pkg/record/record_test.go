package record

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func sample(name string, seed uint64, certified float64) *Record {
	r := New(name, Train)
	r.Seed, r.Dataset = seed, Dataset{Name: "digits", Hash: "h"}
	r.Results[Test] = SplitResult{Samples: 360, StandardError: 4.09, PGDError: 14.451, PGDSteps: 100,
		CertifiedError: certified,
		Attack: &Attack{Loss: "margin", Steps: 100, StepSize: 0.0025, Restarts: 2,
			Images: 200}, Technique: "Fast-Lin", Eps: 0.1, Norm: "linf", Box: &[2]float64{0, 1}}
	return r
}

func TestWriteReadFind(t *testing.T) {
	dir := t.TempDir()
	run := open(t, filepath.Join(dir, "one"), Refuse)
	if err := run.SetRecipe(map[string]int{"epochs": 3}); err != nil {
		t.Fatal(err)
	}
	r := sample("mlp", 7, 18.32)
	if err := run.Finish(r); err != nil {
		t.Fatal(err)
	}
	got, err := Read(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Hash != r.Hash || len(got.Hash) != 64 {
		t.Errorf("hash %q, want %q", got.Hash, r.Hash)
	}
	if !got.Started.Equal(r.Started) || !reflect.DeepEqual(got.Results, r.Results) ||
		!strings.Contains(string(got.Recipe), `"epochs": 3`) {
		t.Errorf("read %+v, wrote %+v", got, r)
	}
	os.Mkdir(filepath.Join(dir, "unfinished"), 0o755)
	found, err := Find(filepath.Join(dir, "*"), filepath.Join(dir, "one", "record.json"))
	if err != nil || len(found) != 1 {
		t.Errorf("found %d records, %v; want 1", len(found), err)
	}
}

func TestReadRefusesDamageAndNewerSchemas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.json")
	for content, want := range map[string]string{`{"schema":99}`: "newer version", `{"schema":`: "damaged",
		`{}`: "schema 0"} {
		os.WriteFile(path, []byte(content), 0o644)
		_, err := Read(path)
		wantError(t, err, want)
	}
}

// The differences 1, 2, 3 have mean 2, sd 1 and t(2; 0.975) = 4.302653, so the interval is 2 +- 4.302653/sqrt(3)
// (Student's table).
func TestCompareIsPairedBySeed(t *testing.T) {
	base := []*Record{sample("b", 1, 10), sample("b", 2, 20), sample("b", 3, 30)}
	other := []*Record{sample("o", 3, 33), sample("o", 1, 11), sample("o", 2, 22)}
	p, err := Compare(base, other, CertifiedErrorOn(Test))
	if err != nil {
		t.Fatal(err)
	}
	half := 4.302652729911275 / math.Sqrt(3)
	if p.Difference.Mean != 2 || p.Difference.SD != 1 || math.Abs(p.Difference.High-2-half) > 1e-6 ||
		math.Abs(p.Difference.Low-2+half) > 1e-6 {
		t.Errorf("differences %+v", p.Difference)
	}
	if p.Significant() || math.Abs(p.Relative-0.1) > 1e-12 {
		t.Errorf("significant %v, relative %v", p.Significant(), p.Relative)
	}
	one, err := Compare(base[:1], other[1:2], CertifiedErrorOn(Test))
	if err != nil || one.Significant() || !strings.Contains(one.String(), "one pair") {
		t.Errorf("one pair: %v, %v", one, err)
	}
}

func TestCompareRefusesWrongPairs(t *testing.T) {
	a, b := []*Record{sample("a", 1, 1)}, []*Record{sample("b", 2, 1)}
	metric := CertifiedErrorOn(Test)
	_, err := Compare(a, b, metric)
	wantError(t, err, "no partner")
	_, err = Compare(a, append(a, b...), metric)
	wantError(t, err, "same seeds")
	_, err = Compare(a, append(a, a...), metric)
	wantError(t, err, "two records of seed 1")
	_, err = Compare(nil, nil, metric)
	wantError(t, err, "at least one seed")
	_, err = Compare(a, a, CertifiedErrorOn(Validation))
	wantError(t, err, "no result on the validation split")
	d := sample("d", 1, 1)
	d.Recipe = []byte(`{"train":{"epochs":3,"gamma":4}}`)
	_, err = Compare(a, []*Record{d}, metric)
	wantError(t, err, "train = null, its partner")
	e := sample("e", 1, 1)
	e.Recipe = []byte(`{"about":"x","train":{"epochs":3,"later":0}}`)
	if _, err = Compare([]*Record{e}, []*Record{d}, metric); err != nil {
		t.Error(err)
	}
	c := sample("c", 1, 1)
	c.Dataset.Hash = "other"
	_, err = Compare(a, []*Record{c}, metric)
	wantError(t, err, "different data")
}

func TestCertifiedErrorAt(t *testing.T) {
	r := sample("a", 1, 1)
	r.Curve = []CurvePoint{{Eps: 0.1, CertifiedError: 12}}
	if v, err := CertifiedErrorAt(0.1)(r); v != 12 || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	_, err := CertifiedErrorAt(0.2)(r)
	wantError(t, err, "no error at eps = 0.2")
}

func TestSummarizeMedian(t *testing.T) {
	for values, want := range map[[4]float64]float64{{4, 1, 3, 2}: 2.5, {1, 1, 1, 9}: 1} {
		if s, err := Summarize(values[:]); err != nil || s.Median != want || s.Min != 1 {
			t.Errorf("%v: %+v, %v", values, s, err)
		}
	}
}

func ExampleTable() {
	base := sample("mlp-2x100/digits", 1, 18.32)
	older := base.Results[Test]
	older.Attack = nil
	base.Results[Test] = older
	regularized := sample("mlp-2x100/digits", 1, 17.5)
	regularized.Gamma = 4
	var out strings.Builder
	if err := Table(&out, Markdown, base, regularized); err != nil {
		fmt.Println(err)
	}
	fmt.Print(out.String())
	// Output:
	// | run | λ | γ | seed | split | ε | samples | standard error % | PGD error % | certified error % | bound |
	// | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | --- |
	// | mlp-2x100/digits | 0 | 0 | 1 | test | 0.1 | 360 | 4.09 | 14.45 (100 steps, older attack) | 18.32 | Fast-Lin |
	// | mlp-2x100/digits | 0 | 4 | 1 | test | 0.1 | 360 | 4.09 | 14.45 (100 steps, 3 starts, first 200 images) | 17.50 | Fast-Lin |
}

func TestLatestKeepsOneOfEachRun(t *testing.T) {
	old, again, other := sample("a", 1, 10), sample("a", 1, 9), sample("a", 2, 8)
	again.Started = old.Started.Add(3600e9)
	for i, r := range []*Record{old, again, other} {
		if err := r.Write(filepath.Join(t.TempDir(), fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	copied := *again
	kept, superseded := Latest([]*Record{old, again, other, &copied})
	if len(kept) != 2 || kept[0] != again || kept[1] != other || len(superseded) != 1 || superseded[0] != old {
		t.Errorf("kept %v, superseded %v", kept, superseded)
	}
}

func TestLatestDropsRunsOfAnOlderRecipe(t *testing.T) {
	old, now, other := sample("a", 1, 10), sample("a", 2, 9), sample("b", 1, 8)
	old.Recipe, now.Recipe = []byte(`{"scale":"quick","train":{"epochs":3}}`),
		[]byte(`{"scale":"quick","train":{"epochs":4}}`)
	now.Started = old.Started.Add(3600e9)
	kept, superseded := Latest([]*Record{old, now, other})
	if len(kept) != 2 || kept[0] != now || kept[1] != other || len(superseded) != 1 {
		t.Errorf("kept %d, superseded %d", len(kept), len(superseded))
	}
}

func TestExperimentTellsRecipesApart(t *testing.T) {
	of := func(recipe string) string { r := sample("a", 1, 1); r.Recipe = []byte(recipe); return r.Experiment() }
	if got := of(`{"scale":"quick"}`); got != "a" {
		t.Errorf("quick: %q", got)
	}
	if got := of(`{"scale":"paper"}`); got != "a (paper)" {
		t.Errorf("paper: %q", got)
	}
	one, seed, epochs := of(`{"scale":"custom","train":{"seed":1,"gamma":0,"epochs":3}}`),
		of(`{"scale":"custom","train":{"seed":2,"gamma":4,"epochs":3}}`),
		of(`{"scale":"custom","train":{"seed":1,"epochs":4}}`)
	if one != seed || one == epochs {
		t.Errorf("custom recipes %q, %q, %q: the first two differ in seed and weight only", one, seed, epochs)
	}
}
