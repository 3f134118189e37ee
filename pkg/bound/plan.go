package bound

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/memory"
	"tightrope/pkg/net"
)

// PlanOptions describe the calls that must fit, and the memory; the zero value asks for 50 samples per call in
// [DefaultMemory].
type PlanOptions struct {
	Batch    int       // samples wanted in one call; 0: 50
	Memory   int64     // bytes that bounds may take in addition to the process itself; 0: DefaultMemory()
	Training bool      // a training step: bounds, gradient, update
	Caches   bool      // prefer calls of one sample or of at most [Comfortable] bytes, which are as fast on a CPU
	Norm     ball.Norm // of the ball
	Spec     int       // spec rows; 0: one per class
}

// Comfortable is the number of bytes per call above which, on a CPU, splitting the call costs no time and lowers peak
// memory. Medians of three processes or more, within 48, 96 and 160 MiB: exact Small, 32 images 5.4, 4.1
// and 4.4 ms each, peaks of 282, 304 and 283 MiB; mlp-2x100, 50 images 0.38, 0.35 and 0.30 ms, 186, 193 and 215 MiB.
const Comfortable = 160 << 20

// GradientCost are the operations of a bound with its gradient over those of the bound.
const GradientCost = 3

// Factors of the cost model, from the peak memory and times of benchmarks/growth.py.
const (
	keptFactor = 1.6 // numbers kept for a gradient over those counted: relus keep their operands too
	optimizer  = 6   // copies of the parameters in training: gradient, moments, the next values
)

// Schedule is a plan by which a technique bounds a network within its memory: the cheapest exact one according to the
// cost model. All schedules of a technique give the same bounds, except for rounding.
type Schedule struct {
	Technique string
	Network   string
	Batch     int   // samples of one call
	Wanted    int   // samples that were asked for
	Memory    int64 // bytes allowed
	Training  bool
	Staged    bool   // whether every relu's bounds are found by calls of their own
	Parts     []Part // in order
	FLOPs     float64
	Bytes     int64 // estimated need of one call

	bytes int  // of a number
	light bool // whether all would fit, but fewer are as fast
}

// Part is a [Work] of a schedule, with how it is cut.
type Part struct {
	Work
	Calls int // one after another, each for some of the rows
}

// Plan finds the cheapest exact schedule: all samples in one call where they fit, else fewer, else one sample whose
// rows are cut into calls of their own (not in training). The error names what would fit.
func Plan(t Named, n *net.Network, o PlanOptions) (*Schedule, error) {
	if o.Batch == 0 {
		o.Batch = 50
	}
	if o.Memory == 0 {
		var err error
		if o.Memory, err = DefaultMemory(); err != nil {
			return nil, err
		}
	}
	if o.Batch < 0 || o.Memory < 0 {
		return nil, fmt.Errorf("plan for %d samples in %d bytes: use positive numbers", o.Batch, o.Memory)
	}
	work, err := WorkOf(t, n, o.Norm, o.Spec)
	if err != nil {
		return nil, err
	}
	s := &Schedule{Technique: t.Name(), Network: n.Name, Wanted: o.Batch, Memory: o.Memory, Training: o.Training,
		bytes: 4}
	if n.DType == dtypes.Float64 {
		s.bytes = 8
	}
	for _, w := range work {
		s.Parts = append(s.Parts, Part{w, 1})
		s.FLOPs += w.FLOPs
	}
	if o.Training {
		s.FLOPs *= GradientCost
	}
	if o.Caches && !o.Training && s.comfortable(n) {
		return s, nil
	}
	return s, s.fit(t, n)
}

// comfortable chooses fewer samples than would fit, where all would; it reports whether it did.
func (s *Schedule) comfortable(n *net.Network) bool {
	fixed, sample := s.fixed(n), s.perSample(n)
	if fixed+float64(s.Wanted)*sample > float64(s.Memory) {
		return false
	}
	most := min(float64(s.Wanted), max(1, Comfortable/sample))
	s.Batch = over(s.Wanted, over(s.Wanted, int(most))) // equal calls
	s.Bytes = int64(fixed + float64(s.Batch)*sample)
	s.light = s.Batch < s.Wanted
	return true
}

// fit chooses samples and calls.
func (s *Schedule) fit(t Named, n *net.Network) error {
	fixed, sample := s.fixed(n), s.perSample(n)
	if room := float64(s.Memory) - fixed; room >= sample {
		s.Batch = int(min(float64(s.Wanted), room/sample))
		s.Bytes = int64(fixed + float64(s.Batch)*sample)
		return nil
	}
	s.Batch, s.Bytes = 1, int64(fixed+sample)
	if _, ok := t.(rowwise); !ok || s.Training {
		return fmt.Errorf("%s of network %q needs about %s for one sample, %s are allowed: give more memory, or use %s",
			s.Technique, n.Name, memory.Format(s.Bytes), memory.Format(s.Memory), s.lighter())
	}
	return s.stage(n, fixed)
}

// stage cuts the rows of each part until they fit beside what is fixed.
func (s *Schedule) stage(n *net.Network, fixed float64) error {
	s.Staged, s.Bytes = true, 0
	fixed += float64(s.bytes) * 2 * float64(n.HiddenUnits()) // l and u
	for i := range s.Parts {
		p := &s.Parts[i]
		need := float64(s.bytes) * p.Live
		p.Calls = max(1, int(math.Ceil(need/max(float64(s.Memory)-fixed, 1))))
		if p.Calls > p.Pieces {
			return fmt.Errorf("%s of network %q needs about %s for one row of %s, %s are allowed: give more memory",
				s.Technique, n.Name, memory.Format(int64(fixed+need/float64(p.Pieces))), p.What,
				memory.Format(s.Memory))
		}
		s.Bytes = max(s.Bytes, int64(fixed+need/float64(p.Calls)))
	}
	return nil
}

// lighter is what to try instead.
func (s *Schedule) lighter() string {
	if s.Training {
		return "random projections or CROWN-IBP"
	}
	return "Fast-Lin, CROWN or CROWN-IBP, which can be cut into calls"
}

// fixed is what does not grow with the samples, in bytes.
func (s *Schedule) fixed(n *net.Network) float64 {
	copies := 2.0
	if s.Training {
		copies = optimizer
	}
	return copies * float64(s.bytes) * float64(n.NumParams())
}

// perSample is what one sample needs in one call for everything, in bytes.
func (s *Schedule) perSample(n *net.Network) float64 {
	live, kept := 0.0, 2*float64(n.InputSize()+n.HiddenUnits())
	for _, p := range s.Parts {
		live = max(live, p.Live)
		if s.Training {
			kept += keptFactor * p.Kept
		}
	}
	return float64(s.bytes) * (live + kept)
}

// Explain returns a table of what is computed, in which form, and why.
func (s *Schedule) Explain() string {
	var b strings.Builder
	fmt.Fprintln(&b, s.reason())
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "part\tform\trows\tcalls\tGFLOP a sample\tMiB at once\t")
	for _, p := range s.Parts {
		bytes := p.Live * float64(s.Batch*s.bytes) / float64(p.Calls)
		if s.Training {
			bytes += keptFactor * p.Kept * float64(s.Batch*s.bytes)
		}
		flops := p.FLOPs
		if s.Training {
			flops *= GradientCost
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%.3g\t%.3g\t\n", p.What, p.Form, p.Rows, p.Calls, flops/1e9, bytes/(1<<20))
	}
	t.Flush()
	return b.String()
}

// reason is the decision in one line.
func (s *Schedule) reason() string {
	what := "verification"
	if s.Training {
		what = "training step"
	}
	head := fmt.Sprintf("%s of %s, %s: about %s of %s allowed, %.3g GFLOP a sample; ", s.Technique, s.Network, what,
		memory.Format(s.Bytes), memory.Format(s.Memory), s.FLOPs/1e9)
	switch {
	case s.Staged:
		return head + "one sample does not fit in one call, so each relu's rows are cut into calls of their own"
	case s.light:
		return fmt.Sprintf("%s%d of %d samples in one call, for that is as fast as all and takes less memory", head,
			s.Batch, s.Wanted)
	case s.Batch < s.Wanted:
		return fmt.Sprintf("%s%d of %d samples fit in one call", head, s.Batch, s.Wanted)
	}
	return fmt.Sprintf("%sall %d samples in one call", head, s.Batch)
}
