package fuzz

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/internal/graphgen"
	"tightrope/pkg/verify/cert"
)

var (
	smoothGraphs = flag.Int("smooth-graphs", 0, "networks of smooth activations to draw; 0: as many as half a minute "+
		"allows on pure Go, 3 on a backend that compiles for seconds")
	points = flag.Int("points", 500, "random points of one ball of every network of smooth activations, besides those "+
		"of the search of all its balls")
)

// TestSmoothBounds searches random networks of sigmoids, tanhs, softpluses and relus for a point that leaves a bound:
// of graphs, a few techniques in turn in one of the precisions (their graphs are large), and of the checker.
func TestSmoothBounds(t *testing.T) {
	f := newFuzz(t)
	f.points = *points
	start, limit := time.Now(), *smoothGraphs
	slow := strings.HasPrefix(os.Getenv(compute.ConfigEnvVar), "xla")
	if limit == 0 && slow {
		limit = 3
	}
	n := 0
	for ; n < limit || limit == 0 && time.Since(start) < minute/2; n++ {
		c := graphgen.New(*first+uint64(n), graphgen.Options{Smooth: true})
		f.graph(c, true)
		f.checked(c)
		if n%100 == 99 {
			f.Logf("%d networks after %.0f s", n+1, time.Since(start).Seconds())
		}
	}
	f.report(n, time.Since(start), graphgen.SmoothFeatures())
}

// sample looks at random points of the ball.
func (e *extremes) sample(rng *rand.Rand, count int) {
	for range count {
		e.see(e.ball.Sample(e.x, rng))
	}
}

// checked searches for points that leave the bounds of the checker, which are proofs: the tolerance is that of the
// evaluation alone.
func (f *fuzz) checked(c *graphgen.Case) {
	f.Helper()
	p, rng := newPlain(f.T, c.Network), rand.New(rand.NewPCG(c.Seed, 0x63657274))
	for _, eps := range c.Radii {
		b := c.Ball
		b.Eps = eps
		for i := range c.Labels {
			e := newExtremes(p, b, c.Sample(i), int(c.Labels[i]))
			all := f.byRules(e, c)
			if all == nil {
				continue
			}
			e.search(rng, false)
			if i == 0 && eps == c.Radii[1] {
				e.sample(rng, f.points)
			}
			tol := newTolerance(e, largest(all, 0), dtypes.Float64)
			for _, one := range all {
				f.judge(fault{c, dtypes.Float64, one[0].technique, eps, i, one[0].check(e, tol)})
			}
		}
	}
}

// byRules are the checker's bounds by each of its rules, and by its zonotopes on boxes; nil if the values are too
// large for it.
func (f *fuzz) byRules(e *extremes, c *graphgen.Case) (all [][]bounds) {
	ctx := context.Background()
	r, err := cert.NewRegion(e.net.Network, e.ball, e.x)
	if err != nil {
		f.Fatalf("%v: %v", c, err)
	}
	for _, rules := range [][]cert.Rule{nil, {cert.FastLin}, {cert.CROWN}, {cert.FastLin, cert.CROWN}} {
		found, err := r.Bounds(ctx, rules...)
		if err != nil {
			return nil
		}
		for _, rule := range []cert.Rule{cert.Interval, cert.FastLin, cert.CROWN} {
			one := bounds{technique: fmt.Sprintf("checker, %v on %v", rule, rules), margins: make([]float64,
				len(e.margins)), lower: found.Lower, upper: found.Upper}
			for t := range e.margins {
				if t != e.label {
					one.margins[t] = r.Margin(found, rule, e.label, t)
				}
			}
			all = append(all, []bounds{one})
		}
	}
	box, err := cert.NewBox(e.net.Network, e.hull[0], e.hull[1])
	if err != nil {
		return all
	}
	if found, err := box.Zonotope(ctx); err == nil {
		one := all[0][0]
		one.technique, one.lower, one.upper = "checker, zonotope", found.Lower, found.Upper
		all = append(all, []bounds{one})
	}
	return all
}
