package recipe

import (
	"tightrope/pkg/model"
	"tightrope/pkg/record"
)

// Origin is what the file of the recipe's network says of its training; version is that of the program, empty if it
// is not known.
func (r Recipe) Origin(version string) model.Origin {
	b, t := r.Ball(), r.Train
	o := model.Origin{Data: r.Data, Seed: &t.Seed, Recipe: r.Name, Scale: r.Scale, Lambda: &t.Lambda, Gamma: &t.Gamma,
		Norm: &b.Norm, Eps: &b.Eps, TrainEps: &t.Eps, NoBox: b.Box == nil, Version: version}
	if b.Box != nil {
		box := *b.Box
		o.Box = &box
	}
	return o
}

// OriginOf is the origin of the network of a training's record. It returns an error for a record that holds no recipe.
func OriginOf(r *record.Record) (model.Origin, error) {
	recipe, err := FromRecord(r)
	return recipe.Origin(r.Versions.Tightrope), err
}
