package modelcascade

import (
	"context"
	"math"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/data"
)

// prepareAttacks makes the attack of every member; the function that is returned frees them.
func (s *session) prepareAttacks(backend compute.Backend) (release func(), err error) {
	release = func() {
		for _, a := range s.attacks {
			a.Close()
		}
	}
	if s.Attack == nil {
		return release, nil
	}
	o := *s.Attack
	o.Ball = s.Ball
	for _, m := range s.members {
		a, err := attack.New(backend, m.network, o)
		if err != nil {
			release()
			return nil, err
		}
		s.attacks = append(s.attacks, a)
	}
	return release, nil
}

// attack tries, on the whole cascade, the points that attacks on the members find: there a member that is certified at
// the clean sample may not be, and another one may answer. They go on after a member misclassifies, towards points at
// which it may be certified of a wrong class.
func (s *session) attack(ctx context.Context, set *data.Set, all []verdict) error {
	hit := make([]bool, set.Len())
	for i := range hit {
		hit[i] = !all[i].standard
	}
	for _, a := range s.attacks {
		if err := ctx.Err(); err != nil || set.Len() == 0 {
			return err
		}
		found, err := attack.Run(a, set.X, set.Y)
		if err != nil {
			return err
		}
		points := s.inBall(set, found.X)
		says, err := sayings(s.members, points, set.Y, s.Ball.Eps)
		if err != nil {
			return err
		}
		for i, y := range set.Y {
			_, class := choice(at(says, i))
			hit[i] = hit[i] || class != y
		}
	}
	for i := range hit {
		s.countHit(hit[i], all[i])
	}
	return nil
}

// countHit adds what the attacks found of one sample. An attack that contradicts a bound is believed.
func (s *session) countHit(hit bool, v verdict) {
	e := s.errors
	e.Tried++
	e.Hit += count(hit)
	e.Refuted += count(hit && v.chosen)
	e.Contradicted += count(hit && v.robust)
	e.Uncertified += count(hit && v.robust)
}

// inBall are points as float32 numbers, [samples, input...], which rounding does not take out of the hull of the ball.
func (s *session) inBall(set *data.Set, points [][]float64) (x []float32) {
	for i, point := range points {
		clean := make([]float64, len(point))
		for k, v := range set.Sample(i) {
			clean[k] = float64(v)
		}
		lower, upper := s.Ball.Bounds(clean)
		for k, v := range point {
			at := float32(v)
			if float64(at) > upper[k] || float64(at) < lower[k] {
				at = math.Nextafter32(at, float32(clean[k]))
			}
			x = append(x, at)
		}
	}
	return x
}
