package train

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"tightrope/pkg/bound"
	"tightrope/pkg/data"
)

// Validation has the errors on a held-out set at one radius, after an epoch.
type Validation struct {
	Samples     int `json:"samples"`
	Wrong       int `json:"wrong"`       // misclassified clean samples
	Uncertified int `json:"uncertified"` // samples that [Config.Certifier] does not certify
}

// better reports whether the validation chooses this epoch over an earlier one: fewer uncertified samples, then fewer
// wrong ones; among equals the later epoch, which has trained longer.
func (v *Validation) better(than *Validation) bool {
	if v.Uncertified != than.Uncertified {
		return v.Uncertified < than.Uncertified
	}
	return v.Wrong <= than.Wrong
}

// Best returns the index of the epoch with the best validation result; -1 if none was validated.
func Best(history []Epoch) int {
	best := -1
	for i, e := range history {
		if e.Validation != nil && (best < 0 || e.Validation.better(history[best].Validation)) {
			best = i
		}
	}
	return best
}

// validationBatch is the number of samples of one call.
const validationBatch = 50

// validate measures the present weights on a set at a radius.
func (s *stepper) validate(set *data.Set, eps float64) (*Validation, error) {
	if s.checker == nil {
		e, err := model.NewExec(s.backend, s.store, s.checkGraph)
		if err != nil {
			return nil, err
		}
		s.checker = s.sharded(e)
	}
	v := &Validation{Samples: set.Len()}
	size := s.devices.RoundUp(validationBatch)
	flags := make([]float64, 2*size)
	for b := range set.Batches(size) {
		if err := s.call(s.checker, flags, append(s.inputs(b), s.scalars(eps)...)...); err != nil {
			return nil, fmt.Errorf("validation: %w", err)
		}
		for i := range b.Count {
			v.Wrong += int(flags[i])
			v.Uncertified += int(max(flags[i], flags[size+i]))
		}
	}
	return v, nil
}

// checkGraph takes x, labels and eps; it returns 1 for each misclassified and each uncertified sample, [2, batch].
func (s *stepper) checkGraph(_ *model.Scope, args []*Node) *Node {
	g := args[0].Graph()
	s.store.SetTraining(g, true) // the weights change between calls: they must not become constants
	b := &batch{config: s.config, net: s.network.On(s.values(g)), x: args[0], labels: args[1], eps: args[2]}
	var certifier bound.Technique = s.config.Certifier()
	flag := func(margins *Node) *Node {
		worst := ReduceMin(margins, -1)
		return ConvertDType(LessOrEqual(worst, ZerosLike(worst)), worst.DType())
	}
	return Stack([]*Node{flag(b.margins(b.x)), flag(certifier.Bound(b.problem(b.region())).Margins)}, 0)
}
