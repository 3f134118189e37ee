package vnnlib

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestWitness: the form is the competition's, and what is written is read back to the bit.
func TestWitness(t *testing.T) {
	w := &Witness{X: []float64{0.25, -1e-7}, Y: []float64{1}}
	if got := string(w.Bytes()); got != "sat\n((X_0 0.25)\n(X_1 -1e-07)\n(Y_0 1))\n" {
		t.Errorf("written: %q", got)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		w := &Witness{X: make([]float64, 1+r.IntN(20)), Y: make([]float64, 1+r.IntN(5))}
		for _, list := range [][]float64{w.X, w.Y} {
			for i := range list {
				list[i] = math.Float64frombits(r.Uint64N(0x7ff << 52))
			}
		}
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		again, err := ParseWitness(b.Bytes(), Options{})
		if err != nil || !reflect.DeepEqual(again, w) {
			t.Fatalf("%v: read %v from\n%s", err, again, &b)
		}
	}
	bad := &Witness{X: []float64{math.NaN()}}
	if _, err := bad.WriteTo(&bytes.Buffer{}); err == nil {
		t.Error("NaN was written")
	}
}

// TestWitnessFaults: forms that are not the competition's are refused at their place.
func TestWitnessFaults(t *testing.T) {
	for _, f := range []struct {
		text         string
		line, column int
		message      string
	}{
		{"unsat\n", 1, 1, "instead of the list"},
		{"sat\n((X_0 1)\n(X_2 1))", 3, 2, "out of order"},
		{"sat\n((X_0 1)\n(X_0 1))", 3, 2, "out of order"},
		{"((X_0 1)(Y_0 1)(X_1 1))", 1, 17, "out of order"},
		{"((X_0 nan))", 1, 7, "is neither"},
		{"((X_0 Y_0))", 1, 7, "is not declared"},
		{"((X_0))", 1, 6, "a variable or a number"},
		{"((X_0 1)", 1, 9, "the end of the file"},
		{"((X_0 1)) 2", 1, 11, "after the list"},
		{"(sat)", 1, 2, "instead of (X_i value)"},
		{"()", 1, 1, "has no inputs"},
	} {
		_, err := ParseWitness([]byte(f.text), Options{})
		var at *Error
		if !errors.As(err, &at) || at.Line != f.line || at.Column != f.column || !strings.Contains(err.Error(),
			f.message) {
			t.Errorf("%q: %v: want line %d, column %d, %q", f.text, err, f.line, f.column, f.message)
		}
	}
}

// TestSlack: the slack is that of the best case whose box holds x.
func TestSlack(t *testing.T) {
	p, err := Read("testdata/shapes.vnnlib", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		x, y  []float64
		slack float64
		index int
	}{
		{[]float64{0, -0.75}, []float64{5, 2, 3}, 8.99, 1},
		{[]float64{0, 0.75}, []float64{5, 2, 3}, -3, 2},
		{[]float64{0, 0}, []float64{5, 2, 3}, math.Inf(-1), -1},
		{[]float64{0, -0.75}, []float64{5, 50, 3}, -9, 1},
		{[]float64{0, -0.75}, []float64{5, math.NaN(), 3}, math.Inf(-1), 0},
		{[]float64{math.NaN(), -0.75}, []float64{5, 2, 3}, math.Inf(-1), -1},
	} {
		slack, index, err := p.Slack(f.x, f.y)
		if err != nil || slack != f.slack || index != f.index {
			t.Errorf("x %v, y %v: %v, %v, %v; want %v, %v", f.x, f.y, slack, index, err, f.slack, f.index)
		}
	}
	if _, _, err := p.Slack([]float64{1}, []float64{1, 2, 3}); err == nil {
		t.Error("an input of the wrong length has a slack")
	}
	if a := p.Cases[0].Rows[1].Dense(3); !reflect.DeepEqual(a, []float64{-1, 1, 0}) {
		t.Errorf("row %v", a)
	}
}
