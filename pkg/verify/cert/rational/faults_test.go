package rational

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"tightrope/pkg/model"
	"tightrope/pkg/verify/cert"
)

// spoil changes one number, or the length of one list, of a value: anywhere, to anything.
func (g *generator) spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			g.spoil(v.Elem())
		}
	case reflect.Struct:
		if f := v.Field(g.IntN(v.NumField())); f.CanSet() {
			g.spoil(f)
		}
	case reflect.Slice:
		switch n := v.Len(); {
		case n > 0 && g.IntN(4) > 0:
			g.spoil(v.Index(g.IntN(n)))
		case n > 0 && g.IntN(2) == 0:
			v.Set(v.Slice(0, g.IntN(n)))
		default:
			v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem()))
		}
	case reflect.Int:
		v.SetInt(pick[int64](g, -1, 0, 1, 2, 3, 7, 1<<20, math.MinInt, math.MaxInt))
	case reflect.Float64:
		v.SetFloat(pick(g, g.wild(), math.NaN(), math.Inf(1), math.Inf(-1)))
	case reflect.String:
		v.SetString(pick(g, "", "certified", "falsified", "odd", "relu", "add", "conv"))
	case reflect.Bool:
		v.SetBool(!v.Bool())
	}
}

// TestFaults spoils certificates, and networks too: no panic, no fault for a network that a file may hold, and nothing
// confirmed that a point refutes.
func TestFaults(t *testing.T) {
	g := &generator{rand.New(rand.NewPCG(3, 1)), t}
	confirmed := 0
	for range cases(2000) {
		n := g.network()
		b, x := g.region(n.InputSize())
		c := g.certificate(n, b, x, g.IntN(n.Classes()))
		n.Params[len(n.Params)-1].Data[c.Label] += 1e3
		if g.IntN(4) == 0 {
			c = falsified(n, b, x, cert.Clip(b, x, b.Sample(x, g.Rand)), 1)
		}
		if b.Box != nil { // several certificates have the same
			box := *b.Box
			c.Ball.Box = &box
		}
		for range 1 + g.IntN(3) {
			g.spoil(reflect.ValueOf(c).Elem())
		}
		c.Network = n.Hash()
		margins, err := Check(t.Context(), n.Model(), c)
		if fault := runtime.Error(nil); errors.As(err, &fault) {
			t.Errorf("%v: %+v", err, c)
		}
		if err == nil && c.Verdict == cert.Certified {
			confirmed++
			g.below(n, c, margins)
		}
		m := n.Model()
		m.Layers = append([]model.Layer(nil), m.Layers...)
		g.spoil(reflect.ValueOf(m).Elem())
		_, _ = Check(t.Context(), m, c) // returns
	}
	t.Logf("%d confirmed", confirmed)
}
