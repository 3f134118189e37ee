package train

import (
	"fmt"
	"math"
	"slices"
)

// RampForm is the shape of the growth of eps.
type RampForm int

// The forms.
const (
	ByEpoch RampForm = iota // linear, constant in an epoch: linspace(EpsStart, Eps, Ramp) (Wong & Kolter)
	BySteps                 // linear in the steps, from EpsStart to Eps at the end of the ramp
	// power 4 up to a quarter of the ramp, then linear, C1-continuous (Zhang et al. 2020, xlarge)
	Smoothed
)

var rampForms = []string{"by-epoch", "by-steps", "smoothed"}

// String is the form's name in records.
func (f RampForm) String() string { return rampForms[f] }

// MarshalText implements encoding.TextMarshaler.
func (f RampForm) MarshalText() ([]byte, error) {
	if f < 0 || int(f) >= len(rampForms) {
		return nil, fmt.Errorf("form of ramp %d is not known: use one of %v", int(f), rampForms)
	}
	return []byte(f.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *RampForm) UnmarshalText(b []byte) error {
	i := slices.Index(rampForms, string(b))
	if i < 0 {
		return fmt.Errorf("form of ramp %q: use one of %v", b, rampForms)
	}
	*f = RampForm(i)
	return nil
}

// Decay decreases the learning rate in steps; the zero value keeps it constant.
type Decay struct {
	Factor float64 `json:"factor,omitempty"` // by which the rate is multiplied; 0: 0.5
	Every  int     `json:"every,omitempty"`  // epochs between decays, counted from the end of the ramp; 0: never
	At     []int   `json:"at,omitempty"`     // epochs, counted from 0, that start with a decay
}

// times is how often the rate has decayed before an epoch.
func (d Decay) times(epoch, ramped int) int {
	n := 0
	if d.Every > 0 && epoch >= ramped {
		n = (epoch - ramped) / d.Every
	}
	for _, at := range d.At {
		if epoch >= at {
			n++
		}
	}
	return n
}

func (d Decay) factor() float64 {
	if d.Factor == 0 {
		return 0.5
	}
	return d.Factor
}

// Range is a value that changes in proportion to eps, from Start at eps 0 to End at the target.
type Range struct {
	Start float64 `json:"start"`
	End   float64 `json:"end"`
}

func (r Range) at(fraction float64) float64 { return r.Start + (r.End-r.Start)*fraction }

// used reports whether the value is ever not 0.
func (r Range) used() bool { return r.Start != 0 || r.End != 0 }

// Weights are the scheduled values of one step.
type Weights struct {
	Eps, LearningRate, Lambda, Gamma float64
	Kappa                            float64 `json:",omitempty"`
	Beta                             float64 `json:",omitempty"`
}

// stage is a section of a training that has a loss of its own, and so a graph of its own.
type stage int

const (
	naturalStage stage = iota // the warm-up
	robustStage               // the method's loss
	ibpStage                  // IBP's loss, after the ramp of a method that ends in it
)

// At returns the scheduled values of a step of an epoch, both counted from 0; steps is the number of steps per epoch.
// By epoch, eps is linspace(EpsStart, Eps, Ramp), then constant, and lambda and gamma are 0 in the ramp's first epoch
// and reach their targets in its last with eps; the learning rate decays by epochs (docs/method.md, section 13).
func (c Config) At(epoch, step, steps int) Weights {
	c = c.withDefaults()
	ramped := c.Warmup + c.Ramp
	w := Weights{LearningRate: c.LearningRate * math.Pow(c.Decay.factor(), float64(c.Decay.times(epoch, ramped)))}
	if epoch < c.Warmup {
		return w
	}
	f := c.grown(epoch, step, steps)
	w.Eps = c.EpsStart + f*(c.Eps-c.EpsStart)
	if f == 1 {
		w.Eps = c.Eps
	}
	fraction := 1.0
	if c.Eps > 0 {
		fraction = w.Eps / c.Eps
	}
	w.Kappa, w.Beta = c.Kappa.at(fraction), c.Beta.at(fraction)
	if c.stage(epoch) != ibpStage {
		w.Lambda, w.Gamma = f*c.Lambda, f*c.Gamma
		if c.Fade && c.LearningRate > 0 {
			w.Lambda, w.Gamma = w.Lambda*w.LearningRate/c.LearningRate, w.Gamma*w.LearningRate/c.LearningRate
		}
	}
	return w
}

// grown is how much of the growth of eps is done, from 0 to 1.
func (c Config) grown(epoch, step, steps int) float64 {
	if c.RampForm == ByEpoch {
		if epoch-c.Warmup >= c.Ramp-1 {
			return 1
		}
		return float64(epoch-c.Warmup) / float64(c.Ramp-1)
	}
	f := 1.0
	if epoch-c.Warmup < c.Ramp {
		f = float64((epoch-c.Warmup)*steps+step) / float64(c.Ramp*steps)
	}
	if c.RampForm == Smoothed {
		return smoothed(f)
	}
	return f
}

// smoothed grows like t^4 up to t = 1/4, then linearly to 1, with one slope where they meet.
func smoothed(t float64) float64 {
	const mid, power = 0.25, 4
	scale := 1 / (math.Pow(mid, power-1) * (power*(1-mid) + mid))
	if t < mid {
		return scale * math.Pow(t, power)
	}
	atMid := scale * math.Pow(mid, power)
	return atMid + (1-atMid)*(t-mid)/(1-mid)
}

// stage is the stage of an epoch.
func (c Config) stage(epoch int) stage {
	switch {
	case epoch < c.Warmup:
		return naturalStage
	case c.method().endsInIBP != nil && epoch >= c.Warmup+c.Ramp && c.method().endsInIBP(c):
		return ibpStage
	}
	return robustStage
}

// Compress changes the number of epochs and compresses warm-up, ramp and decays in proportion, so that no schedule is
// cut off.
func (c Config) Compress(epochs int) Config {
	if epochs < 1 || c.Epochs < 1 {
		c.Epochs = epochs
		return c
	}
	scale := func(n int) int {
		if n == 0 {
			return 0
		}
		return max(1, int(math.Round(float64(n)*float64(epochs)/float64(c.Epochs))))
	}
	at := make([]int, 0, len(c.Decay.At))
	for _, n := range c.Decay.At {
		at = append(at, scale(n))
	}
	if c.Decay.At != nil {
		c.Decay.At = at
	}
	c.Warmup = min(scale(c.Warmup), epochs-1)
	c.Ramp, c.Decay.Every, c.Epochs = min(scale(c.Ramp), epochs-c.Warmup), scale(c.Decay.Every), epochs
	return c
}
