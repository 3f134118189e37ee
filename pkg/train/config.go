// Package train trains certifiably robust networks: the robust objective of
// the paper with its two tightness regularizers, the schedules, the loop, checkpoints and metrics.
package train

import (
	"fmt"
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/tight"
)

// Method is the loss that is trained.
type Method int

// The methods.
const (
	// CP is the convex outer polytope: cross-entropy at the negated Fast-Lin bounds (Wong & Kolter 2018), plus lambda d + gamma r.
	CP Method = iota
	// Natural is the cross-entropy of the clean inputs.
	Natural
)

var methodNames = map[Method]string{CP: "cp", Natural: "natural"}

// String is the method's name in records.
func (m Method) String() string { return methodNames[m] }

// MarshalText implements encoding.TextMarshaler.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Method) UnmarshalText(b []byte) error {
	for k, name := range methodNames {
		if name == string(b) {
			*m = k
			return nil
		}
	}
	return fmt.Errorf("training method %q: use one of %v", b, methodNames)
}

// Config is everything that a training depends on besides the network and the
// data. Zero fields mean what their comment says; see RECIPES for the paper's values.
type Config struct {
	Method Method `json:"method"`
	Seed   uint64 `json:"seed"`
	Epochs int    `json:"epochs"`
	Batch  int    `json:"batch"` // samples a step; 0: 50

	Norm     ball.Norm `json:"norm"`
	Eps      float64   `json:"eps"`       // target radius, pixel units
	EpsStart float64   `json:"eps_start"` // radius of the first epoch
	Box      *ball.Box `json:"box,omitempty"`
	// Ramp is the number of epochs over which eps (linearly from EpsStart), lambda and gamma (linearly from 0)
	// grow to their targets; the learning rate is fixed meanwhile.
	Ramp int `json:"ramp"`

	LearningRate float64 `json:"learning_rate"` // Adam; 0: 1e-3
	HalveEvery   int     `json:"halve_every"`   // epochs after the ramp between halvings of the learning rate; 0: never

	Lambda float64 `json:"lambda"` // weight of the mean of d
	Gamma  float64 `json:"gamma"`  // weight of the mean of r

	Tight tight.Options `json:"tight"`
}

// withDefaults fills the zero fields.
func (c Config) withDefaults() Config {
	if c.Batch == 0 {
		c.Batch = 50
	}
	if c.LearningRate == 0 {
		c.LearningRate = 1e-3
	}
	return c
}

// Validate checks a configuration; errors name the field and the remedy.
func (c Config) Validate() error {
	c = c.withDefaults()
	if err := (ball.Ball{Norm: c.Norm, Eps: c.Eps, Box: c.Box}).Validate(); err != nil {
		return err
	}
	if err := (ball.Ball{Norm: c.Norm, Eps: c.EpsStart, Box: c.Box}).Validate(); err != nil {
		return fmt.Errorf("start of the ramp: %w", err)
	}
	for name, v := range map[string]float64{"lambda": c.Lambda, "gamma": c.Gamma, "learning rate": c.LearningRate} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%s = %v: use a finite number of at least 0", name, v)
		}
	}
	if c.Epochs < 1 || c.Batch < 1 {
		return fmt.Errorf("%d epochs of batches of %d: use at least 1", c.Epochs, c.Batch)
	}
	if c.Ramp < 0 || c.Ramp > c.Epochs {
		return fmt.Errorf("a ramp of %d epochs in a run of %d: it must end within the run, or eps and the regularizers never reach their targets", c.Ramp, c.Epochs)
	}
	if c.HalveEvery < 0 {
		return fmt.Errorf("halve the learning rate every %d epochs: use 0 for never", c.HalveEvery)
	}
	return nil
}

// Weights are the scheduled values of one epoch.
type Weights struct {
	Eps, LearningRate, Lambda, Gamma float64
}

// At gives the scheduled values of an epoch, counted from 0: eps by epoch is
// linspace(EpsStart, Eps, Ramp), then constant; lambda and gamma are 0 in epoch 0 and reach their targets in
// epoch Ramp-1 with eps; the learning rate is halved every HalveEvery epochs counted from epoch Ramp (RECIPES).
func (c Config) At(epoch int) Weights {
	c = c.withDefaults()
	w := Weights{Eps: c.Eps, LearningRate: c.LearningRate, Lambda: c.Lambda, Gamma: c.Gamma}
	if epoch < c.Ramp-1 {
		f := float64(epoch) / float64(c.Ramp-1)
		w.Eps = c.EpsStart + f*(c.Eps-c.EpsStart)
		w.Lambda *= f
		w.Gamma *= f
	}
	if c.HalveEvery > 0 && epoch >= c.Ramp {
		w.LearningRate *= math.Pow(0.5, float64((epoch-c.Ramp)/c.HalveEvery))
	}
	return w
}

// Compress changes the number of epochs and compresses the ramp and the halvings in proportion, so that no schedule is cut off.
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
	c.Ramp, c.HalveEvery, c.Epochs = min(scale(c.Ramp), epochs), scale(c.HalveEvery), epochs
	return c
}
