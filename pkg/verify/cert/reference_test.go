package cert

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

// referenceCase is what these tests read of a case (schema robust-golden-1).
type referenceCase struct {
	X       []float64                  `json:"x"`
	Label   int                        `json:"label"`
	Targets []int                      `json:"targets"`
	Eps     float64                    `json:"eps"`
	Norm    string                     `json:"norm"`
	Clip    bool                       `json:"clip_to_unit_box"`
	Logits  []float64                  `json:"logits"`
	Results map[string]json.RawMessage `json:"results"`
}

type referenceResult struct {
	Margins []float64 `json:"margins"`
	Layers  []struct{ L, U []float64 }
}

func (c *referenceCase) ball() ball.Ball {
	norm, _ := ball.ParseNorm(c.Norm)
	b := ball.Ball{Norm: norm, Eps: c.Eps}
	if c.Clip {
		b.Box = ball.Unit
	}
	return b
}

func (c *referenceCase) result(t *testing.T, method string) *referenceResult {
	raw, ok := c.Results[method]
	if !ok {
		return nil
	}
	r := &referenceResult{}
	if err := json.Unmarshal(raw, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// eachReference calls f for every case of the reference files that three independent programs made.
func eachReference(t *testing.T, f func(t *testing.T, n *Network, c *referenceCase)) {
	dir := os.Getenv("TIGHTROPE_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "bound", "testdata", "reference")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	if len(files) == 0 {
		t.Fatal("no reference files")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			network, err := net.ReadReference(content)
			if err != nil {
				t.Fatal(err)
			}
			n := plain(t, network)
			var all struct{ Cases []referenceCase }
			if err := json.Unmarshal(content, &all); err != nil {
				t.Fatal(err)
			}
			for i := range all.Cases {
				f(t, n, &all.Cases[i])
			}
		})
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// TestReference compares logits, IBP and CROWN-IBP with the reference, and checks that bounds by the other rules are at least as
// tight as the reference's bounds of one technique, since they are intersected with intervals.
func TestReference(t *testing.T) {
	eachReference(t, func(t *testing.T, n *Network, c *referenceCase) {
		for k, z := range n.Forward(c.X) {
			near(t, "logit", z, c.Logits[k])
		}
		r, err := NewRegion(n, c.ball(), c.X)
		if err != nil {
			t.Fatal(err)
		}
		interval, err := r.Bounds(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for k, target := range c.Targets {
			near(t, "IBP margin", r.Margin(interval, Interval, c.Label, target), c.result(t, "ibp").Margins[k])
			near(t, "CROWN-IBP margin", r.Margin(interval, CROWN, c.Label, target), c.result(t, "crown_ibp").Margins[k])
		}
		for method, rule := range map[string]Rule{"ibp": Interval, "fastlin": FastLin, "crown": CROWN} {
			rules := []Rule{rule}
			if rule == Interval {
				rules = nil
			}
			b, err := r.Bounds(t.Context(), rules...)
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 1e-9
			if rule != Interval { // tighter l, u before do not always make tighter lines
				tolerance = 1e-3
			}
			tighter(t, b, c.result(t, method), method, tolerance)
		}
	})
}

// tighter checks that bounds are those of the reference or better. Units that intervals show to be stable keep intervals.
func tighter(t *testing.T, b *Bounds, want *referenceResult, method string, tolerance float64) {
	t.Helper()
	for k, layer := range want.Layers {
		for j := range layer.L {
			l, u := b.Lower[k][j], b.Upper[k][j]
			slack := tolerance * max(1, math.Abs(l), math.Abs(u))
			if l < 0 && u > 0 && (l < layer.L[j]-slack || u > layer.U[j]+slack) {
				t.Errorf("%s: unit %d of relu %d in [%v, %v], reference [%v, %v]", method, j, k, l, u, layer.L[j], layer.U[j])
			}
		}
	}
}

// TestBelowExact: every bound lies below the exact minimum and below the margin at points of the ball; the condensed
// network gives what the network gives.
func TestBelowExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	eachReference(t, func(t *testing.T, n *Network, c *referenceCase) {
		r, err := NewRegion(n, c.ball(), c.X)
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.Bounds(t.Context(), FastLin, CROWN)
		if err != nil {
			t.Fatal(err)
		}
		d, err := r.Condense(t.Context(), b, c.Label)
		if err != nil {
			t.Fatal(err)
		}
		p := d.NewProver()
		for k, target := range c.Targets {
			for _, rule := range []Rule{FastLin, CROWN, Interval} {
				bound := r.Margin(b, rule, c.Label, target)
				for range 20 {
					z := n.Forward(c.ball().Sample(c.X, rng))
					if m := z[c.Label] - z[target]; bound > m+1e-9 {
						t.Errorf("%v bound %v above the margin %v at a point", rule, bound, m)
					}
				}
				if exact := c.result(t, "milp"); exact != nil && k < len(exact.Margins) && bound > exact.Margins[k]+1e-5 {
					t.Errorf("%v bound %v above the exact minimum %v", rule, bound, exact.Margins[k])
				}
				if rule != Interval { // that one uses the stable units' intervals too
					near(t, "bound of the condensed network", p.Lower(d.Margin(target), 1, d.Lower, d.Upper, rule.Multiplier()), bound)
				}
			}
		}
	})
}
