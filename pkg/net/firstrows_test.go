package net

import (
	"strings"
	"testing"
)

func TestFirstRows(t *testing.T) {
	for _, c := range []struct {
		arch        string
		input       []int
		rows, width int
	}{{"small", []int{1, 28, 28}, 16, 16}, {"small", []int{3, 32, 32}, 16, 48}, {"large", []int{3, 32, 32}, 32, 27},
		{"mlp-2x7", []int{1, 2, 3}, 7, 6}} {
		n, err := Named(c.arch, c.input, 10)
		if err != nil {
			t.Fatal(err)
		}
		n.Init(1)
		rows, err := n.FirstRows()
		if err != nil || len(rows) != c.rows || len(rows[0]) != c.width {
			t.Errorf("%s on %v: %d rows, %v; want %d of %d", c.arch, c.input, len(rows), err, c.rows, c.width)
		}
		if rows[1][2] != n.Params[0].Data[c.width+2] {
			t.Errorf("%s: row 1 does not begin after %d weights", c.arch, c.width)
		}
	}
	n := New("normalized", 1, 2, 2)
	n.Append(Normalize{Mean: []float64{0}, Std: []float64{1}})
	n.Append(Flatten{})
	n.Append(Dense{Units: 2})
	if _, err := n.FirstRows(); err == nil || !strings.Contains(err.Error(), "normalize") {
		t.Errorf("a normalisation first: %v", err)
	}
}
