// Package train trains certifiably robust networks: the robust objective of
// the paper with its two tightness regularizers, the schedules, the loop, checkpoints and metrics.
package train

import (
	"fmt"
	"math"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/tight"
)

// Config contains everything that a training depends on, except the network and the data. The comments of the fields
// say what zero means; package recipe has the papers' values.
type Config struct {
	Method Method `json:"method"`
	Seed   uint64 `json:"seed"`
	Epochs int    `json:"epochs"`
	Batch  int    `json:"batch"` // samples per step; 0: 50

	Norm     ball.Norm `json:"norm"`
	Eps      float64   `json:"eps"`       // target radius, pixel units
	EpsStart float64   `json:"eps_start"` // radius at the start of the ramp
	Box      *ball.Box `json:"box,omitempty"`

	// Warmup is the number of epochs of natural training before the ramp.
	Warmup int `json:"warmup,omitempty"`
	// Ramp is the number of epochs over which eps (from EpsStart), lambda and gamma (from 0) grow to their targets;
	// until then, the learning rate is constant.
	Ramp     int      `json:"ramp"`
	RampForm RampForm `json:"ramp_form,omitempty"`

	LearningRate float64 `json:"learning_rate"` // Adam; 0: 1e-3
	Decay        Decay   `json:"decay"`
	ClipGradient float64 `json:"clip_gradient,omitempty"` // largest l_2 norm of the whole gradient; 0: not clipped
	L1           float64 `json:"l1,omitempty"`            // weight of the sum of all absolute weights (biases excluded)

	Lambda float64 `json:"lambda"` // weight of the mean of d
	Gamma  float64 `json:"gamma"`  // weight of the mean of r
	// Fade decreases lambda and gamma after the ramp, in proportion to the learning rate.
	Fade bool    `json:"fade,omitempty"`
	RS   float64 `json:"rs,omitempty"`
	// CrossLipschitz is the weight of Hein and Andriushchenko's regularizer at the clean inputs, with every method.
	CrossLipschitz float64 `json:"cross_lipschitz,omitempty"`

	Tight tight.Options `json:"tight"`

	// Kappa is the weight of the natural cross-entropy in the loss (CROWN-IBP, IBP and DiffAI); it goes from Start to
	// End with eps.
	Kappa Range `json:"kappa,omitzero"`
	// Beta is the weight of CROWN-IBP's margins against IBP's (CROWN-IBP); it goes from Start to End with eps.
	Beta Range `json:"beta,omitzero"`
	// Domain is the abstract domain of DiffAI.
	Domain Domain `json:"domain,omitempty"`
	// Attack is the PGD of the methods that attack.
	Attack Attack `json:"attack,omitzero"`
	// Sigma is the deviation of Noise's Gaussian, pixel units.
	Sigma float64 `json:"sigma,omitempty"`
	// Share is alpha of MTL-, CC- and EXP-IBP, the weight of the IBP loss; for SABR it is tau/eps, the size of the box.
	Share float64 `json:"share,omitempty"`

	// Projections is the number of random vectors that estimate the bounds of wide layers (CP); 0: exact bounds.
	Projections int `json:"projections,omitempty"`

	Augment *data.Augment `json:"augment,omitempty"` // nil: none
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
	if _, ok := methods[c.Method]; !ok {
		return fmt.Errorf("training method %d is not known: use one of %v", int(c.Method), MethodNames())
	}
	if err := (ball.Ball{Norm: c.Norm, Eps: c.Eps, Box: c.Box}).Validate(); err != nil {
		return err
	}
	if err := (ball.Ball{Norm: c.Norm, Eps: c.EpsStart, Box: c.Box}).Validate(); err != nil {
		return fmt.Errorf("start of the ramp: %w", err)
	}
	if c.Epochs < 1 || c.Batch < 1 {
		return fmt.Errorf("%d epochs of batches of %d: use at least 1", c.Epochs, c.Batch)
	}
	for _, check := range []func() error{c.checkWeights, c.checkSchedule, c.checkSigma, c.checkMethod} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) checkWeights() error {
	for _, v := range []struct {
		name  string
		value float64
	}{
		{"lambda", c.Lambda}, {"gamma", c.Gamma}, {"RS weight", c.RS},
		{"cross-Lipschitz weight", c.CrossLipschitz}, {"learning rate", c.LearningRate},
		{"gradient clipping", c.ClipGradient}, {"L1", c.L1}, {"decay factor", c.Decay.Factor},
	} {
		if !(v.value >= 0) || math.IsInf(v.value, 0) {
			return fmt.Errorf("%s = %v: use a finite number of at least 0", v.name, v.value)
		}
	}
	for _, v := range []struct {
		name  string
		value float64
	}{{"kappa", c.Kappa.Start}, {"kappa", c.Kappa.End}, {"beta", c.Beta.Start}, {"beta", c.Beta.End},
		{"share", c.Share}} {
		if !(v.value >= 0 && v.value <= 1) {
			return fmt.Errorf("%s = %v: use a share between 0 and 1", v.name, v.value)
		}
	}
	return nil
}

func (c Config) checkSchedule() error {
	if c.Ramp < 0 || c.Warmup < 0 || c.Warmup+c.Ramp > c.Epochs {
		return fmt.Errorf("a warm-up of %d and a ramp of %d epochs in a run of %d: they must end within the run, or "+
			"eps and the regularizers never reach their targets", c.Warmup, c.Ramp, c.Epochs)
	}
	if c.Decay.Every < 0 || slices.ContainsFunc(c.Decay.At, func(at int) bool { return at < 1 }) {
		return fmt.Errorf("decay of the learning rate every %d epochs and at %v: use 0 for never, and epochs of at "+
			"least 1", c.Decay.Every, c.Decay.At)
	}
	return nil
}

func (c Config) checkMethod() error {
	m := c.method()
	attacks := m.attacks
	if a := c.Attack; attacks && (a.Steps < 1 || !(a.StepSize > 0) || !(a.Scale >= 0)) {
		return fmt.Errorf("method %v with an attack of %d steps of %v in %v eps: use at least 1 step of a "+
			"positive size", c.Method, a.Steps, a.StepSize, a.Scale)
	}
	if c.Eps == 0 && attacks {
		return fmt.Errorf("method %v at eps 0: use --method natural, or a positive --eps", c.Method)
	}
	if c.Projections < 0 || c.Projections > 0 && !m.rows {
		return fmt.Errorf("%d projections with method %v: use 0, or a positive number with method cp", c.Projections,
			c.Method)
	}
	if m.check != nil {
		return m.check(c)
	}
	return nil
}
