package vnnlib

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestShapes reads testdata/shapes.vnnlib, whose comments say what is in it.
func TestShapes(t *testing.T) {
	p, err := Read("testdata/shapes.vnnlib", Options{})
	if err != nil {
		t.Fatal(err)
	}
	low, high := Box{[]float64{-0.1, -1}, []float64{0.1, -0.5}}, Box{[]float64{-0.1, 0.5}, []float64{0.1, 1}}
	shared := Row{[]Term{{1, 1}}, 41}
	least := []Row{shared, {[]Term{{1, 1}, {0, -1}}, 0}, {[]Term{{2, 1}, {0, -1}}, 0}}
	above := []Row{shared, {[]Term{{0, -1}}, 3.99}}
	negative := Row{Terms: []Term{{2, 1}}}
	want := []Case{{&low, least}, {&low, above}, {&high, []Row{shared, negative, least[1], least[2]}},
		{&high, []Row{shared, negative, above[1]}}}
	if !reflect.DeepEqual(p.Cases, want) || p.Inputs != 2 || p.Outputs != 3 || p.Empty != 0 {
		t.Errorf("read %+v", p)
	}
	if p.Cases[0].Box != p.Cases[1].Box || p.Cases[2].Box != p.Cases[3].Box {
		t.Error("cases with the same bounds do not share their box")
	}
}

// header declares two inputs with bounds from -1 to 1 and two outputs.
const header = `(declare-const X_0 Real)
(declare-const X_1 Real)
(declare-const Y_0 Real)
(declare-const Y_1 Real)
(assert (and (<= X_0 1) (>= X_0 -1) (<= X_1 1) (>= X_1 -1)))
`

// TestBoxes: bounds repeated are intersected, zero width is a box, an empty case is left out and counted, and a
// property of empty cases alone says where they contradict each other.
func TestBoxes(t *testing.T) {
	p, err := Parse([]byte(header+"(assert (<= X_0 0.5))(assert (>= X_0 0.5))(assert (or (<= X_1 -2) (<= X_1 0)))"),
		Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Case{{&Box{[]float64{0.5, -1}, []float64{0.5, 0}}, nil}}
	if !reflect.DeepEqual(p.Cases, want) || p.Empty != 1 || p.Cases[0].Box.Fixed() != 1 {
		t.Errorf("read %+v", p)
	}
	for _, text := range []string{"(assert (<= X_0 -2))", "(assert (or (<= X_0 -2) (>= X_1 3)))"} {
		p, err := Parse([]byte(header+text), Options{})
		var at *Error
		if err != nil || len(p.Cases) > 0 || p.Empty == 0 || !errors.As(p.Contradiction, &at) || at.Line != 6 {
			t.Errorf("%s: %+v, %v", text, p, err)
		}
	}
}

// faults are texts after header, the place of the fault, and a part of the message.
var faults = []struct {
	text         string
	line, column int
	message      string
}{
	{"(assert (<= Y_0 Y_2))", 6, 17, "Y_2 is not declared: add"},
	{"\n (assert (<= Y_0\tfoo))", 7, 18, `"foo" is neither`},
	{"(assert (< Y_0 1))", 6, 10, "write <="},
	{"(assert (> Y_0 1))", 6, 10, "write >="},
	{"(assert (= Y_0 1))", 6, 10, "two comparisons"},
	{"(assert (not (<= Y_0 1)))", 6, 10, `"not" is not supported`},
	{"(assert (<= (* Y_0 Y_1) 1))", 6, 14, "arithmetic is not supported"},
	{"(assert (<= (+ Y_0 1) 1))", 6, 14, "arithmetic is not supported"},
	{"(assert (<= (- Y_0) 1))", 6, 16, `"Y_0" is neither`},
	{"(assert (<= X_0 X_1))", 6, 13, "the bounds of inputs must be numbers"},
	{"(assert (<= X_0 Y_1))", 6, 13, "the bounds of inputs must be numbers"},
	{"(assert (<= 1 2))", 6, 13, "two numbers"},
	{"(assert (<= Y_0))", 6, 16, "instead of a variable or a number"},
	{"(assert (<= Y_0 1 2))", 6, 19, "a comparison has two"},
	{"(assert (and))", 6, 10, "without operands"},
	{"(assert (or))", 6, 10, "without operands"},
	{"(assert (<= Y_0 1)", 6, 19, "the end of the file instead of"},
	{"(assert (<= Y_0 1)))", 6, 20, "outside of a command"},
	{"(assert Y_0)", 6, 9, "an expression in parentheses"},
	{"; é\n(assert (<= Y_0 1é))", 7, 17, "is neither"},
	{"(assert (<= Y_0 1e400))", 6, 17, "too large for float64"},
	{"(assert (<= Y_0 -1e400))", 6, 17, "too large for float64"},
	{"(assert (<= Y_0 inf))", 6, 17, "is neither"},
	{"(assert (<= Y_0 nan))", 6, 17, "is neither"},
	{"(assert (<= Y_0 0x1p3))", 6, 17, "is neither"},
	{"(assert (<= Y_0 1_000))", 6, 17, "is neither"},
	{"(assert (<= Y_0 1e))", 6, 17, "is neither"},
	{"(assert (<= Y_0 .))", 6, 17, "is neither"},
	{"(assert (<= Y_0 " + strings.Repeat("1", 1001) + "))", 6, 17, "1001 characters"},
	{"(check-sat)", 6, 2, "remove it"},
	{"(vnnlib-version <2.0>)", 6, 2, "version 1.0"},
	{"(declare-const X_0 Real)", 6, 16, "declared twice"},
	{"(declare-const X_3 Real)", 6, 16, "X_2 is not: declare"},
	{"(declare-const X_01 Real)", 6, 16, "name inputs X_0"},
	{"(declare-const X_99999999999999999999 Real)", 6, 16, "name inputs X_0"},
	{"(declare-const X_99999999 Real)", 6, 16, "raise MaxInputs"},
	{"(declare-const Z_0 Real)", 6, 16, "name inputs X_0"},
	{"(declare-const X_2 Int)", 6, 20, "of type Real"},
	{"(declare-const X_2 Real)", 6, 16, "X_2 has no lower bound: assert"},
	{"(declare-const X_2 Real)\n(assert (>= X_2 0))", 7, 10, "X_2 has no upper bound: assert"},
	{"(declare-const X_2 Real)\n(assert (or (>= X_2 0) (<= X_2 1)))", 7, 14, "X_2 has no upper bound: assert"},
	{"(assert " + strings.Repeat("(and ", 300) + "(<= Y_0 1)" + strings.Repeat(")", 300) + ")", 6, 1014, "raise " +
		"MaxDepth"}}

// TestFaults: each fault is refused, at its place, with a remedy.
func TestFaults(t *testing.T) {
	for _, f := range faults {
		_, err := Parse([]byte(header+f.text), Options{})
		var at *Error
		if !errors.As(err, &at) || !strings.Contains(err.Error(), f.message) {
			t.Errorf("%.60s: %v: want %q", f.text, err, f.message)
			continue
		}
		if at.Line != f.line || at.Column != f.column {
			t.Errorf("%.60s: %v: want line %d, column %d", f.text, err, f.line, f.column)
		}
	}
	for text, message := range map[string]string{"": "no X_0 is declared", "(declare-const X_0 Real)": "no Y_0 is " +
		"declared"} {
		if _, err := Parse([]byte(text), Options{}); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestLimits: sizes are refused before memory is taken: the largest of these would need terabytes.
func TestLimits(t *testing.T) {
	either := "(assert (or (<= Y_0 1) (<= Y_1 1)))"
	inputs := "(assert (or (<= X_0 0.1) (<= X_0 0.2)))"
	many := strings.Repeat("(assert (<= Y_0 1))", 1000)
	for _, f := range []struct {
		text, message string
		options       Options
	}{
		{strings.Repeat(either, 100), "raise MaxCases", Options{}},
		{strings.Repeat(either, 11), "raise MaxCases", Options{MaxCases: 2000}},
		{strings.Repeat(inputs, 11), "raise MaxValues", Options{MaxValues: 4 * 2048}},
		{many + strings.Repeat(either, 10), "raise MaxValues", Options{MaxValues: 1_000_000}},
		{either, "more than 10 bytes", Options{MaxBytes: 10}},
	} {
		start := time.Now()
		if _, err := Parse([]byte(header+f.text), f.options); err == nil || !strings.Contains(err.Error(), f.message) {
			t.Errorf("%.40s: %v: want %q", f.text, err, f.message)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%.40s: refused only after %v", f.text, d)
		}
	}
	if _, err := Parse([]byte(header+strings.Repeat(inputs, 11)), Options{MaxCases: 2048}); err != nil {
		t.Errorf("2048 cases at the limit: %v", err)
	}
}

// largeFile is a property of a few megabytes, of many clauses over inputs and outputs.
func largeFile(clauses int) []byte {
	var b strings.Builder
	b.WriteString("(declare-const X_0 Real)\n(declare-const Y_0 Real)\n(assert (or\n")
	for i := range clauses {
		x := float64(i) / float64(clauses)
		fmt.Fprintf(&b, "(and (>= X_0 %.17g) (<= X_0 %.17g) (>= Y_0 %.17g))\n", x, x+1e-6, x/3)
	}
	b.WriteString("))\n")
	return []byte(b.String())
}

// TestLarge reads many clauses.
func TestLarge(t *testing.T) {
	p, err := Parse(largeFile(100_000), Options{})
	if err != nil || len(p.Cases) != 100_000 {
		t.Fatalf("%v", err)
	}
	c := p.Cases[50_000]
	if c.Box.Lower[0] != 0.5 || c.Box.Upper[0] != 0.500001 || c.Rows[0].Bound != -0.5/3 {
		t.Errorf("case 50000 is %+v %+v", c.Box, c.Rows)
	}
}

// BenchmarkLarge reads 100,000 clauses, 8 MB.
func BenchmarkLarge(b *testing.B) {
	text := largeFile(100_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Parse(text, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestPackedFile finds a file without its .gz, and names a file in its errors.
func TestPackedFile(t *testing.T) {
	if _, err := Read("testdata/absent.vnnlib", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	_, err := Read("parse_test.go", Options{})
	if err == nil || !strings.Contains(err.Error(), "parse_test.go: line 1") {
		t.Errorf("no property: %v", err)
	}
}
