package rational

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// cases is how many to try: ten times as many with TIGHTROPE_LONG set.
func cases(standard int) int {
	if os.Getenv("TIGHTROPE_LONG") != "" {
		return 10 * standard
	}
	return standard
}

// floatConfirms reports whether the checker in float64 confirms a certificate.
func floatConfirms(t testing.TB, n *net.Network, c *cert.Certificate) bool {
	p, err := cert.NewNetwork(n)
	if err != nil {
		t.Fatal(err)
	}
	_, err = cert.Check(t.Context(), p, c)
	return err == nil
}

// hardest moves the label's bias to where the checker in float64 just confirms the certificate; false where it never does.
func hardest(t testing.TB, n *net.Network, c *cert.Certificate) bool {
	bias := n.Params[len(n.Params)-1].Data
	set := func(v float64) bool {
		bias[c.Label] = v
		if n.DType != dtypes.Float64 {
			bias[c.Label] = float64(float32(v))
		}
		c.Network = n.Hash()
		return floatConfirms(t, n, c)
	}
	high := 1e-30
	for !set(high) {
		if high *= 1e5; high > 1e30 {
			return false
		}
	}
	low := -high
	for low > -1e30 && set(low) {
		low *= 1e5
	}
	for range 64 {
		if mid := low/2 + high/2; set(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return set(high)
}

func TestDifferential(t *testing.T) {
	g := &generator{rand.New(rand.NewPCG(seed(), 4)), t}
	confirmed, total, failed := 0, cases(3000), 0
	for i := range total {
		n := g.network()
		b, x := g.region(n.InputSize())
		c := g.certificate(n, b, x, g.IntN(n.Classes()))
		if !hardest(t, n, c) {
			continue
		}
		confirmed++
		if _, err := Check(t.Context(), n, c); err != nil {
			text, _ := json.Marshal(c)
			for j, p := range n.Params {
				t.Log(j, p.Name, p.Data)
			}
			t.Log(n.DType)
			{
				p, _ := cert.NewNetwork(n)
				r, _ := cert.NewRegion(p, c.Ball, c.Input)
				b, _ := r.Bounds(t.Context(), c.Rules...)
				t.Log(b.Lower, b.Upper)
				k := &checker{Context: g.Context(), ops: read(n), region: newRegion(c.Ball, rats(c.Input))}
				k.intervals(c.Rules)
				for _, at := range k.relus {
					for j, l := range k.z[at].lower {
						f, _ := l.Float64()
						h, _ := k.z[at].upper[j].Float64()
						t.Log(at, j, f, h)
					}
				}
			}
			t.Errorf("case %d: %v\n%s\n%s", i, err, n.Arch(), text)
			if failed++; failed > 20 {
				break
			}
		}
	}
	t.Logf("%d of %d confirmed", confirmed, total)
}

var _ = errors.Is
var _ = math.Abs
var _ big.Rat

func seed() uint64 { s, _ := strconv.ParseUint(os.Getenv("SEED"), 10, 64); return s }

// TestInfiniteEntries has a certificate for the margin 1 - 21 relu(x - 19/20), which is -0.05 at x = 1, whose first leaf seems to
// prove it where sums of 1.9e308 stay infinite in float64: in truth -1.7e308 is left over relu(x - 19/20).
func TestInfiniteEntries(t *testing.T) {
	n := build(t, []int{1}, []net.LayerSpec{dense(1), reluLayer, dense(5), reluLayer, dense(2)}, []float64{1}, []float64{-0.95},
		[]float64{1e9, 1e9, 1e9, 1e9, 1}, []float64{-4.5e7, -4.5e7, -4.5e7, -4.5e7, 0}, []float64{0, 0, 0, 0, -21, 0, 0, 0, 0, 0}, []float64{1, 0})
	c := certificate(n, ball.Ball{Eps: 0.5}, []float64{0.5}, nil, cert.CROWN)
	c.Units = []cert.Unit{{Relu: 0}}
	for j := range 4 {
		c.Units = append(c.Units, cert.Unit{Relu: 1, Unit: j})
	}
	c.Margins[0].Tree = &cert.Tree{Splits: []int{1, 2, cert.Leaf, cert.Leaf, cert.Leaf}, Multipliers: cert.Floats{
		0, -1.79e299, -1.79e299, 0.95e299, 0.95e299,
		0, 0, 21e-9, 0, 0,
		0, 21e-9, 0, 0, 0,
	}}
	if _, err := Check(t.Context(), n, falsified(n, c.Ball, c.Input, []float64{1}, 1)); err != nil {
		t.Fatal(err) // the claim is false
	}
	wantRefusal(t, n, c, "is not positive")
	p, err := cert.NewNetwork(n)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := cert.Check(t.Context(), p, c); err == nil {
		t.Errorf("confirmed in float64: %+v", r)
	} else {
		t.Log(err)
	}
}
