package rational

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/gomlx/compute/dtypes"

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
	p, err := cert.NewNetwork(n.Model())
	if err == nil {
		_, err = cert.Check(t.Context(), p, c)
	}
	return err == nil
}

// hardest moves the bias of the winning class to where the checker in float64 just confirms the certificate; false
// if it never does.
func hardest(t testing.TB, n *net.Network, c *cert.Certificate) bool {
	bias, winner := n.Params[len(n.Params)-1].Data, c.Label
	if c.Verdict == cert.Falsified {
		winner = c.Class
	}
	set := func(v float64) bool {
		bias[winner] = v
		if n.DType != dtypes.Float64 {
			bias[winner] = float64(float32(v))
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

// TestDifferential: what the checker in float64 just confirms, this one confirms. Bounds without rounding can make
// worse lines, so it may take a margin that is larger by 1e-9 of it, but next to never; CROWN's choice for a unit may
// hang on rounding altogether.
func TestDifferential(t *testing.T) {
	g := &generator{rand.New(rand.NewPCG(2, 4)), t}
	total, kinds := cases(500), map[string]int{}
	for i := range total {
		n := g.network()
		b, x := g.region(n.InputSize())
		c := g.certificate(n, b, x, g.IntN(n.Classes()))
		if !hardest(t, n, c) {
			continue
		}
		count(kinds, c)
		margins, err := Check(t.Context(), n.Model(), c)
		if err != nil {
			kinds["with a larger margin"]++
			bias := n.Params[len(n.Params)-1].Data
			bias[c.Label] += 1e-9 * math.Abs(bias[c.Label])
			c.Network = n.Hash()
			margins, err = Check(t.Context(), n.Model(), c)
		}
		switch {
		case err == nil:
			g.below(n, c, margins)
		case ties(t, n, c):
			kinds["hanging on rounding"]++
		default:
			disagree(t, i, n, c, err)
		}
	}
	t.Logf("of %d: %v", total, kinds)
	more, hanging := kinds["with a larger margin"], kinds["hanging on rounding"]
	if kinds["confirmed"] < total*4/5 || more > total/50 || hanging > total/200 {
		t.Error("too few of them mean anything")
	}
	for kind, least := range map[string]int{"linf": 8, "l2": 8, "l1": 8, "linf with box": 12, "l2 with box": 12,
		"l1 with box": 12, "radii": 20, "margin by fast-lin": 8, "margin by crown": 8, "margin by interval": 8,
		"bounds by fast-lin": 8, "bounds by crown": 8, "bounds by interval": 8, "further bounds": 10,
		"tree of 2 leaves": 15, "tree of a unit": 20,
		"list of units": 25, "splits at places": 15, "tree of 3 leaves": 50, "tree of 4 leaves": 25} {
		if kinds[kind] < total/least {
			t.Errorf("%d cases of %s among %d: too few of them", kinds[kind], kind, total)
		}
	}
}

// count counts a certificate under each of its properties.
func count(kinds map[string]int, c *cert.Certificate) {
	kinds["confirmed"]++
	kinds[c.Ball.Norm.String()]++
	if c.Ball.Box != nil {
		kinds[c.Ball.Norm.String()+" with box"]++
	}
	if c.Ball.Radii != nil {
		kinds["radii"]++
	}
	for _, p := range c.Margins {
		if p.Tree == nil {
			kinds["margin by "+p.Rule.String()]++
		} else {
			kinds[fmt.Sprintf("tree of %d leaves", p.Tree.Leaves())]++
		}
	}
	for _, r := range c.Rules {
		kinds["bounds by "+r.String()]++
	}
	if len(c.Tighter) > 0 {
		kinds["further bounds"]++
	}
	for _, p := range c.Tighter {
		if p.Tree != nil && p.Tree.Leaves() > 1 {
			kinds["tree of a unit"]++
		}
	}
	for _, p := range c.Margins {
		if p.Tree != nil && len(p.Tree.Of) > 0 {
			kinds["list of units"]++
		}
		if p.Tree != nil && len(p.Tree.At) > 0 {
			kinds["splits at places"]++
		}
	}
}

// below checks proved margins against those at points of the ball, exactly.
func (g *generator) below(n *net.Network, c *cert.Certificate, margins [][]*big.Rat) {
	for range 4 {
		y := values(g, n, cert.Clip(c.Ball, c.Input, c.Ball.Sample(c.Input, g.Rand)))
		for class, m := range margins {
			if len(m) > 0 && sub(y[c.Label], y[class]).Cmp(smaller(m...)) < 0 {
				g.Errorf("a proved margin of %v, at a point it is less: %+v", m, c)
			}
		}
	}
}

// TestValues compares outputs at random inputs with those in float64.
func TestValues(t *testing.T) {
	g := &generator{rand.New(rand.NewPCG(1, 7)), t}
	for range cases(1000) {
		n := g.network()
		for _, p := range n.Params {
			copy(p.Data, g.values(len(p.Data), 1))
		}
		p, err := cert.NewNetwork(n.Model())
		if err != nil {
			t.Fatal(err)
		}
		_, x := g.region(n.InputSize())
		want, got := p.Forward(x), values(t, n, x)
		for j, w := range want {
			if v, _ := got[j].Float64(); math.Abs(v-w) > 1e-9*(1+math.Abs(w)) {
				t.Errorf("output %d is %v, in float64 %v: %v", j, v, w, n.Arch())
			}
		}
	}
}

// TestDifferentialPoints: a misclassified point that the checker in float64 confirms, this one confirms; and no other,
// but on the border.
func TestDifferentialPoints(t *testing.T) {
	g := &generator{rand.New(rand.NewPCG(1, 8)), t}
	confirmed, total, more := 0, cases(1000), 0
	for i := range total {
		n := g.network()
		b, x := g.region(n.InputSize())
		c := falsified(n, b, x, cert.Clip(b, x, b.Sample(x, g.Rand)), 1)
		for g.IntN(2) == 0 {
			at := g.IntN(len(x))
			c.Point[at] = math.Nextafter(c.Point[at], g.NormFloat64()*10)
		}
		ok := hardest(t, n, c)
		if g.IntN(2) == 0 { // a little too small
			bias := n.Params[len(n.Params)-1].Data
			bias[1] -= pick(g, 1e-15, 1e-3) * math.Abs(bias[1])
			c.Network = n.Hash()
			ok = floatConfirms(t, n, c)
		}
		_, err := Check(t.Context(), n.Model(), c)
		if ok {
			confirmed++
			if err != nil {
				disagree(t, i, n, c, err)
			}
		} else if err == nil {
			more++
		}
	}
	t.Logf("%d of %d confirmed, and %d here only", confirmed, total, more)
	if confirmed < total/4 {
		t.Error("too few of them mean anything")
	}
}

// disagree reports a certificate that is confirmed in float64 only, and whether its claim is false.
func disagree(t *testing.T, i int, n *net.Network, c *cert.Certificate, err error) {
	t.Helper()
	text, _ := json.Marshal(c)
	t.Errorf("case %d: confirmed in float64, but %v\n%s %v\n%s", i, err, n.Arch(), n.DType, text)
	for _, p := range n.Params {
		t.Log(p.Name, p.Data)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		point := cert.Clip(c.Ball, c.Input, c.Ball.Sample(c.Input, rng))
		for _, m := range c.Margins {
			f := falsified(n, c.Ball, c.Input, point, m.Class)
			if f.Label = c.Label; c.Verdict == cert.Certified {
				if _, err := Check(t.Context(), n.Model(), f); err == nil {
					t.Fatalf("THE CLAIM IS FALSE: class %d wins at %v", m.Class, point)
				}
			}
		}
	}
}

// ties reports whether CROWN's choice for some unit hangs on rounding: u = -l, or nearly so.
func ties(t testing.TB, n *net.Network, c *cert.Certificate) bool {
	k := prepared(t, n, c.Ball, c.Input, c.Rules...)
	for i := range k.neurons {
		low := k.neurons[i].low
		sum, width := sub(low[0], low[1]), sub(zero, add(low[0], low[1]))
		if k.neurons[i].relu && width.Sign() > 0 && sum.Abs(sum).Cmp(mul(width, rat(0x1p-30))) <= 0 {
			return true
		}
	}
	return false
}
