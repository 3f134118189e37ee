package rational

import (
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

func between(lower, upper float64) *ball.Box { return &ball.Box{Lower: lower, Upper: upper} }

// TestMinimum proves margins of logit 0 = v x + 40, logit 1 = 0 around x = (1, 2), worked out by hand.
func TestMinimum(t *testing.T) {
	for _, c := range []struct {
		name string
		v    []float64
		ball ball.Ball
		want string
	}{
		{"linf", []float64{3, -2}, ball.Ball{Eps: 0.5}, "73/2"},
		{"linf, radii", []float64{3, -2}, ball.Ball{Eps: 0.5, Radii: []float64{1, 2}}, "71/2"},
		{"linf, box below", []float64{3, -2}, ball.Ball{Eps: 0.5, Box: between(0.75, 9)}, "149/4"},
		{"linf, box above", []float64{3, -2}, ball.Ball{Eps: 0.5, Box: between(0, 2)}, "75/2"},
		{"linf, eps 0", []float64{3, -2}, ball.Ball{}, "39"},
		{"l1", []float64{3, -2}, ball.Ball{Norm: ball.L1, Eps: 0.5}, "75/2"},
		{"l1, other sign", []float64{2, -3}, ball.Ball{Norm: ball.L1, Eps: 0.5}, "69/2"},
		{"l1, box", []float64{3, -2}, ball.Ball{Norm: ball.L1, Eps: 0.5, Box: between(0.75, 9)}, "151/4"},
		{"l1, box twice", []float64{3, -2}, ball.Ball{Norm: ball.L1, Eps: 0.5, Box: between(0.75, 2)}, "153/4"},
		{"l1, box alone", []float64{3, -2}, ball.Ball{Norm: ball.L1, Eps: 9, Box: between(0.75, 2.5)}, "149/4"},
		{"l2", []float64{3, -4}, ball.Ball{Norm: ball.L2, Eps: 0.5}, "65/2"},
		{"l2, one input", []float64{3, 0}, ball.Ball{Norm: ball.L2, Eps: 0.5}, "83/2"},
		{"l2, nothing", []float64{0, 0}, ball.Ball{Norm: ball.L2, Eps: 0.5}, "40"},
		{"l2, eps 0", []float64{3, -4}, ball.Ball{Norm: ball.L2}, "35"},
		{"l2, loose box", []float64{3, -4}, ball.Ball{Norm: ball.L2, Eps: 0.5, Box: between(0, 3)}, "65/2"},
		// The step 5/8 (8,4)/sqrt(80) is cut to 3/8 along input 0, which leaves 1/2 for input 1.
		{"l2, box", []float64{8, -4}, ball.Ball{Norm: ball.L2, Eps: 0.625, Box: between(0.625, 3)}, "35"},
		{"l2, box, thirds", []float64{4, -3}, ball.Ball{Norm: ball.L2, Eps: 0.625, Box: between(0.625, 3)}, "35"},
		{"l2, box, fifths", []float64{8, -5}, ball.Ball{Norm: ball.L2, Eps: 0.625, Box: between(0.625, 3)}, "65/2"},
		{"l2, box, sevenths", []float64{8, -7}, ball.Ball{Norm: ball.L2, Eps: 0.625, Box: between(0.625, 3)}, "55/2"},
		{"l2, corner", []float64{8, -4}, ball.Ball{Norm: ball.L2, Eps: 9, Box: between(0.5, 2.25)}, "35"},
		{"l2, on the border", []float64{8, -4}, ball.Ball{Norm: ball.L2, Eps: 0.5, Box: between(1, 3)}, "38"},
		{"l2, tie", []float64{4, -3}, ball.Ball{Norm: ball.L2, Eps: 0.625, Box: between(0.5, 2.375)}, "279/8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := build(t, []int{2}, []net.LayerSpec{dense(2)}, []float64{c.v[0], c.v[1], 0, 0}, []float64{40, 0})
			wantMargin(t, n, certificate(n, c.ball, []float64{1, 2}, nil, cert.FastLin), c.want)
		})
	}
}

// TestContains takes points on the border and just beyond it.
func TestContains(t *testing.T) {
	n := build(t, []int{2}, []net.LayerSpec{dense(2)}, []float64{0, 0, 0, 0}, []float64{0, 0})
	for _, c := range []struct {
		name  string
		ball  ball.Ball
		point []float64
		in    bool
	}{
		{"linf", ball.Ball{Eps: 0.5}, []float64{1.5, 1.5}, true},
		{"linf, above", ball.Ball{Eps: 0.5}, []float64{1.5, 2.5000000000000004}, false},
		{"linf, below", ball.Ball{Eps: 0.5}, []float64{0.49999999999999994, 2}, false},
		{"linf, radii", ball.Ball{Eps: 0.5, Radii: []float64{0, 3}}, []float64{1, 3.5}, true},
		{"linf, radii, beyond", ball.Ball{Eps: 0.5, Radii: []float64{0, 3}}, []float64{1.0000000000000002, 3.5}, false},
		{"linf, rounding", ball.Ball{Eps: 0.1, Radii: []float64{3, 3}}, []float64{1.2999999999999998, 2.3}, true},
		{"linf, rounding, beyond", ball.Ball{Eps: 0.1, Radii: []float64{3, 3}}, []float64{1.3, 2.3}, false},
		{"box", ball.Ball{Eps: 0.5, Box: between(1, 2)}, []float64{1.5, 2}, true},
		{"box, beyond", ball.Ball{Eps: 0.5, Box: between(1, 2)}, []float64{1.5, 2.1}, false},
		{"box, l2, beyond", ball.Ball{Norm: ball.L2, Eps: 0.5, Box: between(1, 2)}, []float64{0.9, 2}, false},
		{"l1", ball.Ball{Norm: ball.L1, Eps: 0.5}, []float64{1.25, 1.75}, true},
		{"l1, beyond", ball.Ball{Norm: ball.L1, Eps: 0.5}, []float64{1.25, 1.7499999999999998}, false},
		{"l2", ball.Ball{Norm: ball.L2, Eps: 0.625}, []float64{1.375, 1.5}, true},
		{"l2, beyond", ball.Ball{Norm: ball.L2, Eps: 0.625}, []float64{1.375, 1.4999999999999998}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Check(t.Context(), n.Model(), falsified(n, c.ball, []float64{1, 2}, c.point, 1))
			if (err == nil) != c.in {
				t.Error(err)
			}
		})
	}
}

// TestRoots has margins 1000 - sqrt(1 + j^2), which are not rational: they are proved from below, to 2^-199.
func TestRoots(t *testing.T) {
	for j := 1.0; j < 30; j++ {
		n := build(t, []int{2}, []net.LayerSpec{dense(2)}, []float64{1, j, 0, 0}, []float64{1000, 0})
		margins, err := Check(t.Context(), n.Model(),
			certificate(n, ball.Ball{Norm: ball.L2, Eps: 1}, []float64{0, 0}, nil, cert.FastLin))
		if err != nil {
			t.Fatal(err)
		}
		root, square := sub(rat(1000), margins[1][0]), rat(1+j*j)
		if off := sub(mul(root, root), square); off.Sign() <= 0 || off.Cmp(mul(square, rat(0x1p-198))) > 0 {
			t.Errorf("root of 1 + %v^2: its square is off by %s", j, off.FloatString(80))
		}
	}
}
