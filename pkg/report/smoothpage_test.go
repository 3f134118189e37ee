package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestSmoothingTable: the measured rows of section 22 follow from the records of smoothing, which contain the curves of
// the bounds beside them. How long was trained for smoothing is not in its record.
func TestSmoothingTable(t *testing.T) {
	const trainingCell = 2
	var want []string
	for _, data := range []string{"mnist", "cifar10"} {
		for _, r := range smoothings(t) {
			if r.Dataset.Name == data {
				want = append(want, smoothingRow(r))
			}
		}
		for _, r := range smoothings(t) {
			for _, b := range r.Smoothing.Beside {
				if r.Dataset.Name == data {
					want = append(want, boundRow(data, b))
				}
			}
		}
	}
	got := sectionRows(t, 22, "| data | method | training |")
	if len(got) != len(want)+2 {
		t.Fatalf("%d rows, want %d measured ones and 2 quoted:\n%s", len(got), len(want), strings.Join(want, "\n"))
	}
	for i, row := range want {
		cells, page := strings.Split(row, " | "), strings.Split(got[i], " | ")
		if len(cells) == len(page) && cells[trainingCell] == "" {
			cells[trainingCell] = page[trainingCell]
		}
		if row := strings.Join(cells, " | "); row != got[i] {
			t.Errorf("section 22 has\n%s\nthe record says\n%s", got[i], row)
		}
	}
}

// smoothings are the records of smoothing; that of CIFAR-10 has no figure.
func smoothings(t *testing.T) []*record.Record {
	t.Helper()
	return found(t, "../../benchmarks/results/smooth/small-*.json", "smooth/*.json")
}

// thousandsOf writes a number with a comma before its last three digits.
func thousandsOf(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// inTable is a data set's name in tables.
var inTable = map[string]string{"mnist": "MNIST", "cifar10": "CIFAR-10"}

// The radii of Appendix F.
const (
	cohenRadius = 0.25
	wongRadius  = 36. / 255
)

func smoothingRow(r *record.Record) string {
	s := r.Smoothing
	return fmt.Sprintf("| %s | smoothing, σ = %g, n0 = %d, n = %s, α = %g |  | %d | %.1f %% | %.1f %% | of the "+
		"smoothed classifier, %s |", inTable[r.Dataset.Name], s.Sigma, s.Select, thousandsOf(s.Draws), s.Alpha,
		len(s.Images), s.CertifiedAccuracy(cohenRadius), s.CertifiedAccuracy(wongRadius), s.Confidence())
}

func boundRow(data string, b record.BoundCurve) string {
	eps := fmt.Sprintf("%g", b.Eps)
	if math.Abs(b.Eps-wongRadius) < 1e-9 {
		eps = "36/255"
	}
	return fmt.Sprintf("| %s | %s(l_2), no box | %s at %s, %s images, %d epochs | %d | %.1f %% | %.1f %% | a bound in "+
		"float32 |", inTable[data], b.Technique, strings.ToUpper(b.Method), eps, thousandsOf(b.TrainSamples), b.Epochs,
		b.Samples, b.At(cohenRadius), b.At(wongRadius))
}
