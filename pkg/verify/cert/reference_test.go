package cert

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/gzfile"
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
	files, _ := filepath.Glob(filepath.Join(dir, "*.json*"))
	if len(files) == 0 {
		t.Fatal("no reference files")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".gz"), ".json"), func(t *testing.T) {
			content, err := gzfile.Read(file, 1<<28)
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

// TestReference compares logits, and the bounds of every technique, with the reference: of the margins by IBP and
// CROWN-IBP, and of the relus' inputs by each rule alone.
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
		sameLayers(t, "IBP", interval, c.result(t, "ibp"))
		sameLayers(t, "Fast-Lin", alone(t, r, FastLin), c.result(t, "fastlin"))
		sameLayers(t, "CROWN", alone(t, r, CROWN), c.result(t, "crown"))
	})
}

// alone bounds every relu's input by backward passes of one rule and nothing else, as published techniques do.
// [Region.Bounds] intersects them with intervals; which of the two is tighter on later layers is not a theorem.
func alone(t *testing.T, r *Region, rule Rule) *Bounds {
	t.Helper()
	b := &Bounds{}
	err := r.propagate(func(relu int, z interval) error {
		back := r.newPass(b, rule).alone(r.net.vertices[r.net.relus[relu]].from[0])
		copy(z.lower, back.lower)
		copy(z.upper, back.upper)
		b.Lower, b.Upper = append(b.Lower, z.lower), append(b.Upper, z.upper)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// alone bounds all units of a vertex by backward passes.
func (p *pass) alone(vertex int) interval {
	size := p.net.vertices[vertex].size
	z, all := interval{make([]float64, size), make([]float64, size)}, make([]int, size)
	for j := range all {
		all[j], z.lower[j], z.upper[j] = j, math.Inf(-1), math.Inf(1)
	}
	for part := range slices.Chunk(all, p.most()) {
		p.units(vertex, part, z)
	}
	return z
}

// sameLayers compares bounds of the relus' inputs with the reference's.
func sameLayers(t *testing.T, method string, b *Bounds, want *referenceResult) {
	t.Helper()
	for k, layer := range want.Layers {
		for j := range layer.L {
			what := fmt.Sprintf("%s: bound of unit %d of relu %d", method, j, k)
			near(t, "lower "+what, b.Lower[k][j], layer.L[j])
			near(t, "upper "+what, b.Upper[k][j], layer.U[j])
		}
	}
}

// TestBoundsHold: bounds by several rules, intersected with each other and with intervals, hold at points of the ball.
func TestBoundsHold(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	eachReference(t, func(t *testing.T, n *Network, c *referenceCase) {
		r, err := NewRegion(n, c.ball(), c.X)
		if err != nil {
			t.Fatal(err)
		}
		for _, rules := range [][]Rule{nil, {FastLin}, {CROWN}, {FastLin, CROWN}, {CROWN, FastLin}} {
			b, err := r.Bounds(t.Context(), rules...)
			if err != nil {
				t.Fatal(err)
			}
			for range 20 {
				values := n.values(c.ball().Sample(c.X, rng))
				for k, id := range n.relus {
					for j, z := range values[n.vertices[id].from[0]] {
						if slack := 1e-9 * max(1, math.Abs(z)); z < b.Lower[k][j]-slack || z > b.Upper[k][j]+slack {
							t.Errorf("%v: unit %d of relu %d is %v at a point, not in [%v, %v]",
								rules, j, k, z, b.Lower[k][j], b.Upper[k][j])
						}
					}
				}
			}
		}
	})
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
				if exact := c.result(t, "milp"); exact != nil && k < len(exact.Margins) &&
					bound > exact.Margins[k]+1e-5 {
					t.Errorf("%v bound %v above the exact minimum %v", rule, bound, exact.Margins[k])
				}
				if rule != Interval { // that one uses the stable units' intervals too
					near(t, "bound of the condensed network",
						p.Lower(d.Margin(target), 1, d.Lower, d.Upper, d.ByRule(rule)), bound)
				}
			}
		}
	})
}
