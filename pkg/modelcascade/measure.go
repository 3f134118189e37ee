package modelcascade

import (
	"context"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
)

// Options of [Measure].
type Options struct {
	Ball      ball.Ball   // eps in pixel units
	Technique bound.Named // that certifies; nil: Fast-Lin
	// Attack is made on every member, and its points are tried on the cascade; nil: none. Its Ball is replaced.
	Attack   *attack.Options
	Attacked int   // first samples that are attacked; 0: all
	Memory   int64 // bytes that bounds may take; 0: half of what is free
	// Progress gets the samples done of those to do, after each chunk.
	Progress func(stage string, done, total int)
}

// Errors are counts over a data set: Standard <= Hit <= Uncertified where all are attacked. They are measurements in
// the precision of the networks; proofs are [Verify]'s.
type Errors struct {
	Samples  int
	Standard int // the cascade gives the clean sample another class than its label
	// Hit: an attack, or nothing at all, leads the cascade to another class. A lower bound of its robust error, of the
	// samples attacked.
	Hit, Tried int
	// Uncertified: nothing proves that the cascade gives every input of the ball the label, an upper bound of its
	// robust error.
	Uncertified int
	// CleanChoice: the member that answers the clean sample is not certified there, or of another class. This is what
	// Wong et al. (2018) report; it is NO bound of the cascade's error.
	CleanChoice int
	// Refuted: samples that CleanChoice does not count, and which an attack changed nevertheless.
	Refuted int
	// Contradicted: samples that Uncertified does not count, and which an attack changed: by rounding, or by a fault.
	Contradicted int
	Answered     []int // samples that each member is the first to certify
	Alone        []Alone
	Technique    string
	Ball         ball.Ball
}

// Alone are the errors of one member by itself, as counts.
type Alone struct{ Standard, Uncertified int }

// Percent is a count in percent of the samples.
func (e *Errors) Percent(count int) float64 { return 100 * float64(count) / float64(max(1, e.Samples)) }

// HitPercent is Hit in percent of the samples tried.
func (e *Errors) HitPercent() float64 { return 100 * float64(e.Hit) / float64(max(1, e.Tried)) }

// chunkSize is how many samples are worked on between two calls of Progress.
const chunkSize = 500

// Measure counts a cascade's errors on a set. It returns an error for networks, balls or samples that do not fit each
// other, and the context's where that ends.
func Measure(ctx context.Context, backend compute.Backend, networks []*net.Network, set *data.Set, o Options) (
	*Errors, error) {
	if o.Technique == nil {
		o.Technique = bound.FastLin{}
	}
	members, release, err := open(backend, networks, o)
	if err != nil {
		return nil, err
	}
	defer release()
	s := &session{Options: o, members: members, errors: &Errors{Technique: o.Technique.Name(), Ball: o.Ball,
		Answered: make([]int, len(members)), Alone: make([]Alone, len(members))}}
	closeAttacks, err := s.prepareAttacks(backend)
	if err != nil {
		return nil, err
	}
	defer closeAttacks()
	for from := 0; from < set.Len(); from += chunkSize {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(from+chunkSize, set.Len())
		if err := s.chunk(ctx, set.Slice(from, to), from); err != nil {
			return nil, err
		}
		if o.Progress != nil {
			o.Progress("cascade", to, set.Len())
		}
	}
	return s.errors, nil
}

// session is one measurement.
type session struct {
	Options
	members []member
	attacks []*attack.Attacker // of each member; none: no attack
	errors  *Errors
}

// verdict is what is known of a sample.
type verdict struct{ standard, chosen, robust bool }

// chunk counts some samples, the first of which has a number in the set.
func (s *session) chunk(ctx context.Context, set *data.Set, first int) error {
	says, err := sayings(s.members, set.X, set.Y, s.Ball.Eps)
	if err != nil {
		return err
	}
	wider, err := s.wider(set)
	if err != nil {
		return err
	}
	all := make([]verdict, set.Len())
	for i, y := range set.Y {
		var around []answer
		if wider != nil {
			around = at(wider, i)
		}
		all[i] = s.count(at(says, i), around, y)
	}
	if len(s.attacks) == 0 {
		return nil
	}
	tried := set.Len()
	if s.Attacked > 0 {
		tried = max(0, min(tried, s.Attacked-first))
	}
	return s.attack(ctx, set.Head(tried), all)
}

// wider are what interval bounds say of balls of twice the radius; nil for other bounds.
func (s *session) wider(set *data.Set) ([][]answer, error) {
	if s.Technique != (bound.IBP{}) {
		return nil, nil
	}
	return sayings(s.members, set.X, set.Y, 2*s.Ball.Eps)
}

// count adds one sample without attacks.
func (s *session) count(says, wider []answer, label int32) verdict {
	e := s.errors
	k, class := choice(says)
	v := verdict{standard: class == label, robust: robust(says, label) || monotone(says, wider, label)}
	v.chosen = v.standard && k < len(says)
	e.Samples++
	e.Standard += count(!v.standard)
	e.CleanChoice += count(!v.chosen)
	e.Uncertified += count(!v.robust)
	if k < len(says) {
		e.Answered[k]++
	}
	for j, a := range says {
		e.Alone[j].Standard += count(a.class != label)
		e.Alone[j].Uncertified += count(a.class != label || !a.certified)
	}
	return v
}

// robust reports whether all members give the clean sample its label and the last one is certified there: then the
// cascade gives the label at every input of the ball.
func robust(says []answer, label int32) bool {
	for _, a := range says {
		if a.class != label {
			return false
		}
	}
	return says[len(says)-1].certified
}

// monotone reports whether a member is certified by intervals on a ball of twice the radius while the members before it
// give the clean sample its label. Intervals of a smaller region lie inside those of a larger one, so that this member
// is certified at every input of the ball, if none before it is. wider nil: the bound is another one.
func monotone(says, wider []answer, label int32) bool {
	for k := range wider {
		if says[k].class != label {
			return false
		}
		if wider[k].certified {
			return true
		}
	}
	return false
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
