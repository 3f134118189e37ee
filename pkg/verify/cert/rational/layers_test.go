package rational

import (
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// wantOutputs checks the outputs of a network for one input: rationals as text.
func wantOutputs(t *testing.T, n *net.Network, x []float64, want ...string) {
	t.Helper()
	y := values(t, n, x)
	if len(y) != len(want) {
		t.Fatalf("%d outputs, want %d", len(y), len(want))
	}
	for j, text := range want {
		w, _ := new(big.Rat).SetString(text)
		if y[j].Cmp(w) != 0 {
			t.Errorf("output %d is %s, want %s", j, y[j].RatString(), text)
		}
	}
}

// exact is a float64 as text.
func exact(v float64) string { return new(big.Rat).SetFloat64(v).RatString() }

// plus is a + b c as text.
func plus(a, b, c float64) string {
	v := rats(a, b, c)
	return add(v[0], mul(v[1], v[2])).RatString()
}

func TestDense(t *testing.T) {
	n := build(t, []int{3}, []net.LayerSpec{dense(2)}, []float64{1, 2, 3, 4, 5, 6}, []float64{7, 8})
	wantOutputs(t, n, []float64{1, 10, 100}, "328", "662")
}

func TestFloat32Weights(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2)}, []float64{0.1, 1}, []float64{0, 0.3})
	wantOutputs(t, n, []float64{1}, exact(0.1), plus(0.3, 1, 1))
	n.DType = dtypes.Float32
	third := float64(float32(0.3))
	wantOutputs(t, n, []float64{1}, exact(float64(float32(0.1))), plus(third, 1, 1))
}

func TestConv(t *testing.T) {
	layers := []net.LayerSpec{{Type: "conv", Channels: 1,
		Kernel: []int{2, 2}, Stride: []int{1, 1}, Padding: []int{1, 1}}, flatten}
	n := build(t, []int{1, 2, 2}, layers, []float64{1, 10, 100, 1000}, []float64{0.5})
	wantOutputs(t, n, []float64{1, 2, 3, 4},
		"2001/2", "4201/2", "401/2", "6021/2", "8643/2", "805/2", "61/2", "87/2", "9/2")
}

// TestConvSides has everything different along height and width, and two channels in and out.
func TestConvSides(t *testing.T) {
	layers := []net.LayerSpec{{Type: "conv", Channels: 2,
		Kernel: []int{2, 1}, Stride: []int{1, 2}, Padding: []int{0, 1}}, flatten}
	n := build(t, []int{2, 3, 2}, layers, []float64{1, 10, 100, 1000, 2, 0, 0, 3}, []float64{0, 5})
	// Columns 0 and 2 of the padded width 4 (zeros at 0 and 3): only column 1 of the input is seen.
	wantOutputs(t, n, []float64{9, 1, 9, 2, 9, 3, 9, 4, 9, 5, 9, 6},
		"0", "5421", "0", "6532", "5", "22", "5", "27")
}

func TestAvgPool(t *testing.T) {
	layers := []net.LayerSpec{{Type: "avgpool",
		Kernel: []int{3, 1}, Stride: []int{2, 1}, Padding: []int{1, 0}}, flatten}
	n := build(t, []int{2, 3, 1}, layers)
	third := rounded(func(z *big.Float) *big.Float { return z.Quo(num(1), num(3)) }) // the coefficient, a float64
	wantOutputs(t, n, []float64{1, 1, 3, 10, 20, 30}, plus(0, 2, third), plus(0, 4, third), plus(0, 30, third),
		plus(0, 50, third))
}

func num(v float64) *big.Float { return big.NewFloat(v) }

// rounded is a float64 operation, done in big.Float.
func rounded(f func(z *big.Float) *big.Float) float64 {
	v, _ := f(new(big.Float).SetPrec(53)).Float64()
	return v
}

func TestNormalize(t *testing.T) {
	layers := []net.LayerSpec{{Type: "normalize", Mean: []float64{0.5, 0.1}, Std: []float64{2, 3}}}
	n := build(t, []int{2}, layers)
	third := rounded(func(z *big.Float) *big.Float { return z.Quo(num(1), num(3)) })
	shift := rounded(func(z *big.Float) *big.Float { return z.Quo(num(-0.1), num(3)) })
	wantOutputs(t, n, []float64{1, 0}, "1/4", exact(shift))
	wantOutputs(t, n, []float64{1, 3}, "1/4", plus(shift, 3, third))
	layers[0].Mean[1], layers[0].Std[1] = 0.3, 0.7 // where fl(-mean/std) is not -mean fl(1/std)
	shift = rounded(func(z *big.Float) *big.Float { return z.Quo(num(-0.3), num(0.7)) })
	wantOutputs(t, build(t, []int{2}, layers), []float64{1, 0}, "1/4", exact(shift))
}

func TestBatchNorm(t *testing.T) {
	for _, c := range []struct {
		mean, variance, epsilon, weight, bias float64
		scale, shift                          string // "": by big.Float
	}{
		{0.5, 3, 1, 3, 1, "3/2", "1/4"},
		{0.1, 2, 1, 0.7, 0.3, "", ""},
		{0.7, 0.2, 0.1, 0.3, 0.123456789, "", ""},
	} {
		norm := net.LayerSpec{Type: "batchnorm", Mean: []float64{0, c.mean}, Variance: []float64{1, c.variance},
			Epsilon: c.epsilon}
		layers := []net.LayerSpec{norm, flatten}
		n := build(t, []int{2, 1, 2}, layers, []float64{0, c.weight}, []float64{0, c.bias})
		if c.scale == "" {
			sum := rounded(func(z *big.Float) *big.Float { return z.Add(num(c.variance), num(c.epsilon)) })
			std := rounded(func(z *big.Float) *big.Float { return z.Sqrt(num(sum)) })
			scale := rounded(func(z *big.Float) *big.Float { return z.Quo(num(c.weight), num(std)) })
			product := rounded(func(z *big.Float) *big.Float { return z.Mul(num(scale), num(c.mean)) })
			shift := rounded(func(z *big.Float) *big.Float { return z.Sub(num(c.bias), num(product)) })
			c.scale, c.shift = exact(scale), exact(shift)
		}
		scale, _ := new(big.Rat).SetString(c.scale)
		shift, _ := new(big.Rat).SetString(c.shift)
		wantOutputs(t, n, []float64{5, 5, 0, 1}, "0", "0", shift.RatString(), add(scale, shift).RatString())
	}
}

// TestBatchNormDefaults: mean 0, variance 1, epsilon 1e-5.
func TestBatchNormDefaults(t *testing.T) {
	n := build(t, []int{2}, []net.LayerSpec{{Type: "batchnorm"}}, []float64{1, 1}, []float64{0.25, 0})
	std := rounded(func(z *big.Float) *big.Float { return z.Sqrt(num(1.00001)) })
	scale := rounded(func(z *big.Float) *big.Float { return z.Quo(num(1), num(std)) })
	wantOutputs(t, n, []float64{0, 1}, "1/4", exact(scale))
}

// TestAdd is a residual block: x + relu(x), and x + x.
func TestAdd(t *testing.T) {
	add := net.LayerSpec{Type: "add"}
	n := build(t, []int{2}, []net.LayerSpec{reluLayer, from(add, -1, 0)})
	wantOutputs(t, n, []float64{3, -4}, "6", "-4")
	n = build(t, []int{2}, []net.LayerSpec{from(add, -1, -1)})
	wantOutputs(t, n, []float64{3, -4}, "6", "-8")
	// Backward: the margin 2 x0 - 2 x1 + 20 over |x0 - 3| <= 1, |x1 + 4| <= 1.
	n = build(t, []int{2}, []net.LayerSpec{from(add, -1, -1), dense(2)}, []float64{1, -1, 0, 0}, []float64{20, 0})
	wantMargin(t, n, certificate(n, ball.Ball{Eps: 1}, []float64{3, -4}, nil, cert.FastLin), "30")
}

// TestIntervals checks intervals forward through layers without relus: W W' = 0, but |W| |W'| > 0.
func TestIntervals(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2), dense(1), reluLayer, dense(2)},
		[]float64{1, 1}, []float64{0, 0}, []float64{1, -1}, []float64{0}, []float64{-1, 0}, []float64{9, 0})
	for norm, want := range map[ball.Norm]string{ball.Linf: "7", ball.L1: "9", ball.L2: "9"} {
		c := certificate(n, ball.Ball{Norm: norm, Eps: 1}, []float64{5}, nil, cert.Interval)
		wantMargin(t, n, c, want)
	}
}

// TestIntervalsBehindRelus: what depends on a relu gets no bounds from the ball, in any norm, nor what depends on that.
func TestIntervalsBehindRelus(t *testing.T) {
	tail := []net.LayerSpec{dense(2), dense(1), reluLayer, dense(2)}
	weights := [][]float64{{1, 1}, {0, 0}, {1, -1}, {0}, {-1, 0}, {9, 0}}
	for norm := range ball.Norm(3) {
		n := build(t, []int{1}, append([]net.LayerSpec{reluLayer}, tail...), weights...)
		wantMargin(t, n, certificate(n, ball.Ball{Norm: norm, Eps: 1}, []float64{5}, nil, cert.Interval), "7")
		sum := from(net.LayerSpec{Type: "add"}, 0, -1)
		n = build(t, []int{1}, append([]net.LayerSpec{reluLayer, sum}, tail...), weights...)
		wantMargin(t, n, certificate(n, ball.Ball{Norm: norm, Eps: 1}, []float64{5}, nil, cert.Interval), "5")
	}
}

// TestEndsInRelu: logits 2 and relu(x - 3), |x| <= 1.
func TestEndsInRelu(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(2), reluLayer}, []float64{0, 1}, []float64{2, -3})
	for rule := range cert.Rule(3) {
		wantMargin(t, n, certificate(n, ball.Ball{Eps: 1}, []float64{0}, nil, rule), "2")
	}
}

// TestReadsLastVertex refuses a network with a second end, and one without layers.
func TestReadsLastVertex(t *testing.T) {
	n := build(t, []int{2}, []net.LayerSpec{dense(2)}, slices.Repeat([]float64{1}, 4), make([]float64, 2))
	m := n.Model()
	m.Layers = append(m.Layers, m.Layers[0])
	c := certificate(n, ball.Ball{}, []float64{1, 2}, nil, cert.FastLin)
	for want, layers := range map[string][]model.Layer{"layer 0 (dense) is read by no other": m.Layers,
		"there are no layers": nil} {
		m.Layers = layers
		c.Network = m.Hash()
		if _, err := Check(t.Context(), m, c); !errors.Is(err, cert.ErrRefused) ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
