package verify

import (
	"math"

	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// record sums the ladders up: errors by technique and radius, and for a single image its bounds over eps.
func (l *ladderRun) record(name string) *record.Record {
	r := record.New(name, record.Verify)
	r.Dataset = record.Dataset{Name: l.set.Name, Hash: l.set.Hash()}
	for _, rung := range l.Rungs {
		for _, eps := range l.Radii {
			r.Errors = append(r.Errors, l.errors(rung, eps))
			if l.set.Len() == 1 {
				r.Ladder = append(r.Ladder, l.rung(rung, eps)...)
			}
		}
	}
	return r
}

// errors counts the images that a technique does not certify.
func (l *ladderRun) errors(rung technique.ID, eps float64) record.LadderError {
	e := record.LadderError{Technique: rung.String(), Eps: eps, Samples: l.set.Len()}
	if rung == technique.PGD {
		o := *l.Attack
		o.Ball = l.Ball
		o.Ball.Eps = eps
		e.Attack = o.Record(l.set.Len(), l.plain.Classes())
	}
	failed := 0
	for i := range l.found {
		s := l.found[i].Step(rung)
		if l.found[i].Eps != eps || s == nil {
			continue
		}
		if !s.Certified || !l.found[i].Clean {
			failed++
		}
		if s.Unfinished && !s.Certified {
			e.Unfinished++
		}
		if s.Unchecked {
			e.Unchecked++
		}
		if s.Inferred {
			e.Inferred++
		}
		e.Seconds += s.Seconds
	}
	e.Error = 100 * float64(failed) / float64(l.set.Len())
	return e
}

// rung is a technique's margin at a radius, if there is one.
func (l *ladderRun) rung(rung technique.ID, eps float64) []record.Rung {
	for i := range l.found {
		s := l.found[i].Step(rung)
		if l.found[i].Eps == eps && s != nil && s.Margin != nil && !math.IsInf(*s.Margin, 0) {
			return []record.Rung{{Technique: rung.String(), Eps: eps, Margin: *s.Margin}}
		}
	}
	return nil
}
