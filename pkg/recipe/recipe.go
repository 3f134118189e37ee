// Package recipe holds experiments as data: which network is trained on which
// data, how, and how it is evaluated. Every recipe has a quick and a paper scale.
package recipe

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tightrope/internal/near"
	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// Scale is the size at which an experiment is run.
type Scale int

// The scales.
const (
	Quick Scale = iota // minutes on 2 cores, with all schedules compressed in proportion
	Paper              // the paper's epochs and data
)

// String is "quick" or "paper".
func (s Scale) String() string { return [...]string{"quick", "paper"}[s] }

// ParseScale reads "quick" or "paper". It returns an error for any other text.
func ParseScale(s string) (Scale, error) {
	switch s {
	case "quick":
		return Quick, nil
	case "paper":
		return Paper, nil
	}
	return 0, fmt.Errorf("scale %q: use quick or paper", s)
}

// Recipe is one experiment. Its JSON is stored with every run, so that a run can be repeated from its own record.
type Recipe struct {
	Name  string `json:"name"`  // e.g. "mlp-2x100/mnist"
	Scale string `json:"scale"` // "quick" or "paper", or "custom" where a field was overridden
	About string `json:"about"`

	Data         string `json:"data"`          // data set
	TrainSamples int    `json:"train_samples"` // first samples of the training split that are used; 0: all
	Validation   int    `json:"validation"`    // training images held out; 0: the data set's default, -1: none
	Arch         string `json:"arch"`          // name or text of the architecture

	// Mean and Std of each channel are a first layer of the network, so that eps stays in pixel units; none: no such
	// layer.
	Mean []float64 `json:"mean,omitempty"`
	Std  []float64 `json:"std,omitempty"`
	Init Init      `json:"init,omitempty"`

	Train train.Config `json:"train"`
	Eval  Eval         `json:"eval"`

	// After lists the hashes of the earlier networks in a cascade of models: this one is trained on the samples that
	// they do not certify ([Options.Select]).
	After []string `json:"after,omitempty"`

	Plan Plan `json:"-"` // no part of a run
}

// Plan lists the runs of a recipe in the paper's tables, in addition to the recipe itself, which has no regularizers.
type Plan struct {
	// Lambda and Gamma are the weights of the regularized run. They are not the paper's: they were chosen on the
	// validation split if the recipe was run, and are provisional otherwise.
	Lambda, Gamma float64
	Seeds         int       // number of runs; 0: 1
	Lambdas       []float64 // of the ablation (Table 3), 0 among them; none: no ablation
	Gammas        []float64
}

// Eval describes how a trained network is measured.
type Eval struct {
	Eps float64 `json:"eps,omitempty"` // radius; 0: the target radius of the training
	// epochs between measurements on the validation split; 0: the last epoch only
	ValidateEvery int `json:"validate_every,omitempty"`

	TestSamples int         `json:"test_samples"` // first test samples; 0: all
	PGDSteps    int         `json:"pgd_steps"`    // 0: no attack
	PGDStepSize float64     `json:"pgd_step_size"`
	PGDLoss     attack.Loss `json:"pgd_loss,omitempty"`     // what the attack ascends; zero: the margin
	PGDRestarts int         `json:"pgd_restarts,omitempty"` // runs from random points; 0: 2, -1: none
	PGDSamples  int         `json:"pgd_samples"`            // first test samples attacked; 0: all of TestSamples
	Curve       []float64   `json:"curve,omitempty"`        // radii of the curve of errors over eps
	// first test samples of the curve and the tightness; 0: all of TestSamples
	CurveSample int `json:"curve_samples"`
}

// Ball is the threat that the network is measured against.
func (r Recipe) Ball() ball.Ball {
	b := ball.Ball{Norm: r.Train.Norm, Eps: r.Train.Eps, Box: r.Train.Box}
	if r.Eval.Eps > 0 {
		b.Eps = r.Eval.Eps
	}
	return b
}

// Attack is how the network is attacked; nil: not at all.
func (r Recipe) Attack() *attack.Options {
	if r.Eval.PGDSteps == 0 {
		return nil
	}
	return &attack.Options{Steps: r.Eval.PGDSteps, StepSize: r.Eval.PGDStepSize, Loss: r.Eval.PGDLoss,
		Restarts: r.Eval.PGDRestarts}
}

// RunName is a folder name that distinguishes the runs of one recipe.
func (r Recipe) RunName() string {
	return fmt.Sprintf("%s-%s-lambda%g-gamma%g-seed%d", strings.ReplaceAll(r.Name, "/", "-"), r.Scale, r.Train.Lambda,
		r.Train.Gamma, r.Train.Seed)
}

// Validate returns an error, which names the field and the remedy, if the recipe cannot be run with any data.
func (r Recipe) Validate() error {
	if err := r.Train.Validate(); err != nil {
		return err
	}
	if r.Data == "" || r.Arch == "" {
		return fmt.Errorf("recipe %q names no data set or no architecture: give --data and --arch", r.Name)
	}
	e := r.Eval
	if err := r.Ball().Validate(); err != nil {
		return fmt.Errorf("evaluation: %w", err)
	}
	for name, n := range map[string]int{"train samples": r.TrainSamples, "test samples": e.TestSamples,
		"PGD steps": e.PGDSteps, "PGD samples": e.PGDSamples, "curve samples": e.CurveSample,
		"epochs between validations": e.ValidateEvery} {
		if n < 0 {
			return fmt.Errorf("%d %s: use 0 for the default, or a positive number", n, name)
		}
	}
	if e.PGDRestarts < attack.NoRestarts {
		return fmt.Errorf("%d restarts of PGD: use -1 for none, 0 for the default, or a positive number", e.PGDRestarts)
	}
	return nil
}

// entry is a recipe at both scales.
type entry struct {
	name         string
	quick, paper Recipe
}

var registry []entry

// register adds a recipe; both scales get the name.
func register(name, about string, quick, paper Recipe) {
	for _, r := range []*Recipe{&quick, &paper} {
		r.Name, r.About = name, about
	}
	quick.Scale, paper.Scale = Quick.String(), Paper.String()
	registry = append(registry, entry{name, quick, paper})
}

// Names lists the recipes, sorted.
func Names() []string {
	var names []string
	for _, e := range registry {
		names = append(names, e.name)
	}
	slices.Sort(names)
	return names
}

// Get returns a recipe at a scale; an unknown name is an error that lists the known ones.
func Get(name string, scale Scale) (Recipe, error) {
	i := slices.IndexFunc(registry, func(e entry) bool { return e.name == name })
	if i < 0 {
		if meant := near.One(name, Names()); meant != "" {
			return Recipe{}, fmt.Errorf("no recipe %q: did you mean %s? (tightrope recipes lists all)", name, meant)
		}
		return Recipe{}, fmt.Errorf("no recipe %q: use one of %s (tightrope recipes lists them)", name,
			strings.Join(closest(name, Names()), ", "))
	}
	if scale == Paper {
		return registry[i].paper, nil
	}
	return registry[i].quick, nil
}

// closest orders names by how much of their start and words they share with a mistyped one, and keeps the best 8.
func closest(name string, names []string) []string {
	score := func(s string) int {
		n := 0
		for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == '-' || r == '_' }) {
			if strings.Contains(s, word) {
				n += len(word)
			}
		}
		return n
	}
	out := slices.Clone(names)
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(score(b), score(a)) })
	return out[:min(8, len(out))]
}

// FromRecord is the recipe of a training's record, so that it can be run again. It returns an error if the record
// holds none, or one that is not valid.
func FromRecord(r *record.Record) (Recipe, error) {
	var back Recipe
	if len(r.Recipe) == 0 {
		return back, fmt.Errorf("record %s holds no recipe: only records of trainings can be repeated", r.Name)
	}
	if err := json.Unmarshal(r.Recipe, &back); err != nil {
		return back, fmt.Errorf("recipe in record %s: %w", r.Name, err)
	}
	return back, back.Validate()
}
