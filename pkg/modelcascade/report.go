package modelcascade

import (
	"fmt"

	"tightrope/pkg/record"
)

// Record is a measurement as a result record, without a name. Its certified error is the bound of the cascade's;
// samples are those that each member was trained on, nil: not known.
func Record(e *Errors, o Options, classes int, samples []int) *record.Record {
	r := record.New("", record.Models)
	result := record.SplitResult{Samples: e.Samples, StandardError: e.Percent(e.Standard),
		CertifiedError: e.Percent(e.Uncertified), Technique: e.Technique, Eps: e.Ball.Eps, Channels: e.Ball.Channels(),
		Norm: e.Ball.Norm.String()}
	if b := e.Ball.Box; b != nil {
		result.Box = &[2]float64{b.Lower, b.Upper}
	}
	if o.Attack != nil {
		attack := *o.Attack
		attack.Ball = e.Ball
		result.Attack = attack.Record(e.Tried, classes)
		result.PGDError, result.PGDSteps = e.HitPercent(), result.Attack.Steps
	}
	r.Results = map[string]record.SplitResult{record.Test: result}
	r.Cascade = &record.ModelCascade{CleanChoiceError: e.Percent(e.CleanChoice), RefutedError: e.Percent(e.Refuted)}
	for k, a := range e.Alone {
		m := record.CascadeMember{Answered: e.Answered[k], StandardError: e.Percent(a.Standard),
			CertifiedError: e.Percent(a.Uncertified)}
		if samples != nil {
			m.TrainSamples = samples[k]
		}
		r.Cascade.Members = append(r.Cascade.Members, m)
	}
	if e.Contradicted > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("WARNING: an attack changed %d samples that bounds say are robust: they "+
			"count as errors; unless their margins are near 0, please report it", e.Contradicted))
	}
	return r
}
