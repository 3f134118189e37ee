package study

import (
	"fmt"
	"math/rand/v2"
	"time"

	"tightrope/pkg/record"
	"tightrope/pkg/toy"
)

// Proposition are the parameters of the numerical check of Proposition 1; the zero value is the project's figure.
type Proposition struct {
	Networks int    `json:"networks"` // random ones; 0: 25
	Units    int    `json:"units"`    // hidden neurons of each; 0: 6
	Problems int    `json:"problems"` // points and radii for each network; 0: 30
	Seed     uint64 `json:"seed"`
}

func (p Proposition) withDefaults() Proposition {
	for _, f := range []struct {
		field *int
		value int
	}{{&p.Networks, 25}, {&p.Units, 6}, {&p.Problems, 30}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	return p
}

// CheckProposition solves Fast-Lin's relaxed problem in float64 for random networks of the plane, points and radii, and
// records d and r of each: where r = 0, Proposition 1 says that d = 0. It returns an error for fewer than one network
// or problem.
func CheckProposition(p Proposition) (*record.Record, error) {
	p = p.withDefaults()
	if p.Networks < 1 || p.Problems < 1 {
		return nil, fmt.Errorf("%d problems on %d networks: use at least one of each", p.Problems, p.Networks)
	}
	r, _, err := newRecord("toy: proposition 1", p)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(p.Seed, 0x70726f70))
	for i := range p.Networks {
		n, err := toy.Random(p.Units, p.Seed+uint64(i))
		if err != nil {
			return nil, err
		}
		probe, err := toy.NewProbe(n, nil, 1)
		if err != nil {
			return nil, err
		}
		for range p.Problems {
			q, err := probe.At([2]float64{2*rng.Float64() - 1, 2*rng.Float64() - 1}, 0.6*rng.Float64())
			if err != nil {
				return nil, err
			}
			r.Pairs = append(r.Pairs, record.TightnessPair{D: q.D, R: q.R, Unstable: q.Unstable})
		}
		probe.Close()
	}
	r.WallSeconds = time.Since(r.Started).Seconds()
	return r, nil
}
