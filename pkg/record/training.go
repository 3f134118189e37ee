package record

import (
	"encoding/json"

	"tightrope/pkg/model"
)

// Training are the seed and the weights of the training of the record's network; nil if they are not known, as for
// a network of others, or in older records of evaluations and verifications, which have 0 there whatever it was.
func (r *Record) Training() (seed *uint64, lambda, gamma *float64) {
	switch {
	case r.trained():
		return &r.Seed, &r.Lambda, &r.Gamma
	case r.Model != nil:
		return r.Model.Seed, r.Model.Lambda, r.Model.Gamma
	}
	return nil, nil, nil
}

// trained reports whether the record is of a training, or of what has a seed of its own.
func (r *Record) trained() bool { return r.Kind != Eval && r.Kind != Verify }

// SetModel stores what the file of an evaluated network says about its training.
func (r *Record) SetModel(o model.Origin) {
	r.Model = nil
	if o.Known() {
		r.Model = &o
	}
}

// MarshalJSON implements json.Marshaler: it leaves out a seed and weights that are not known.
func (r *Record) MarshalJSON() ([]byte, error) {
	type Plain Record
	if r.trained() {
		return json.Marshal((*Plain)(r))
	}
	known := struct {
		Plain
		Seed   *uint64  `json:"seed,omitempty"`
		Lambda *float64 `json:"lambda,omitempty"`
		Gamma  *float64 `json:"gamma,omitempty"`
	}{Plain: Plain(*r)}
	known.Seed, known.Lambda, known.Gamma = r.Training()
	return json.Marshal(known)
}
