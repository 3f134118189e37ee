package cert

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/net"
)

// precision of the numbers that decide what is true: far beyond any product of float64s that occurs here.
const precision = 512

func num(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

func mul(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(precision).Mul(a, b) }
func add(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(precision).Add(a, b) }
func neg(a *big.Float) *big.Float    { return new(big.Float).SetPrec(precision).Neg(a) }
func quo(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(precision).Quo(a, b) }

// trueValues evaluates every vertex, straight from the layers' own parameters.
func trueValues(n *net.Network, x []*big.Float) [][]*big.Float {
	values := [][]*big.Float{}
	at := func(i int) []*big.Float {
		if i == net.InputNode {
			return x
		}
		return values[i]
	}
	for i, v := range n.Vertices {
		in := at(v.Inputs[0])
		var out []*big.Float
		switch v.Layer.Spec().Type {
		case "dense":
			w, b := n.ParamsOf(i)[0].Data, n.ParamsOf(i)[1].Data
			for j := range b {
				s := num(b[j])
				for k := range in {
					s = add(s, mul(num(w[j*len(in)+k]), in[k]))
				}
				out = append(out, s)
			}
		case "relu":
			for _, z := range in {
				if z.Sign() < 0 {
					z = num(0)
				}
				out = append(out, z)
			}
		case "add":
			out = slices.Clone(in)
			for _, f := range v.Inputs[1:] {
				for j, a := range at(f) {
					out[j] = add(out[j], a)
				}
			}
		default:
			panic("no truth for layer " + v.Layer.Spec().Type)
		}
		values = append(values, out)
	}
	return values
}

// trueMargin is logit[label] - logit[class].
func trueMargin(n *net.Network, x []*big.Float, label, class int) *big.Float {
	values := trueValues(n, x)
	out := values[len(values)-1]
	return add(out[label], neg(out[class]))
}

// trueMinimum is the least margin of a network of one input over [lower, upper]: the network is piecewise linear, so
// the least value is at an end or where some unit changes its phase; these points are found layer by layer.
func trueMinimum(n *net.Network, lower, upper *big.Float, label, class int) (*big.Float, *big.Float) {
	points := []*big.Float{lower, upper}
	for _, relu := range n.Relus() {
		from := n.Vertices[relu].Inputs[0]
		z := func(x *big.Float) []*big.Float { return trueValues(n, []*big.Float{x})[from] }
		var crossings []*big.Float
		left := z(points[0])
		for i := 0; i+1 < len(points); i++ {
			right := z(points[i+1])
			for j := range left {
				if left[j].Sign()*right[j].Sign() < 0 {
					share := quo(left[j], add(left[j], neg(right[j])))
					crossings = append(crossings, add(points[i], mul(share, add(points[i+1], neg(points[i])))))
				}
			}
			left = right
		}
		points = append(points, crossings...)
		slices.SortFunc(points, func(a, b *big.Float) int { return a.Cmp(b) })
	}
	var least, where *big.Float
	for _, x := range points {
		if m := trueMargin(n, []*big.Float{x}, label, class); least == nil || m.Cmp(least) < 0 {
			least, where = m, x
		}
	}
	return least, where
}

// randomNet is a small network of dense layers in float64, some with a residual block, weights of very different sizes.
func randomNet(rng *rand.Rand, inputs int) *net.Network {
	n := net.New("random", inputs)
	n.DType = dtypes.Float64
	append_ := func(l net.Layer, inputs ...int) int {
		at, err := n.Append(l, inputs...)
		if err != nil {
			panic(err)
		}
		return at
	}
	width := 1 + rng.IntN(4)
	append_(net.Dense{Units: width})
	last := append_(net.ReLU{})
	for range rng.IntN(3) {
		append_(net.Dense{Units: width})
		inner := append_(net.ReLU{})
		if rng.IntN(3) == 0 {
			append_(net.Addition{}, last, inner)
			inner = append_(net.ReLU{})
		}
		last = inner
	}
	append_(net.Dense{Units: 2 + rng.IntN(2)})
	scale := []float64{1, 1, 1, 1e-3, 1e4, 1e8}[rng.IntN(6)]
	for _, p := range n.Params {
		for i := range p.Data {
			p.Data[i] = scale * rng.NormFloat64()
			if rng.IntN(4) == 0 { // short numbers make ties and cancelling sums
				p.Data[i] = scale * float64(rng.IntN(7)-3)
			}
		}
	}
	return n
}

// shiftMargin changes the last bias so that the least margin becomes about the value given, and returns it as it then
// is.
func shiftMargin(n *net.Network, lower, upper *big.Float, label, class int, target float64) *big.Float {
	bias := n.Params[len(n.Params)-1].Data
	for range 4 {
		least, _ := trueMinimum(n, lower, upper, label, class)
		difference, _ := add(num(target), neg(least)).Float64()
		bias[label] += difference
	}
	least, _ := trueMinimum(n, lower, upper, label, class)
	return least
}

// TestTruth checks the helper against dense sampling.
func TestTruth(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := randomNet(rng, 1)
		least, where := trueMinimum(n, num(-1), num(1), 0, 1)
		if m := trueMargin(n, []*big.Float{where}, 0, 1); m.Cmp(least) != 0 {
			t.Fatal("the minimum is not attained")
		}
		size, _ := least.Float64()
		for i := range 101 {
			m, _ := trueMargin(n, []*big.Float{num(-1 + float64(i)/50)}, 0, 1).Float64()
			if m < size-1e-9*math.Abs(size) {
				t.Fatalf("margin %v at a point below the minimum %v", m, size)
			}
		}
	}
}
