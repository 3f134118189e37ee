package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// trained is a record as a run of a recipe leaves it, with a certified error.
func trained(t *testing.T, name string, scale recipe.Scale, gamma float64, seed uint64,
	certified float64) *record.Record {
	t.Helper()
	r, err := recipe.Get(name, scale)
	if err != nil {
		t.Fatal(err)
	}
	r.Train.Gamma, r.Train.Seed = gamma, seed
	out := record.New(r.Name, record.Train)
	out.Seed, out.Gamma = seed, gamma
	if out.Recipe, err = json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	out.Results = map[string]record.SplitResult{record.Test: {Samples: 10000, StandardError: certified / 2,
		CertifiedError: certified}}
	return out
}

// find is the row whose cells at some columns hold the texts.
func find(rows [][]string, texts map[int]string) []string {
	for _, row := range rows {
		fits := true
		for c, text := range texts {
			fits = fits && strings.Contains(row[c], text)
		}
		if fits {
			return row
		}
	}
	return nil
}

func TestTable1(t *testing.T) {
	records := []*record.Record{
		trained(t, "mlp-2x100/mnist", recipe.Paper, 0, 0, 12), trained(t, "mlp-2x100/mnist", recipe.Paper, 0, 1, 13),
		trained(t, "mlp-2x100/mnist", recipe.Paper, 2, 0, 11), trained(t, "mlp-2x100/mnist", recipe.Paper, 2, 1, 11.5),
		trained(t, "mlp-2x100/mnist", recipe.Quick, 0, 0, 30),
		trained(t, "small/mnist-0.3-ibp", recipe.Quick, 0, 0, 30), // no row of the table
	}
	header, rows, err := Table1("mnist", records)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if len(row) != len(header) {
			t.Fatalf("row %q has %d cells, the header %d", row, len(row), len(header))
		}
	}
	base := find(rows, map[int]string{0: "0.1", 1: "2x100, exact", 3: "0",
		9: "paper scale: 80 epochs of all images, 2 seeds"})
	if base == nil || base[6] != "12.50 ± 0.71" || base[7] != none || base[8] != "−10.3 %" {
		t.Errorf("baseline %q", base)
	}
	// (11+11.5)/(12+13) - 1 = -10 %.
	regularized := find(rows, map[int]string{1: "2x100, exact", 3: "2"})
	if regularized == nil || regularized[6] != "11.25 ± 0.35" || !strings.HasPrefix(regularized[7], "−10.0 %") {
		t.Errorf("regularized %q", regularized)
	}
	if quick := find(rows, map[int]string{9: "quick scale"}); quick == nil || quick[6] != "30.00" ||
		!strings.Contains(quick[9], "5000 images") {
		t.Errorf("quick %q", quick)
	}
	missing := find(rows, map[int]string{0: "0.3", 1: "Small, exact"})
	if missing == nil || !strings.Contains(missing[9], "NOT RUN HERE: `tightrope sweep small-exact/mnist-0.3 --pair "+
		"--scale paper`") || missing[8] != "−3.4 %" {
		t.Errorf("missing %q", missing)
	}
	if salman := find(rows, map[int]string{9: "quoted: Salman", 1: "Fast-Lin"}); salman == nil || salman[6] != "18.32" {
		t.Errorf("quoted %q", salman)
	}
	if n := len(slices.DeleteFunc(slices.Clone(rows),
		func(r []string) bool { return strings.Contains(r[9], "quoted") })); n != 12 {
		t.Errorf("%d rows of ours, want 10 experiments and 2 more settings", n)
	}
}

// radius is a radius as the rows write it.
func radius(eps float64) string {
	if n := eps * 255; eps < 0.1 && n == float64(int(n+0.5)) {
		return fmt.Sprintf("%g/255", n)
	}
	return fmt.Sprintf("%g", eps)
}

func TestTable1RowsAreRecipes(t *testing.T) {
	for _, row := range table1 {
		r, err := recipe.Get(row.Recipe, recipe.Paper)
		if err != nil || r.Data != row.Data || radius(r.Ball().Eps) != row.Radius {
			t.Errorf("%s: data %s, eps %s, row %+v, %v", row.Recipe, r.Data, radius(r.Ball().Eps), row, err)
		}
	}
	if _, _, err := Table1("imagenet", nil); err == nil {
		t.Error("a data set without rows is no error")
	}
}

// TestCostOfARow: 80 epochs of 55,000 images at 0.84 ms, twice, are 2.05 hours.
func TestCostOfARow(t *testing.T) {
	if got := table1[0].cost(); got != " (about 66 minutes on 2 cores)" {
		t.Errorf("%s costs %q", table1[0].Recipe, got)
	}
}

func TestFamily(t *testing.T) {
	members := SmallFamily.Members()
	if len(members) != 10 || len(LargeFamily.Members()) != 8 {
		t.Fatalf("%d and %d members, want 10 and 8", len(members), len(LargeFamily.Members()))
	}
	var records []*record.Record
	for i, name := range members[:3] {
		records = append(records, trained(t, name, recipe.Quick, 0, 0, float64(20+i)),
			trained(t, name, recipe.Quick, 1, 0, float64(10+i)))
	}
	_, rows, err := SmallFamily.Summary(records)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%q, %v", rows, err)
	}
	if got := rows[0][:8]; !slices.Equal(got, []string{"0", "0", "20.00", "21.00", "22.00", "21.00 ± 1.00",
		"10.50 ± 0.50", "3 of 10"}) {
		t.Errorf("baseline %q", got)
	}
	if got := rows[1][1:5]; !slices.Equal(got, []string{"1", "10.00", "11.00", "12.00"}) {
		t.Errorf("regularized %q", got)
	}
	if last := rows[2]; last[7] != "0 of 10" || !strings.Contains(last[8], NotRun) ||
		!strings.Contains(last[8], "5 seeds each") {
		t.Errorf("missing %q", last)
	}
	_, table, err := SmallFamily.Table(records)
	if err != nil || len(table) != 6+7 || table[0][1] != "conv(4,4,2,1) conv(8,4,2,1) fc128 fc10" ||
		table[6][7] != NotRun {
		t.Errorf("%q, %v", table, err)
	}
}

func TestWritePaperTables(t *testing.T) {
	dir := t.TempDir()
	if err := WritePaperTables(dir, []*record.Record{trained(t, "small/cifar10-2", recipe.Quick, 0, 0,
		77)}); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, PaperTables))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## Table 1, MNIST", "77.00", "## Table 4", "quoted: Wong et al. 2018", NotRun} {
		if !strings.Contains(string(content), want) {
			t.Errorf("the tables do not say %q", want)
		}
	}
	if err := WritePaperTables(filepath.Join(dir, "nowhere", "deep"), nil); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
