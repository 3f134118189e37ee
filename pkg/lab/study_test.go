package lab

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/study"
)

// TestClaimCountsItsPoints: the table is about points that there are; a wrong corridor ends the cell.
func TestClaimCountsItsPoints(t *testing.T) {
	out, errs, status := output(t, func() { Claim(study.Claim{B: 0.4, Eps: 0.2, Side: 21}, 5) })
	if status != 0 && strings.Contains(errs, "HiGHS") {
		t.Skip(errs)
	}
	fields := strings.Fields(strings.Split(out, "closed form of p_O*")[1])
	if n, err := strconv.Atoi(fields[0]); status != 0 || err != nil || n < 100 {
		t.Fatalf("status %d, printed\n%s%s", status, out, errs)
	}
	if largest, err := strconv.ParseFloat(fields[1], 64); err != nil || largest > 1e-12 {
		t.Errorf("largest difference %q", fields[1])
	}
	if _, errs, status = output(t, func() { Claim(study.Claim{B: 0.4, Eps: 0.3}, 5) }); status != 1 ||
		!strings.Contains(errs, "eps <= b/2") {
		t.Errorf("status %d, said %q", status, errs)
	}
}

// TestCompareNormsHoldsTheTheorem: no IBP(l_2) margin exceeds that of IBP(l_inf, eps/sqrt(n)), on a convolution with
// padding too.
func TestCompareNormsHoldsTheTheorem(t *testing.T) {
	set := &data.Set{Name: "few", Shape: []int{1, 4, 4}, Classes: 3, X: make([]float32, 3*16), Y: []int32{0, 1, 2},
		Upper: 1}
	for i := range set.X {
		set.X[i] = float32(i%7) / 7
	}
	for _, arch := range []string{"conv(3,3,1,1) fc3", "fc5 fc3"} {
		n, err := net.Named(arch, set.Shape, 3)
		if err != nil {
			t.Fatal(err)
		}
		n.Init(3)
		out, errs, status := output(t, func() { CompareNorms(n, set, 0.1, 0.5) })
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if status != 0 || len(lines) != 3 {
			t.Fatalf("status %d, printed\n%s%s", status, out, errs)
		}
		for _, line := range lines[1:] {
			fields := strings.Fields(line)
			if v, err := strconv.ParseFloat(fields[len(fields)-1], 64); err != nil || v > 1e-5 {
				t.Errorf("%s: excess %q", arch, line)
			}
		}
	}
}

func TestSweepsCountsRunsAndSeeds(t *testing.T) {
	var all []*record.Record
	for seed := range uint64(3) {
		all = append(all, &record.Record{Name: "mlp", Seed: seed, WallSeconds: 1800},
			&record.Record{Name: "mlp", Seed: seed, Gamma: 1, WallSeconds: 1800})
	}
	out, _, status := output(t, func() { Sweeps(all[:5]) })
	want := "5 runs of `mlp`: 2 pairs of weights, each with 2 to 3 seeds. Together they took 2.5 hours"
	if status != 0 || !strings.Contains(out, want) {
		t.Errorf("printed %q", out)
	}
	if _, errs, status := output(t, func() { Sweeps(nil) }); status != 1 || !strings.Contains(errs, "figures/results") {
		t.Errorf("status %d, said %q", status, errs)
	}
}

func TestKeepMakesTheFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b.json")
	if _, errs, status := output(t, func() { Keep(record.New("toy", record.Toy), path) }); status != 0 {
		t.Fatalf("status %d, said %q", status, errs)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// TestCoursesNamesTheTrainings on a course of two epochs.
func TestCoursesNamesTheTrainings(t *testing.T) {
	out, errs, status := output(t, func() {
		Courses(Learn(study.Course{Points: 20, Epochs: 3, Keep: 1,
			Lessons: []study.Lesson{{}, {Lambda: 0.5, Gamma: 2}}}))
	})
	for _, want := range []string{"CP  ", "CP, λ = 0.5, γ = 2", " of 20"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("status %d, printed\n%s%s, without %q", status, out, errs, want)
		}
	}
}

func TestWithoutKeepsTheRecord(t *testing.T) {
	r := &record.Record{Ladder: []record.Rung{{Technique: "IBP"}, {Technique: "CROWN"}, {Technique: "IBP"}}}
	if fewer := Without(r, "IBP"); len(fewer.Ladder) != 1 || fewer.Ladder[0].Technique != "CROWN" ||
		len(r.Ladder) != 3 || r.Ladder[2].Technique != "IBP" {
		t.Errorf("%v of %v", fewer.Ladder, r.Ladder)
	}
}
