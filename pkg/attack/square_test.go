package attack

import (
	"math"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// flatAround has class 0 at 0.5 in every input, and no gradient within 0.1 of it: its units are zero there. Where an
// input leaves [0.4, 0.6] class 1 gains.
func flatAround(t *testing.T, inputs int) *net.Network {
	t.Helper()
	n, err := net.Build(net.Arch{Name: "flat", Input: []int{inputs}, Layers: []net.LayerSpec{
		{Type: "dense", Units: 2 * inputs}, {Type: "relu"}, {Type: "dense", Units: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range inputs {
		n.Params[0].Data[2*i*inputs+i], n.Params[1].Data[2*i] = 1, -0.6
		n.Params[0].Data[(2*i+1)*inputs+i], n.Params[1].Data[2*i+1] = -1, 0.4
	}
	if len(n.Params[2].Data) != 4*inputs {
		t.Fatalf("%d weights", len(n.Params[2].Data))
	}
	for i := range 2 * inputs {
		n.Params[2].Data[2*inputs+i] = 10
	}
	copy(n.Params[3].Data, []float64{1, 0})
	return n
}

// TestSquareNeedsNoGradient: where the gradient is zero around the image, PGD and APGD from the image stay there, and
// Square finds the attack, in every norm.
func TestSquareNeedsNoGradient(t *testing.T) {
	const inputs = 6
	n := flatAround(t, inputs)
	x, y := make([]float64, inputs), []int32{0}
	for i := range x {
		x[i] = 0.5
	}
	for _, b := range []ball.Ball{{Eps: 0.2, Box: ball.Unit}, {Norm: ball.L2, Eps: 0.45, Box: ball.Unit},
		{Norm: ball.L1, Eps: 0.6, Box: ball.Unit}} {
		for _, o := range []Options{{Steps: 20}, {Method: APGD, Steps: 20, Loss: CrossEntropy},
			{Method: APGD, Steps: 20, Loss: DLR}} {
			o.Ball, o.Restarts = b, NoRestarts
			if m := margins(t, n, o, x, y); m[0] != 1 {
				t.Errorf("%v: %v without a gradient finds the margin %v, want 1: this network is no example", b.Norm,
					o.Method, m[0])
			}
		}
		if m := margins(t, n, Options{Ball: b, Method: Squares, Queries: 300}, x, y); m[0] > 0 {
			t.Errorf("%v: Square finds the margin %v, and no attack", b.Norm, m[0])
		}
	}
}

// TestSquareOnSaturated: with logits times 2^20 the cross-entropy's gradient is zero in float32, and APGD-CE from the
// image finds fewer attacks than Square, which finds the same as on the logits themselves.
func TestSquareOnSaturated(t *testing.T) {
	plainNet := named(t, "fc24 fc24 fc5", []int{20}, 5, 11)
	plain, err := cert.NewNetwork(plainNet.Model())
	if err != nil {
		t.Fatal(err)
	}
	x, y := samplesIn(plain, 20, 20, rand.New(rand.NewPCG(1, 2)))
	saturated := named(t, "fc24 fc24 fc5", []int{20}, 5, 11)
	for _, p := range saturated.ParamsOf(len(saturated.Vertices) - 1) {
		for i := range p.Data {
			p.Data[i] *= 0x1p20
		}
	}
	b := ball.Ball{Eps: 0.2, Box: ball.Unit}
	query := Options{Ball: b, Method: Squares, Queries: 200}
	onPlain, onSaturated := margins(t, plainNet, query, x, y), margins(t, saturated, query, x, y)
	ce := margins(t, saturated, Options{Ball: b, Method: APGD, Loss: CrossEntropy, Restarts: NoRestarts}, x, y)
	square, climbed := 0, 0
	for i := range y {
		if onSaturated[i] != 0x1p20*onPlain[i] {
			t.Errorf("sample %d: margin %v on scaled logits, %v on plain ones", i, onSaturated[i], onPlain[i])
		}
		square, climbed = square+count(onSaturated[i]), climbed+count(ce[i])
	}
	t.Logf("of %d samples %d are changed by Square, %d by APGD-CE", len(y), square, climbed)
	if square <= climbed {
		t.Errorf("Square changes %d samples, APGD-CE %d: this test shows nothing", square, climbed)
	}
}

func count(margin float64) int {
	if margin > 0 {
		return 0
	}
	return 1
}

// TestWindows: squares lie in the image, have about the fraction of the pixels that is wanted, and are square where the
// image has room.
func TestWindows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, m := range []image{{1, 28, 28}, {3, 32, 32}, {1, 1, 20}, {2, 3, 9}, {1, 9, 2}, {1, 1, 1}} {
		pixels := float64(m.height * m.width)
		for _, share := range []float64{0.8, 0.3, 0.1, 0.01} {
			for range 200 {
				w := m.window(share, 1, rng)
				if w.top < 0 || w.left < 0 || w.height < 1 || w.width < 1 || w.top+w.height > m.height ||
					w.left+w.width > m.width {
					t.Fatalf("window %+v of %+v", w, m)
				}
				side := max(math.Round(math.Sqrt(share*pixels)), 1)
				if w.height != w.width && side <= float64(min(m.height, m.width)) {
					t.Errorf("window %+v of %+v is no square", w, m)
				}
				if area := float64(w.height * w.width); math.Abs(area-share*pixels) > max(1, side+1) {
					t.Errorf("window %+v of %+v has %v pixels, want about %v", w, m, area, share*pixels)
				}
			}
		}
	}
}

// TestPyramids: the pattern fills its window without a zero, in halves that cancel where they are equal, of length 1
// in each channel; tiles fill the image.
func TestPyramids(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, m := range []image{{1, 28, 28}, {3, 8, 8}, {1, 1, 20}, {2, 3, 9}, {1, 1, 1}} {
		for _, share := range []float64{0.8, 0.1, 0.01} {
			dst, w := make([]float64, m.size()), m.window(share, leastSide, rng)
			m.pyramid(dst, w, rng)
			for c := range m.channels {
				filled, square := 0, 0.0
				for _, v := range dst[c*m.height*m.width : (c+1)*m.height*m.width] {
					if v != 0 {
						filled++
					}
					square += v * v
				}
				if filled != w.height*w.width || math.Abs(square-1) > 1e-12 {
					t.Errorf("%+v in %+v: %d pixels of length^2 %v", w, m, filled, square)
				}
			}
		}
		all := make([]float64, m.size())
		m.tiles(all, rng)
		for i, v := range all {
			if v == 0 {
				t.Errorf("tiles of %+v leave pixel %d out", m, i)
			}
		}
	}
}

// TestShareAt: squares shrink with the queries, by halves from 0.8 to 0.8 / 2^9.
func TestShareAt(t *testing.T) {
	for _, queries := range []int{100, 1000, 10000} {
		last := 1.0
		for q := range queries {
			s := shareAt(q, queries)
			if s > last {
				t.Fatalf("query %d of %d: share %v after %v", q, queries, s, last)
			}
			last = s
		}
		if first := shareAt(1, 10000); first != firstShare || last != firstShare/512 {
			t.Errorf("%d queries go from %v to %v", queries, first, last)
		}
	}
}
