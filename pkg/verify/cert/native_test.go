package cert

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/relax"
)

// units builds networks of operations on the input's places.
type units struct {
	testing.TB
	*net.Network
	size int
}

func newUnits(t testing.TB, name string, size int) *units {
	u := &units{t, net.New(name, size), size}
	u.DType = dtypes.Float64
	return u
}

// scaled appends s x + t for each place.
func (u *units) scaled(x int, s, t []float64) int {
	at := u.append(net.Dense{Units: u.size}, x)
	p := u.Params[len(u.Params)-2:]
	clear(p[0].Data)
	for i := range u.size {
		p[0].Data[i*u.size+i] = s[i]
	}
	copy(p[1].Data, t)
	return at
}

func (u *units) append(l net.Layer, from ...int) int {
	at, err := u.Append(l, from...)
	if err != nil {
		u.Fatal(err)
	}
	return at
}

func (u *units) all(v float64) []float64 {
	out := make([]float64, u.size)
	for i := range out {
		out[i] = v
	}
	return out
}

// larger appends max(a, b) = b + relu(a - b), with minus b or with b as minus it.
func (u *units) larger(a, b int, turned bool) int { return u.largerBy(net.ReLU{}, a, b, turned) }

// largerBy appends b + f(a - b).
func (u *units) largerBy(f net.Layer, a, b int, turned bool) int {
	minus := b
	if turned {
		b = u.scaled(minus, u.all(-1), u.all(0))
	} else {
		minus = u.scaled(b, u.all(-1), u.all(0))
	}
	d := u.append(f, u.append(net.Addition{}, minus, a))
	return u.append(net.Addition{}, d, b)
}

// values are the intervals of the last vertex.
func (u *units) interval(b ball.Ball, x []float64) interval {
	n := plain(u.TB.(*testing.T), u.Network)
	r, err := NewRegion(n, b, x)
	if err != nil {
		u.Fatal(err)
	}
	if _, err := r.Bounds(u.Context()); err != nil {
		u.Fatal(err)
	}
	return r.values[n.output]
}

// TestNestedMaximum: the interval of the largest of 2^6 values is as wide as theirs; as sums of intervals it would be
// 2^6 times as wide.
func TestNestedMaximum(t *testing.T) {
	rng := rand.New(rand.NewPCG(20, 1))
	for _, turned := range []bool{false, true} {
		u := newUnits(t, "maximum", 3)
		var parts []int
		low, high := math.Inf(-1), math.Inf(-1)
		for range 64 {
			c := rng.Float64()
			parts = append(parts, u.scaled(-1, u.all(1), u.all(c)))
			low, high = max(low, c), max(high, c+1)
		}
		for len(parts) > 1 {
			parts = append(parts[2:], u.larger(parts[0], parts[1], false))
		}
		last, want := parts[0], interval{u.all(low), u.all(high)}
		if turned { // with 2, which is the larger one or not
			two := u.scaled(u.append(net.ReLU{}, u.scaled(last, u.all(0), u.all(0))), u.all(-1), u.all(-2))
			last = u.larger(last, two, true)
			want = interval{u.all(max(low, 2)), u.all(max(high, 2))}
		}
		got := u.interval(ball.Ball{Eps: 0.5}, u.all(0.5))
		for i := range got.lower {
			if !(math.Abs(got.lower[i]-want.lower[i]) < 1e-9 && math.Abs(got.upper[i]-want.upper[i]) < 1e-9) {
				t.Errorf("turned %v: [%v, %v], want [%v, %v]", turned, got.lower[i], got.upper[i], want.lower[i],
					want.upper[i])
			}
		}
	}
}

// TestTwoRelus: the interval of a sum of two relus of one value contains its values, and they come near both ends.
func TestTwoRelus(t *testing.T) {
	rng := rand.New(rand.NewPCG(20, 2))
	draw := func() []float64 {
		v := make([]float64, 4)
		for i := range v {
			v[i] = []float64{0, 1, -1, rng.NormFloat64(), rng.NormFloat64()}[rng.IntN(5)]
		}
		return v
	}
	for range 200 {
		u := newUnits(t, "pair", 4)
		x := u.scaled(-1, draw(), draw())
		part := func() int {
			at := x
			if rng.IntN(3) > 0 {
				at = u.scaled(at, draw(), draw())
			}
			if at = u.append(net.ReLU{}, at); rng.IntN(3) > 0 {
				at = u.scaled(at, draw(), draw())
			}
			return at
		}
		u.append(net.Addition{}, part(), part())
		b, centre := ball.Ball{Eps: rng.Float64()}, draw()
		got, n := u.interval(b, centre), plain(t, u.Network)
		if n.vertices[n.output].native == nil {
			t.Fatal("it is not recognised")
		}
		seen := interval{u.all(math.Inf(1)), u.all(math.Inf(-1))}
		for k := range 2001 {
			p := make([]float64, 4)
			for i, c := range centre {
				p[i] = c + b.Eps*(float64(k)/1000-1)
			}
			for i, y := range n.Forward(p) {
				seen.lower[i], seen.upper[i] = min(seen.lower[i], y), max(seen.upper[i], y)
			}
		}
		for i := range got.lower {
			if seen.lower[i] < got.lower[i]-1e-12 || seen.upper[i] > got.upper[i]+1e-12 {
				t.Fatalf("unit %d has values in [%v, %v] outside [%v, %v]", i, seen.lower[i], seen.upper[i],
					got.lower[i], got.upper[i])
			}
			if seen.lower[i] > got.lower[i]+0.05 || seen.upper[i] < got.upper[i]-0.05 {
				t.Fatalf("unit %d has values in [%v, %v], far inside [%v, %v]", i, seen.lower[i], seen.upper[i],
					got.lower[i], got.upper[i])
			}
		}
	}
}

// TestNotNative: what only looks like such an operation is none, and intervals hold.
func TestNotNative(t *testing.T) {
	rng := rand.New(rand.NewPCG(20, 3))
	for name, build := range map[string]func(u *units){
		"minus almost b": func(u *units) {
			b := u.scaled(-1, u.all(2), u.all(0))
			m := u.scaled(b, []float64{-1, math.Nextafter(-1, 0)}, u.all(0))
			u.append(net.Addition{}, u.append(net.ReLU{}, u.append(net.Addition{}, m, -1)), b)
		},
		"minus b, shifted": func(u *units) {
			b := u.scaled(-1, u.all(2), u.all(0))
			m := u.scaled(b, u.all(-1), []float64{0, 0.25})
			u.append(net.Addition{}, u.append(net.ReLU{}, u.append(net.Addition{}, m, -1)), b)
		},
		"minus another": func(u *units) {
			b, c := u.scaled(-1, u.all(2), u.all(0)), u.scaled(-1, u.all(3), u.all(0))
			m := u.scaled(c, u.all(-1), u.all(0))
			u.append(net.Addition{}, u.append(net.ReLU{}, u.append(net.Addition{}, m, -1)), b)
		},
		"places mixed": func(u *units) {
			a := u.append(net.Dense{Units: 2}, -1)
			copy(u.Params[len(u.Params)-2].Data, []float64{1, 0, 0.5, -1})
			u.append(net.Addition{}, u.append(net.ReLU{}, a), u.append(net.ReLU{}, -1))
		},
		"softplus for relu": func(u *units) {
			b := u.scaled(-1, u.all(2), u.all(0))
			u.largerBy(net.Activation{Smooth: relax.SmoothOf("softplus")}, -1, b, false)
		},
		"tanh for relu, turned": func(u *units) {
			b := u.scaled(-1, u.all(2), u.all(0))
			u.largerBy(net.Activation{Smooth: relax.SmoothOf("tanh")}, -1, b, true)
		},
		"two softpluses": func(u *units) {
			f := net.Activation{Smooth: relax.SmoothOf("softplus")}
			u.append(net.Addition{}, u.append(f, u.scaled(-1, u.all(-2), u.all(1))), u.append(f, -1))
		},
		"a relu and a sigmoid": func(u *units) {
			a := u.append(net.Activation{Smooth: relax.SmoothOf("sigmoid")}, u.scaled(-1, u.all(-2), u.all(1)))
			u.append(net.Addition{}, u.append(net.ReLU{}, -1), a)
		},
		"of two values": func(u *units) {
			a, b := u.scaled(-1, u.all(2), u.all(1)), u.append(net.ReLU{}, -1)
			u.append(net.Addition{}, u.append(net.ReLU{}, a), u.append(net.ReLU{}, u.scaled(b, u.all(-1), u.all(1))))
		},
	} {
		u := newUnits(t, "other", 2)
		build(u)
		b, x := ball.Ball{Eps: 1}, []float64{0.5, -0.25}
		got, n := u.interval(b, x), plain(t, u.Network)
		if n.vertices[n.output].native != nil {
			t.Errorf("%s: recognised", name)
		}
		for range 500 {
			for i, y := range n.Forward(b.Sample(x, rng)) {
				if y < got.lower[i] || y > got.upper[i] {
					t.Fatalf("%s: value %v outside [%v, %v]", name, y, got.lower[i], got.upper[i])
				}
			}
		}
	}
}
