package measure

import (
	"context"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
)

// Options of an evaluation; the zero value is Fast-Lin at eps 0 without an attack.
type Options struct {
	Ball      ball.Ball       // eps in pixel units
	Technique bound.Named     // a [bound.Technique] or [bound.AlphaOptions]; nil: Fast-Lin
	Attack    *attack.Options // nil: no attack; its Ball is replaced by Ball
	Batch     int             // samples per call, at most; 0: 50
	Memory    int64           // bytes that bounds may take; 0: half of what is free
	Devices   int             // devices that share a batch of the bound; 0: 1
	// Compiled keeps the graphs for the next evaluation; nil: they are freed.
	Compiled *Compiled
	// Progress gets the samples done of those to do, after each chunk.
	Progress func(stage string, done, total int)
}

// chunkSize is how many samples are worked on between two calls of Progress.
const chunkSize = 500

// Evaluate measures a network's errors on a set. A cancelled context ends it with the context's error.
func Evaluate(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o Options) (
	Errors, error) {
	if o.Technique == nil {
		o.Technique = bound.FastLin{}
	}
	result := Errors{Technique: o.Technique.Name(), Ball: o.Ball}
	e, release, err := o.evaluator(backend, network)
	if err != nil {
		return result, err
	}
	defer release()
	samples, err := result.certify(ctx, e, set, o, o.Ball.Eps)
	if err != nil || o.Attack == nil {
		return result, err
	}
	return result, result.attack(ctx, backend, network, set, o, samples)
}

// certify counts what the bound says and returns it, sample by sample.
func (r *Errors) certify(ctx context.Context, e bound.Bounder, set *data.Set, o Options, eps float64) (all []sample,
	err error) {
	err = chunks(ctx, set, o, "certify", func(part *data.Set) error {
		out, err := e.Bound(part.X, part.Y, eps)
		if err != nil {
			return err
		}
		for i, y := range part.Y {
			s := newSample(out.Logits[i], out.Margins[i], y, out.Correct(i, y))
			all = append(all, s)
			r.Samples++
			r.Standard += count(!s.correct)
			r.Uncertified += count(!s.certified())
			r.Tiny += count(tinyLogits(s.size, e.DType()))
			r.NotFinite += count(!isFinite(out.Logits[i]))
		}
		return nil
	})
	return all, err
}

// attack counts the samples that the attack changes. One that contradicts the bound, or the clean sample, is an
// [attack.Fault]; where rounding explains it, the attack is believed.
func (r *Errors) attack(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o Options,
	samples []sample) error {
	options := *o.Attack
	options.Ball = o.Ball
	a, release, err := o.attacker(backend, network, options)
	if err != nil {
		return err
	}
	defer release()
	r.Attack = options.Record(set.Len(), network.Classes())
	for k := range r.Attack.Parts {
		r.Attack.Parts[k].Images = 0
	}
	done := 0
	return chunks(ctx, set, o, "attack", func(part *data.Set) error {
		result, err := attack.Run(a, part.X, part.Y)
		if err != nil {
			return err
		}
		for k := range r.Attack.Parts {
			r.Attack.Parts[k].Images += result.Stages[k].Attacked
			r.Attack.Parts[k].Found += result.Stages[k].Found
		}
		for i := range part.Y {
			s := samples[done]
			if err := s.contradicts(done, r.Technique, result.Margin[i]); err != nil {
				return err
			}
			attacked := result.Success(i) || !s.correct
			r.Attacked += count(attacked)
			r.Uncertified += count(attacked && s.certified())
			done++
		}
		return nil
	})
}

// chunks calls f on consecutive parts of a set.
func chunks(ctx context.Context, set *data.Set, o Options, stage string, f func(*data.Set) error) error {
	for from := 0; from < set.Len(); from += chunkSize {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := min(from+chunkSize, set.Len())
		if err := f(set.Slice(from, to)); err != nil {
			return err
		}
		if o.Progress != nil {
			o.Progress(stage, to, set.Len())
		}
	}
	return nil
}

// Curve evaluates the errors at several radii with one compiled graph; o.Ball.Eps and o.Attack are not used.
func Curve(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o Options,
	radii []float64) ([]Errors, error) {
	if o.Technique == nil {
		o.Technique = bound.FastLin{}
	}
	e, release, err := o.evaluator(backend, network)
	if err != nil {
		return nil, err
	}
	defer release()
	var out []Errors
	for _, eps := range radii {
		r := Errors{Technique: o.Technique.Name(), Ball: o.Ball}
		r.Ball.Eps = eps
		if _, err := r.certify(ctx, e, set, o, eps); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
