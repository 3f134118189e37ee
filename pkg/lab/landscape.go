package lab

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
)

// Landscape has the results of every technique of the program for one sample at some radii.
type Landscape struct {
	Record *record.Record // its ladder has all of them
	views  []view
}

// view is what one technique says at one radius.
type view struct {
	technique technique.ID
	eps       float64
	margin    float64 // the least over the other classes
	seconds   float64
	proof     string // what stands behind the margin
}

// What stands behind a margin.
const (
	confirmed  = "a certificate, which the checker confirmed"
	attempted  = "not positive: nothing to prove"
	inFloats   = "the bound alone, in the network's precision"
	solverWord = "the solver's word: unchecked"
	adversary  = "nothing: it is an attack"
)

// Survey applies every technique of the program, except estimates, to one sample at each radius, in pixel units: those
// of the ladder in float64 with certificates, the others in compiled graphs, and the mixed-integer program. Techniques
// that support only relus are omitted if the network has other activations. An error ends the cell.
func Survey(n *net.Network, set *data.Set, index int, b ball.Ball, radii ...float64) *Landscape {
	if index < 0 || index >= set.Len() {
		Must(fmt.Errorf("sample %d of %s: use 0 to %d", index, set.Name, set.Len()-1))
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	device, _, err := backend.Open("")
	Must(err)
	s := &survey{ctx, device, n, set.Slice(index, index+1), b, radii, &Landscape{}}
	s.ladder()
	s.graphs()
	s.attacks()
	if b.Norm != ball.L2 && len(n.Smooths()) == 0 {
		s.programs()
	}
	return s.sorted()
}

// survey fills a landscape.
type survey struct {
	ctx    context.Context
	device compute.Backend
	net    *net.Network
	set    *data.Set // of one sample
	ball   ball.Ball
	radii  []float64
	found  *Landscape
}

func (s *survey) add(v view) { s.found.views = append(s.found.views, v) }

// sorted is the landscape in the order of the table of techniques.
func (s *survey) sorted() *Landscape {
	slices.SortStableFunc(s.found.views, func(a, b view) int { return cmp.Compare(a.technique, b.technique) })
	r := s.found.Record
	r.Ladder = nil
	for _, v := range s.found.views {
		r.Ladder = append(r.Ladder, record.Rung{Technique: v.technique.String(), Eps: v.eps, Margin: v.margin})
	}
	return s.found
}

// ladder asks the techniques that have certificates.
func (s *survey) ladder() {
	smooth := len(s.net.Smooths()) > 0
	rungs := slices.DeleteFunc(technique.Of(technique.ForLadder),
		func(t technique.ID) bool { return t == technique.PGD || smooth && t.OfRelus() })
	if s.ball.Norm == ball.L2 {
		rungs = slices.DeleteFunc(rungs, func(t technique.ID) bool { return t.Row().HiGHS })
	}
	r, images, err := verify.Ladder(s.ctx, s.device, s.net, s.set,
		verify.LadderOptions{Ball: s.ball, Radii: s.radii, Rungs: rungs, Workers: 1})
	Must(err)
	s.found.Record = r
	for _, image := range images {
		for _, step := range image.Steps {
			if step.Margin != nil && step.Rung != technique.PGD {
				s.add(view{step.Rung, image.Eps, *step.Margin, step.Seconds, behind(step)})
			}
		}
	}
}

// behind is what stands behind a rung's margin.
func behind(s verify.Step) string {
	switch {
	case s.Certified:
		return confirmed
	case s.Unchecked:
		return solverWord
	}
	return attempted
}

// graphs applies the techniques that are not on the ladder, in compiled graphs. Seconds are those of a second call.
func (s *survey) graphs() {
	for _, id := range technique.Of(technique.ForGraph) {
		if id.Row().Uses.Ladder || !worth(id, s.net) {
			continue
		}
		b := Get(bound.NewBounder(s.device, s.net, Get(bound.ByID(id)), bound.Options{Ball: s.ball, Batch: 1}))
		for _, eps := range s.radii {
			_, err := b.Bound(s.set.X, s.set.Y, eps)
			Must(err)
			start := time.Now()
			out := Get(b.Bound(s.set.X, s.set.Y, eps))
			s.add(view{id, eps, leastOf(out.Margins[0], int(s.set.Y[0])), time.Since(start).Seconds(), inFloats})
		}
		b.Close()
	}
}

// worth reports whether a technique of compiled graphs gives a bound, and one of its own on a network: cross-Lipschitz
// is Fast-Lip but where there is one hidden layer, and alpha-CROWN knows relus only.
func worth(id technique.ID, n *net.Network) bool {
	switch id {
	case technique.Projected:
		return false
	case technique.CrossLipschitz:
		return len(n.Activations()) == 1
	case technique.AlphaCROWN, technique.AlphaJoint:
		return len(n.Smooths()) == 0
	}
	return true
}

// attacks are PGD towards every other class. Seconds are those of a second call.
func (s *survey) attacks() {
	o := *thorough
	o.Ball, o.Batch = s.ball, 1
	a := Get(attack.New(s.device, s.net, o))
	defer a.Close()
	for _, eps := range s.radii {
		Get(attack.RunAt(a, s.set.X, s.set.Y, eps))
		start := time.Now()
		r := Get(attack.RunAt(a, s.set.X, s.set.Y, eps))
		s.add(view{technique.PGD, eps, r.Margin[0], time.Since(start).Seconds(), adversary})
	}
}

// leastOf is the least margin over the classes but the label.
func leastOf(margins []float64, label int) float64 {
	least := math.Inf(1)
	for t, m := range margins {
		if t != label {
			least = min(least, m)
		}
	}
	return least
}

// programs asks the mixed-integer programs of all margins.
func (s *survey) programs() {
	plain := Get(cert.NewNetwork(s.net.Model()))
	x := make([]float64, s.set.Dim())
	for k, v := range s.set.Sample(0) {
		x[k] = float64(v)
	}
	for _, eps := range s.radii {
		b := s.ball
		b.Eps = eps
		start := time.Now()
		least := s.program(plain, b, x)
		s.add(view{technique.MILP, eps, least, time.Since(start).Seconds(), solverWord})
	}
}

// program is the least optimum of the programs of all margins. A margin that CROWN bounds above an optimum needs none.
func (s *survey) program(plain *cert.Network, b ball.Ball, x []float64) float64 {
	region, label := Get(cert.NewRegion(plain, b, x)), int(s.set.Y[0])
	bounds := Get(region.Bounds(s.ctx, cert.FastLin, cert.CROWN))
	around, network, least := Get(exact.BallOf(b, x)), exact.NewNet(plain.Ops()), math.Inf(1)
	lower, classes := make([]float64, plain.Classes()), []int(nil)
	for t := range lower {
		if lower[t] = region.Margin(bounds, cert.CROWN, label, t); t != label {
			classes = append(classes, t)
		}
	}
	slices.SortFunc(classes, func(s, t int) int { return cmp.Compare(lower[s], lower[t]) })
	for _, t := range classes {
		if lower[t] < least {
			row := make([]float64, len(lower))
			row[label], row[t] = 1, -1
			least = min(least, Get(exact.MILP(s.ctx, network, around, bounds, row, exact.MILPOptions{})).DualBound)
		}
	}
	return least
}

// Table displays all techniques at one of the radii: the margin, the largest of the radii up to which the margin is
// positive, seconds, and what stands behind a positive margin.
func (l *Landscape) Table(eps float64) {
	var rows [][]string
	for _, v := range l.views {
		if v.eps != eps {
			continue
		}
		proof := v.proof
		if v.margin <= 0 && v.technique != technique.PGD {
			proof = attempted
		}
		rows = append(rows, []string{v.technique.String(), decimals(v.margin), l.reach(v.technique),
			fmt.Sprintf("%.3g", 1e3*v.seconds), proof})
	}
	if rows == nil {
		Must(fmt.Errorf("nothing was asked at eps = %g: survey that radius", eps))
	}
	Table([]string{"technique", fmt.Sprintf("least margin, ε = %g", eps), "positive up to ε =", "milliseconds",
		"behind it stands"}, rows...)
}

// reach is the largest radius up to which a technique's margins are positive.
func (l *Landscape) reach(t technique.ID) string {
	text := "-"
	for _, v := range l.views {
		if v.technique != t {
			continue
		}
		if v.margin <= 0 {
			break
		}
		text = fmt.Sprintf("%g", v.eps)
	}
	return text
}
