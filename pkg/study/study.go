// Package study holds the numerical experiments about the method itself: Claim 1 on the paper's toy, the ladder of
// bounds on a second toy, Proposition 1 on random networks, trainings on the plane kept epoch by epoch, the noise of
// random projections, and what Appendix F says about the norms. Experiments that train a network for its errors are
// recipes, of pkg/recipe.
//
// A study that has a figure returns a record; package gallery draws it, and notebooks show the others as tables.
package study

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
	"tightrope/pkg/record"
)

// figures are the studies that the project's figures are drawn from: which record is one, and how it is made.
var figures = []struct {
	is   func(*record.Record) bool
	make func() (*record.Record, error)
}{
	{(*record.Record).IsToyCheck, func() (*record.Record, error) { return CheckClaim(Claim{B: 0.4, Eps: 0.2}) }},
	{(*record.Record).IsToyLadder, figureLadder},
	{(*record.Record).IsPairs, func() (*record.Record, error) { return CheckProposition(Proposition{}) }},
	{(*record.Record).IsCourse, func() (*record.Record, error) { return Learn(context.Background(), Course{}) }},
	{(*record.Record).IsNoise, func() (*record.Record, error) { return Projections(Noise{}) }},
}

// Missing makes the studies' records that are not among the given ones, with the parameters of the project's figures:
// Claim 1 at b = 0.4 and eps = 0.2, the ladder up to eps = 0.36, Proposition 1 on random networks, trainings on the
// plane, and the noise of random projections (which takes about a minute). It returns an error if one of them fails.
func Missing(have []*record.Record) ([]*record.Record, error) {
	var made []*record.Record
	for _, study := range figures {
		if slices.ContainsFunc(have, study.is) {
			continue
		}
		r, err := study.make()
		if err != nil {
			return nil, err
		}
		made = append(made, r)
	}
	return made, nil
}

// newRecord starts a record of this package on the pure-Go backend, which computes float64 everywhere.
func newRecord(name string, recipe any) (*record.Record, compute.Backend, error) {
	b, info, err := backend.Open(backend.Go)
	if err != nil {
		return nil, nil, err
	}
	r := record.New(name, record.Toy)
	if r.Backend, err = json.Marshal(info); err == nil {
		r.Recipe, err = json.Marshal(recipe)
	}
	return r, b, err
}
