package fuzz

import (
	"flag"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/internal/graphgen"
	"tightrope/pkg/internal/testbackend"
)

var (
	graphs = flag.Int("graphs", 0, "networks to draw; 0: as many as a minute allows on pure Go, 20 on a backend "+
		"that compiles for seconds")
	first   = flag.Uint64("first", 0, "seed of the first network")
	atLeast = flag.Int("at-least", 0, "how often each feature must be met")
)

// minute is how long the search takes in `go test` on the pure-Go backend.
const minute = 60 * time.Second

// TestBounds searches random networks for a point that leaves a bound.
func TestBounds(t *testing.T) {
	f := newFuzz(t)
	start, limit := time.Now(), *graphs
	slow := strings.HasPrefix(os.Getenv(compute.ConfigEnvVar), "xla")
	if limit == 0 && slow {
		limit = 20
	}
	n := 0
	for ; n < limit || limit == 0 && time.Since(start) < minute; n++ {
		f.graph(graphgen.New(*first+uint64(n), graphgen.Options{}), slow)
		if n%100 == 99 || slow {
			f.Logf("%d networks after %.0f s", n+1, time.Since(start).Seconds())
		}
	}
	f.report(n, time.Since(start), graphgen.Features())
}

// fuzz is one search.
type fuzz struct {
	*testing.T
	backend  compute.Backend
	solver   bool
	met      map[graphgen.Feature]int
	cases    int // (network, ball, technique)
	compared int // bounds of a case at one radius, sample and precision
	programs int
	faults   map[string]int // by technique

	points int // random ones of the first sample's middle ball, besides those of the search

	stagedCases, screenedCases int
}

func newFuzz(t *testing.T) *fuzz {
	return &fuzz{T: t, backend: testbackend.Open(t), solver: solverReady(t), met: map[graphgen.Feature]int{},
		faults: map[string]int{}}
}

// Where compiling is slow, a case gets a few techniques in turn, and every fourth one those that need graphs of their
// own.
const (
	few    = 2
	fourth = 4
)

// graph searches one case: all techniques in both precisions, or, where compiling is slow, a few in one of them.
func (f *fuzz) graph(c *graphgen.Case, slow bool) {
	f.Helper()
	p := newPlain(f.T, c.Network)
	for _, feature := range c.Features() {
		f.met[feature]++
	}
	rng := rand.New(rand.NewPCG(c.Seed, 0x66757a7a))
	chosen, precisions := techniques, []dtypes.DType{dtypes.Float64, dtypes.Float32}
	if slow {
		chosen, precisions = nil, precisions[c.Seed%2:][:1]
		for i := range few {
			chosen = append(chosen, techniques[(int(c.Seed)*few+i)%len(techniques)])
		}
	}
	f.cases += len(chosen)
	var all []*compiled
	for _, dtype := range precisions {
		s := compile(f.T, f.backend, c, chosen, dtype)
		defer s.exec.Finalize()
		all = append(all, s)
	}
	for i, eps := range c.Radii {
		more := i == int(c.Seed/4%3) && (!slow || c.Seed%fourth == 0)
		f.radius(p, all, eps, more, rng)
	}
}

// radius searches all samples at one radius; more asks for the techniques that need graphs of their own, in one of the
// precisions.
func (f *fuzz) radius(p *plain, precisions []*compiled, eps float64, more bool, rng *rand.Rand) {
	c := precisions[0].Case
	found := make([][][]bounds, len(precisions))
	for i, s := range precisions {
		found[i] = s.at(eps)
	}
	var attacked [][]float64
	if more {
		i := int(c.Seed/2) % len(precisions)
		found[i] = append(found[i], f.more(precisions[i], eps)...)
		attacked = f.attacked(p, precisions[i], eps)
	}
	for i := range c.Labels {
		e := newExtremes(p, precisions[0].ballAt(eps), c.Sample(i), int(c.Labels[i]))
		e.search(rng, f.solver && i == 0 && c.Seed%3 == 0)
		if i == 0 && eps == c.Radii[1] {
			e.sample(rng, f.points)
		}
		f.programs += e.programs
		if attacked != nil {
			e.see(attacked[i])
		}
		for _, all := range found {
			for _, b := range all {
				for _, star := range b[i].star {
					e.see(append([]float64{}, star...))
				}
			}
		}
		for k, s := range precisions {
			f.compare(s, e, found[k], i, eps)
		}
	}
}

// compare checks all techniques' bounds of one sample.
func (f *fuzz) compare(s *compiled, e *extremes, all [][]bounds, sample int, eps float64) {
	tol, point := newTolerance(e, largest(all, sample), s.net.DType), isPoint(e)
	for _, b := range all {
		f.judge(fault{s.Case, s.net.DType, b[sample].technique, eps, sample, b[sample].check(e, tol)})
		if point {
			f.judge(fault{s.Case, s.net.DType, b[sample].technique, eps, sample, b[sample].exactAtPoint(e, tol)})
		}
	}
}

// isPoint reports whether the ball is a point.
func isPoint(e *extremes) bool {
	for k := range e.x {
		if e.hull[0][k] != e.hull[1][k] {
			return false
		}
	}
	return true
}

// shown is how many faults of a technique are printed.
const shown = 3

func (f *fuzz) judge(one fault) {
	f.compared++
	if one.text == "" {
		return
	}
	if f.faults[one.technique]++; f.faults[one.technique] <= shown {
		f.Error(one)
	}
	f.Fail()
}

// report prints how much was searched, and fails where a feature was met too rarely.
func (f *fuzz) report(n int, took time.Duration, features []graphgen.Feature) {
	f.Logf("%d networks, %d cases, %d comparisons, %d mixed-integer programs, %.0f s", n, f.cases, f.compared,
		f.programs, took.Seconds())
	for _, feature := range features {
		f.Logf("%6d %s", f.met[feature], feature)
		if f.met[feature] < *atLeast {
			f.Errorf("feature %q was met %d times, want %d", feature, f.met[feature], *atLeast)
		}
	}
	f.Logf("%d cases in stages, %d screened", f.stagedCases, f.screenedCases)
	for technique, count := range f.faults {
		f.Logf("*** %d faults of %s", count, technique)
	}
}
