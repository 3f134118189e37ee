package vnnlib

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// small are limits that keep a mutated file from taking time.
var small = Options{MaxBytes: 1 << 20, MaxInputs: 1000, MaxCases: 1000, MaxValues: 1 << 16, Rounding: Outward}

// check reads a text that may be anything: a property is sound in itself, or there is an error.
func check(t *testing.T, text []byte) bool {
	t.Helper()
	p, err := Parse(text, small)
	if err != nil {
		var at *Error
		if errors.As(err, &at) && (at.Line < 1 || at.Column < 1) {
			t.Fatalf("%v\n%q", err, text)
		}
		return false
	}
	if (len(p.Cases) == 0) != (p.Contradiction != nil) || len(p.Cases) > small.MaxCases {
		t.Fatalf("%d cases\n%q", len(p.Cases), text)
	}
	for _, c := range p.Cases {
		if len(c.Box.Lower) != p.Inputs || len(c.Box.Upper) != p.Inputs {
			t.Fatalf("a box of %d inputs\n%q", len(c.Box.Lower), text)
		}
		for i, l := range c.Box.Lower {
			if u := c.Box.Upper[i]; !(l <= u) || math.IsInf(l, 0) || math.IsInf(u, 0) {
				t.Fatalf("bounds %v and %v\n%q", l, u, text)
			}
		}
		for _, r := range c.Rows {
			if r.Dense(p.Outputs); math.IsNaN(r.Bound) || math.IsInf(r.Bound, 0) {
				t.Fatalf("row %v\n%q", r, text)
			}
		}
	}
	return true
}

// mutate changes a text in one to eight places.
func mutate(r *rand.Rand, text []byte) []byte {
	pieces := []string{"(", ")", "(or ", "(and ", "(assert ", "(<= ", "X_0", "Y_1", "X_77", "1e308", "-", "e", ";",
		"\n", "Real",
		"(declare-const ", "\x00", "\xff", "_", "9"}
	b := append([]byte{}, text...)
	for range 1 + r.IntN(8) {
		at := r.IntN(len(b) + 1)
		end := min(len(b), at+r.IntN(12))
		switch r.IntN(5) {
		case 0:
			b = append(b[:at:at], b[end:]...)
		case 1:
			b = append(b[:at:at], append([]byte(pieces[r.IntN(len(pieces))]), b[at:]...)...)
		case 2:
			b = append(b[:at:at], append(append([]byte{}, b[at:end]...), b[at:]...)...)
		case 3:
			if at < len(b) {
				b[at] ^= 1 << r.IntN(8)
			}
		case 4:
			if r.IntN(8) == 0 {
				b = b[:at]
			}
		}
	}
	return b
}

// TestMutations reads ten thousand damaged files: no panic, and whatever is read is sound in itself.
func TestMutations(t *testing.T) {
	seed, err := os.ReadFile("testdata/shapes.vnnlib")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 8))
	read := 0
	for range 10_000 {
		if check(t, mutate(r, seed)) {
			read++
		}
		witness := mutate(r, []byte("sat\n((X_0 1)\n(X_1 -2e-3)\n(Y_0 4))\n"))
		if w, err := ParseWitness(witness, small); err == nil && len(w.X) == 0 {
			t.Fatalf("a witness without inputs from %q", witness)
		}
	}
	if read < 300 || read > 9000 {
		t.Errorf("%d of 10000 damaged files were read: the mutations are too weak or too strong", read)
	}
}

// FuzzParse looks for texts that make the reader panic or return nonsense.
func FuzzParse(f *testing.F) {
	seed, err := os.ReadFile("testdata/shapes.vnnlib")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	for _, fault := range faults {
		f.Add([]byte(header + fault.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { check(t, text) })
}

// FuzzWitness is the same for witnesses.
func FuzzWitness(f *testing.F) {
	f.Add([]byte("sat\n((X_0 1)\n(X_1 -2e-3)\n(Y_0 4))\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := ParseWitness(text, small)
		if err != nil {
			return
		}
		if again, err := ParseWitness(w.Bytes(),
			small); err != nil || len(again.X) != len(w.X) || len(again.Y) != len(w.Y) {
			t.Fatalf("%v: %q became %q", err, text, w.Bytes())
		}
	})
}
