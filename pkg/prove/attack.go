package prove

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"tightrope/pkg/property"
	"tightrope/pkg/vnnlib"
)

// The first attack: starts for each box, and steps for each descent.
const (
	starts = 16
	steps  = 40
	// attackWork limits the cost of the first attack in multiply-adds, to some tenths of a second. Each box gets two
	// starts in any case.
	attackWork = 4e8
)

// attack searches all boxes briefly for a counterexample; nil if it finds none.
func (s *solver) attack(ctx context.Context) *property.Replay {
	groups := s.problem.Groups
	cost := 2 * float64(s.net.work+1) * steps * float64(len(groups)+1)
	each := max(2, min(starts, int(attackWork/cost)))
	var next atomic.Int64
	var found atomic.Pointer[property.Replay]
	var wait sync.WaitGroup
	total := int64(each * len(groups))
	for w := range s.options.Workers {
		wait.Go(func() {
			a := s.newAttacker(uint64(w))
			for n := next.Add(1) - 1; n < total && found.Load() == nil && ctx.Err() == nil; n = next.Add(1) - 1 {
				g := &groups[int(n)%len(groups)]
				if r := a.descend(g, a.start(g, int(n)/len(groups)), steps, aim(g, int(n)/len(groups))); r != nil {
					found.Store(r)
				}
			}
		})
	}
	wait.Wait()
	return found.Load()
}

// A siege runs at full strength at first. After that it rests after each descent, for a multiple of the time that the
// descent took: attacks find counterexamples early or not at all, and the proof needs the processors.
const (
	assault = 2 * time.Second
	rest    = 9
)

// siege attacks one box until the context ends or it finds a counterexample.
func (s *solver) siege(ctx context.Context, g *property.Group) *property.Replay {
	a, began := s.newAttacker(1<<32), time.Now()
	for n := starts; ctx.Err() == nil; n++ {
		start := time.Now()
		if r := a.descend(g, a.start(g, n), 2*steps, aim(g, n)); r != nil {
			return r
		}
		if time.Since(began) > assault {
			select {
			case <-ctx.Done():
			case <-time.After(rest * time.Since(start)):
			}
		}
	}
	return nil
}

// attacker evaluates points, with the scratch memory of one goroutine.
type attacker struct {
	*solver
	replayer     *property.Replayer
	values, held [][]float64
	random       *rand.Rand
}

func (s *solver) newAttacker(seed uint64) *attacker {
	return &attacker{solver: s, replayer: s.problem.NewReplayer(), values: s.net.newValues(),
		held: make([][]float64, len(s.net.ops)), random: rand.New(rand.NewPCG(seed, 20))}
}

// start returns a point of a box. The first is the middle; then come, in turn, a corner, a random point, and a random
// point of a random face, because the inputs of some counterexamples are extreme only in part. (For acasxu 1_9 with
// property 7, one descent of 300 from faces ends at a counterexample, and none of 6,000 from corners and random
// points.)
func (a *attacker) start(g *property.Group, number int) []float64 {
	x := make([]float64, len(g.Lower))
	for k, l := range g.Lower {
		u, fixed := g.Upper[k], [3]int{2, 3, 0}[number%3] // of three
		switch {
		case number == 0:
			x[k] = l + (u-l)/2
		case a.random.IntN(3) >= fixed:
			x[k] = l + (u-l)*a.random.Float64()
		case a.random.IntN(2) == 0:
			x[k] = l
		default:
			x[k] = u
		}
	}
	return x
}

// violation returns how far outputs are from meeting a case, and the row that is farthest: the largest A y - b.
func violation(c *property.Case, y []float64) (worst float64, row int) {
	worst = math.Inf(-1)
	for i, a := range c.Rows {
		v := -c.Bounds[i]
		for j, f := range a {
			v += f * y[j]
		}
		if v > worst {
			worst, row = v, i
		}
	}
	return worst, row
}

// nearest returns the case that outputs are closest to meeting.
func nearest(g *property.Group, y []float64) (distance float64, at, row int) {
	distance = math.Inf(1)
	for i := range g.Cases {
		if v, r := violation(&g.Cases[i], y); v < distance {
			distance, at, row = v, i, r
		}
	}
	return distance, at, row
}

// aim returns the case to which a start descends: the cases in turn, and the nearest one for every other start.
func aim(g *property.Group, number int) int {
	if number%2 == 0 {
		return anyCase
	}
	return number / 2 % len(g.Cases)
}

// anyCase stands for the nearest case.
const anyCase = -1

// descend reduces the violation of a case, or of the nearest one, by steps along signed gradients, which become
// shorter. A point that meets a case is replayed.
func (a *attacker) descend(g *property.Group, x []float64, steps, target int) *property.Replay {
	return a.descendIn(g, g.Lower, g.Upper, x, steps, target)
}

// descendIn is like descend, but stays within a part of the box.
func (a *attacker) descendIn(g *property.Group, lower, upper, x []float64, steps, target int) *property.Replay {
	length, last := 0.25, math.Inf(1)
	for t := range steps {
		y := a.net.forward(x, a.values)
		distance, at, row := nearest(g, y)
		if distance <= 0 {
			if r := a.replay(g, x); r != nil {
				return r
			}
		}
		if target != anyCase {
			at = target
			distance, row = violation(&g.Cases[at], y)
		}
		if len(g.Cases[at].Rows) == 0 {
			return nil
		}
		if distance >= last {
			length *= 0.7
		}
		last = distance
		a.step(lower, upper, x, g.Cases[at].Rows[row], length*math.Pow(0.93, float64(t)))
	}
	return nil
}

// step moves x against the gradient of a row by a fraction of a box's width.
func (a *attacker) step(lower, upper, x, row []float64, length float64) {
	for k, d := range a.net.gradient(row, a.values, a.held) {
		l, u := lower[k], upper[k]
		switch {
		case d > 0:
			x[k] = max(l, x[k]-length*(u-l))
		case d < 0:
			x[k] = min(u, x[k]+length*(u-l))
		}
	}
}

// replay evaluates a point of a group on the graph; nil if it is not a counterexample. The point is tried first with
// float32 numbers in the box, and then as it is.
func (a *attacker) replay(g *property.Group, x []float64) *property.Replay {
	if g.Exact == nil {
		return nil
	}
	outer := a.problem.Outer(x)
	for _, point := range [][]float64{inside(g.Exact, outer, true), inside(g.Exact, outer, false)} {
		if r, err := a.replayer.Run(point); err == nil && r.Err() == nil {
			return r
		}
	}
	return nil
}

// inside moves a point into a box. Its numbers become float32 if the box contains such numbers.
func inside(b *vnnlib.Box, x []float64, narrow bool) []float64 {
	out := make([]float64, len(x))
	for k, v := range x {
		l, u := b.Lower[k], b.Upper[k]
		v = min(max(v, l), u)
		if narrow {
			v = single(v, l, u)
		}
		out[k] = v
	}
	return out
}

// single returns a float32 near v in [l, u], or v if there is none.
func single(v, l, u float64) float64 {
	f := float32(v)
	if float64(f) < l {
		f = math.Nextafter32(f, float32(math.Inf(1)))
	}
	if float64(f) > u {
		f = math.Nextafter32(f, float32(math.Inf(-1)))
	}
	if w := float64(f); l <= w && w <= u {
		return w
	}
	return v
}
