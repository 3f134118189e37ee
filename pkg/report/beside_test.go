package report

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The documents that compare this program with others hold what follows from the single measurements, which are
// committed in benchmarks/results/beside.

// measured reads one of these files, a map from columns to cells for each row.
func measured(t *testing.T, name string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "benchmarks", "results", "beside", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%s: %d lines, %v", name, len(all), err)
	}
	for _, line := range all[1:] {
		row := map[string]string{}
		for k, column := range all[0] {
			row[column] = line[k]
		}
		rows = append(rows, row)
	}
	return rows
}

func parsed(t *testing.T, cell string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// tally is how a program did on a family of properties.
type tally struct {
	tried              int
	seconds, processor []float64 // of the decided
	penalised, total   float64   // PAR-2 and processor time, sums over all
}

// penalty is what an undecided instance counts in PAR-2: twice the limit, in seconds.
const penalty = 120

func (c *tally) add(t *testing.T, row map[string]string) {
	c.tried++
	seconds, processor := parsed(t, row["seconds"]), parsed(t, row["processor"])
	c.total += processor
	if row["answer"] != "sat" && row["answer"] != "unsat" {
		c.penalised += penalty
		return
	}
	if known := row["known"]; known != "unknown" && known != row["answer"] {
		t.Errorf("%s says %s of %s, which is %s", row["program"], row["answer"], row["vnnlib"], known)
	}
	c.seconds, c.processor = append(c.seconds, seconds), append(c.processor, processor)
	c.penalised += seconds
}

func tallies(t *testing.T, name string) map[string]*tally {
	t.Helper()
	all := map[string]*tally{}
	for _, row := range measured(t, name) {
		key := row["family"] + " | " + row["program"]
		if all[key] == nil {
			all[key] = &tally{}
		}
		all[key].add(t, row)
	}
	return all
}

// shown writes a number with as many decimals as the table has.
func shown(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

// TestBesideOnProperties: the rows of this program, nnenum and Marabou follow from the measurements, and no answer is
// wrong.
func TestBesideOnProperties(t *testing.T) {
	page := readDocument(t, "verification.md")
	all := tallies(t, "properties.csv")
	decimals := map[string][4]int{"acasxu | tightrope": {3, 1, 2, 1}, "acasxu | nnenum": {2, 1, 2, 0},
		"acasxu | marabou": {2, 1, 2, 0}, "mnist_fc | tightrope": {2, 1, 1, 0}, "mnist_fc | nnenum": {2, 1, 1, 0},
		"mnist_fc | marabou": {2, 1, 1, 0}}
	if len(all) != len(decimals) {
		t.Errorf("%d families and programs, want %d", len(all), len(decimals))
	}
	for key, d := range decimals {
		c := all[key]
		want := fmt.Sprintf("| %s | %d of %d | %s | %s | %s | %s s |",
			strings.Replace(key, "marabou", "Marabou", 1), len(c.seconds), c.tried, shown(median(c.seconds), d[0]),
			shown(slices.Max(c.seconds), d[1]), shown(c.penalised/float64(c.tried), d[2]), shown(c.total, d[3]))
		if !strings.Contains(page, want) {
			t.Errorf("verification.md lacks %s", want)
		}
	}
}

// TestBesideAlphaBetaCROWN: the rows of the table follow from the measurements, and no verdict contradicts another.
func TestBesideAlphaBetaCROWN(t *testing.T) {
	page := readDocument(t, "verification.md")
	decided, both := map[string][2]int{}, map[string][2]float64{}
	for _, row := range measured(t, "alpha-beta-crown-images.csv") {
		key, ours, theirs := row["network"]+" "+row["eps"], row["ours"], row["theirs"]
		d := decided[key]
		if ours != "unknown" {
			d[0]++
		}
		if theirs != "unknown" {
			d[1]++
		}
		if ours != "unknown" && theirs != "unknown" && ours != theirs {
			t.Errorf("%s, image %s: %s and %s", key, row["image"], ours, theirs)
		}
		if ours == theirs && ours != "unknown" {
			b := both[key]
			both[key] = [2]float64{b[0] + parsed(t, row["our_seconds"]), b[1] + parsed(t, row["their_seconds"])}
		}
		decided[key] = d
	}
	runs := map[string]*besideRuns{}
	for _, row := range measured(t, "alpha-beta-crown-runs.csv") {
		key := row["network"] + " " + row["eps"]
		if runs[key] == nil {
			runs[key] = &besideRuns{}
		}
		runs[key].add(t, row)
	}
	for key, s := range runs {
		d, b := decided[key], both[key]
		want := fmt.Sprintf("| %d | %d | %.1f | %.1f | %.1f | %.0f |", d[0], d[1], s.ours/s.count, s.theirs,
			s.processor/s.count, s.theirProcessor)
		if key == hardBeside { // a paragraph of its own
			want = fmt.Sprintf("%d of 30 and %d of 30 images.", d[0], d[1])
			if rest := fmt.Sprintf("theirs takes %.1f s and ours %.1f s.", b[1], b[0]); !strings.Contains(page, rest) {
				t.Errorf("verification.md lacks %s", rest)
			}
		}
		if !strings.Contains(page, want) {
			t.Errorf("%s: verification.md lacks %s", key, want)
		}
	}
}

// hardBeside is the network and radius that were measured with other limits.
const hardBeside = "mnist_cnn_small_lpd 0.18"

// besideRuns sums up the runs on one network, in seconds.
type besideRuns struct{ ours, processor, theirs, theirProcessor, count float64 }

func (s *besideRuns) add(t *testing.T, row map[string]string) {
	t.Helper()
	if row["program"] != "tightrope" {
		s.theirs, s.theirProcessor = parsed(t, row["without_start"]), parsed(t, row["processor"])
		return
	}
	s.ours, s.processor, s.count = s.ours+parsed(t, row["wall"]), s.processor+parsed(t, row["processor"]), s.count+1
}

// readDocument returns a page of the docs, without the breaks of its lines.
func readDocument(t *testing.T, name string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(page), "\n", " ")
}
