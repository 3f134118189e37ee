package vnnlib

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"

	"tightrope/pkg/internal/gzfile"
)

// Witness is a counterexample: an input, and the network's output there.
type Witness struct {
	X []float64 // [inputs]
	Y []float64 // [outputs]; may be missing in a file that was read
}

// Bytes returns the competition's form: a line "sat", then every value in order, each with as few digits as reproduce
// the same float64.
//
//	sat
//	((X_0 0.25)
//	(Y_0 -1))
func (w *Witness) Bytes() []byte {
	b := []byte("sat\n(")
	for kind, values := range w.values() {
		for i, v := range values {
			b = fmt.Appendf(b, "(%c_%d ", kind, i)
			b = append(strconv.AppendFloat(b, v, 'g', -1, 64), ")\n"...)
		}
	}
	return append(bytes.TrimSuffix(b, []byte("\n")), ")\n"...)
}

func (w *Witness) values() func(func(byte, []float64) bool) {
	return func(yield func(byte, []float64) bool) {
		_ = yield('X', w.X) && yield('Y', w.Y)
	}
}

// WriteTo writes [Witness.Bytes]. It returns an error for values that are not finite, and errors of the writer.
func (w *Witness) WriteTo(out io.Writer) (int64, error) {
	for kind, values := range w.values() {
		for i, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return 0, fmt.Errorf("witness: %c_%d is %v: only finite values can be written", kind, i, v)
			}
		}
	}
	n, err := out.Write(w.Bytes())
	return int64(n), err
}

// ReadWitness reads a witness from a file, which may be gzipped. It returns an error for a file that cannot be read,
// and those of [ParseWitness].
func ReadWitness(path string, o Options) (*Witness, error) {
	text, err := gzfile.Read(path, o.complete().MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	w, err := ParseWitness(text, o)
	if err != nil {
		return nil, fmt.Errorf("witness %s: %w", path, err)
	}
	return w, nil
}

// ParseWitness reads the competition's form; the first line "sat" may be missing. It returns an [*Error] with line and
// column if the text has another form, or if values are missing, repeated, out of order, or not finite numbers.
func ParseWitness(text []byte, o Options) (*Witness, error) {
	p := &parser{scanner: scanner{text: text}, options: o.complete()}
	w := &Witness{}
	start := p.next()
	if start.kind == 'a' && string(start.text) == "sat" {
		start = p.next()
	}
	if start.kind != '(' {
		return nil, p.errorAt(start.at, "found %v instead of the list of values: a witness is sat, then ((X_0 "+
			"value) (X_1 value) ... (Y_0 value) ...)", start)
	}
	for {
		t := p.next()
		if t.kind == ')' {
			break
		}
		if t.kind != '(' {
			return nil, p.errorAt(t.at, "found %v instead of (X_i value): correct the file", t)
		}
		if err := p.value(w); err != nil {
			return nil, err
		}
	}
	if t := p.next(); t.kind != 0 {
		return nil, p.errorAt(t.at, "%v after the list of values: remove it", t)
	}
	if len(w.X) == 0 {
		return nil, p.errorAt(start.at, "the witness has no inputs: give every X_i its value")
	}
	return w, nil
}

// value reads the rest of (X_0 value).
func (p *parser) value(w *Witness) error {
	t, err := p.expect('a', "a variable")
	if err != nil {
		return err
	}
	kind, index, ok := variable(t.text)
	list := &w.X
	if kind == 'Y' {
		list = &w.Y
	}
	if !ok || index != len(*list) || kind == 'X' && len(w.Y) > 0 {
		return p.errorAt(t.at, "%v is out of order: list X_0, X_1, ... and then Y_0, Y_1, ..., each once", t)
	}
	if index >= p.options.MaxInputs {
		return p.errorAt(t.at, "%v: more than %d values; raise MaxInputs", t, p.options.MaxInputs)
	}
	v, err := p.operand()
	if err != nil {
		return err
	}
	if v.kind != '0' {
		return p.errorAt(v.at, "%v is not a number: give the variable's value", v.token)
	}
	*list = append(*list, v.value)
	_, err = p.expect(')', "the value's closing parenthesis")
	return err
}
