package study

import (
	"fmt"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/bound"
	"tightrope/pkg/record"
	"tightrope/pkg/toy"
)

// ladderPoint is where [Ladder] bounds the margin of label 1 of [toy.Steps].
var ladderPoint = [2]float64{0.5, 0.5}

// Ladder bounds the margin of label 1 of [toy.Steps] at (0.5, 0.5) by every technique, loosest first, and exactly, at
// each l_inf radius, in the units of the plane. It returns an error if there is no radius, or a negative one.
func Ladder(radii ...float64) (*record.Record, error) {
	if len(radii) == 0 {
		return nil, fmt.Errorf("the ladder has no radii: give at least one")
	}
	r, b, err := newRecord("toy: steps", map[string][]float64{"radii": radii})
	if err != nil {
		return nil, err
	}
	for _, t := range bound.Passes() {
		rungs, err := rungsOf(b, t, radii)
		if err != nil {
			return nil, err
		}
		r.Ladder = append(r.Ladder, rungs...)
	}
	for _, eps := range radii {
		margin, _, err := toy.Exact(toy.Steps(), ladderPoint, 1, eps)
		if err != nil {
			return nil, err
		}
		r.Ladder = append(r.Ladder, record.Rung{Technique: "exact", Eps: eps, Margin: margin})
	}
	r.WallSeconds = time.Since(r.Started).Seconds()
	return r, nil
}

// rungsOf bounds the margin by one technique.
func rungsOf(b compute.Backend, t bound.Technique, radii []float64) ([]record.Rung, error) {
	e, err := bound.NewEvaluator(b, toy.Steps(), bound.Options{Technique: t, Batch: 1})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	var rungs []record.Rung
	for _, eps := range radii {
		out, err := bound.EvaluateAt(e, ladderPoint[:], []int32{1}, eps)
		if err != nil {
			return nil, err
		}
		rungs = append(rungs, record.Rung{Technique: t.Name(), Eps: eps, Margin: out.Margins[0][0]})
	}
	return rungs, nil
}

// figureLadder is the ladder of the project's figure: 13 radii up to 0.36.
func figureLadder() (*record.Record, error) {
	var radii []float64
	for i := range 13 {
		radii = append(radii, float64(3*i)/100)
	}
	return Ladder(radii...)
}
