package study

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
	"tightrope/pkg/train"
)

// Methods compares trainings of one network on one data set and radius.
type Methods struct {
	Runs    []string // folders of finished runs, of networks or of cascades of models
	Cost    bool     // train each method for a few epochs more, for the processor seconds of one
	Backend string   // see [backend.Open]
	DataDir string   // of the data sets
	// Radii are radii at which the runs are also attacked and certified by each of Techniques, pixel units; all three
	// or none. A technique's name is the key of its errors in [record.TrainedAt].
	Radii      []float64
	Techniques []technique.ID
	Attack     *attack.Options // its Ball is replaced
	// From is an earlier comparison of the same network, data set and radius, to which the runs are added; nil: none.
	From *record.Record
	// Progress receives the number of finished runs and of all runs.
	Progress func(done, total int)
}

// methodsTask is what all runs of a comparison share.
type methodsTask struct {
	Data, Arch string
	Eps        float64
	Norm, Box  string
	Images     int
	// TrainSamples are the first samples of the training split, where a run takes only these; 0: all.
	TrainSamples int `json:",omitempty"`
}

// methodsRecipe is what a record says of a comparison.
type methodsRecipe struct {
	methodsTask
	Techniques []string       `json:",omitempty"` // at the radii, in the order of the table
	Attack     *record.Attack `json:",omitempty"` // at the radii
}

// Compare measures the certified error of every run in the same way, by the best of IBP, Fast-Lin and CROWN; standard
// and PGD error are those of the runs' records. It returns an error for runs on different networks, data or radii, for
// unfinished runs, and for cascades of models with Radii.
func Compare(ctx context.Context, m Methods) (*record.Record, error) {
	if err := m.complete(); err != nil {
		return nil, err
	}
	b, info, err := backend.Open(m.Backend)
	if err != nil {
		return nil, err
	}
	c := &comparison{Methods: m, device: b, compiled: &measure.Compiled{}, costs: map[string]float64{}}
	defer c.compiled.Close()
	if err := c.resume(); err != nil {
		return nil, err
	}
	for i, dir := range m.Runs {
		if err := c.add(ctx, dir); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		if m.Progress != nil {
			m.Progress(i+1, len(m.Runs))
		}
	}
	if len(c.rows) == 0 {
		return nil, errors.New("no runs to compare: give the folders of runs that have ended")
	}
	return c.record(info)
}

// comparison is one call of [Compare].
type comparison struct {
	Methods
	device   compute.Backend
	compiled *measure.Compiled
	task     methodsTask
	hash     string // of the data set
	rows     []record.Trained
	costs    map[string]float64 // by method
	attack   *record.Attack     // at the radii, as it was run
}

// record is the comparison's record.
func (c *comparison) record(info backend.Info) (_ *record.Record, err error) {
	r := record.New(fmt.Sprintf("training methods, %s on %s, eps %g", c.task.Arch, c.task.Data, c.task.Eps),
		record.Eval)
	r.Dataset = record.Dataset{Name: c.task.Data, Hash: c.hash}
	c.renewCosts()
	r.Methods = c.rows
	slices.SortStableFunc(r.Methods, func(a, b record.Trained) int {
		return cmp.Or(cmp.Compare(a.Method, b.Method), cmp.Compare(a.Seed, b.Seed))
	})
	if r.Backend, err = json.Marshal(info); err == nil {
		r.Recipe, err = json.Marshal(methodsRecipe{c.task, c.techniqueNames(), c.attack})
	}
	return r, err
}

// techniqueNames are those of the techniques at the radii.
func (c *comparison) techniqueNames() (names []string) {
	for _, t := range c.Techniques {
		names = append(names, t.String())
	}
	return names
}

// add measures one run.
func (c *comparison) add(ctx context.Context, dir string) error {
	r, err := record.Read(dir)
	if err != nil {
		return err
	}
	own, members, err := recipeOf(r)
	if err != nil {
		return err
	}
	if err := c.same(own, r); err != nil {
		return err
	}
	t := r.Results[record.Test]
	row := record.Trained{Method: methodName(own, members), Recipe: own.Name, Seed: own.Train.Seed,
		Epochs: own.Train.Epochs, StandardError: t.StandardError, CertifiedError: t.CertifiedError,
		Technique: t.Technique}
	splits, err := data.Load(own.Data, data.Options{Dir: c.DataDir, Seed: own.Train.Seed, Validation: own.Validation})
	if err != nil {
		return err
	}
	if r.Cascade == nil {
		err = c.certify(ctx, dir, own, splits.Test.Head(c.task.Images), &row)
	} else if row.CleanChoiceError = &r.Cascade.CleanChoiceError; len(c.Radii) > 0 {
		err = errors.New("a cascade of models has a bound of its own: leave out --eps and --technique")
	}
	if err != nil {
		return err
	}
	if row.PGDError, err = attacked(t, row); err != nil {
		return err
	}
	if row.Second, err = c.cost(ctx, own, splits.Train); err != nil {
		return err
	}
	return c.append(row)
}

// cost are the processor seconds of an epoch of a method, once for all its runs; of a cascade of models it is the first
// member's.
func (c *comparison) cost(ctx context.Context, r recipe.Recipe, set *data.Set) (float64, error) {
	name := methodName(r, 1)
	if s, known := c.costs[name]; known || !c.Cost {
		return s, nil
	}
	if r.TrainSamples > 0 {
		set = set.Head(r.TrainSamples)
	}
	s, err := cost(ctx, c.device, r, set)
	c.costs[name] = s
	return s, err
}

// recipeOf is the recipe of a run, or of every member of a cascade of models, and the number of members.
func recipeOf(r *record.Record) (own recipe.Recipe, members int, err error) {
	if r.Kind != record.Models {
		own, err = recipe.FromRecord(r)
		return own, 1, err
	}
	var of struct {
		Members int           `json:"members"`
		Each    recipe.Recipe `json:"each"`
	}
	if err := json.Unmarshal(r.Recipe, &of); err != nil || r.Cascade == nil || of.Each.Name == "" {
		return own, 0, fmt.Errorf("record %s is not of a training: give the folders of trainings", r.Name)
	}
	return of.Each, len(r.Cascade.Members), nil
}

// same compares a run's task with those before.
func (c *comparison) same(r recipe.Recipe, of *record.Record) error {
	task := methodsTask{r.Data, r.Arch, r.Ball().Eps, r.Train.Norm.String(), fmt.Sprint(r.Train.Box != nil),
		of.Results[record.Test].Samples, r.TrainSamples}
	switch {
	case len(c.rows) == 0:
		c.task, c.hash = task, of.Dataset.Hash
	case task != c.task:
		return fmt.Errorf("this run is on %+v, those before on %+v: compare runs of one network, data set and "+
			"radius", task, c.task)
	}
	return nil
}

// certify measures the certified error of a run's network.
func (c *comparison) certify(ctx context.Context, dir string, r recipe.Recipe, set *data.Set,
	row *record.Trained) error {
	n, err := net.Load(filepath.Join(dir, "model.safetensors"), nil)
	if err != nil {
		return err
	}
	e, err := measure.Evaluate(ctx, c.device, n, set,
		measure.Options{Ball: r.Ball(), Technique: bound.Best{}, Compiled: c.compiled})
	if err != nil {
		return err
	}
	if s := e.Percent(e.Standard); s != row.StandardError {
		return fmt.Errorf("its network has a standard error of %g %%, its record says %g: the model file is "+
			"another one", s, row.StandardError)
	}
	row.CertifiedError, row.Technique = e.Percent(e.Uncertified), e.Technique
	return c.more(ctx, n, r, set, row)
}

// methodName is what a training is called in comparisons.
func methodName(r recipe.Recipe, members int) string {
	c := r.Train
	name := map[train.Method]string{train.CP: "Fast-Lin, exact (CP)", train.Natural: "natural", train.IBP: "IBP",
		train.CROWNIBP: "CROWN-IBP", train.PGD: "PGD", train.SABR: "SABR", train.MTLIBP: "MTL-IBP",
		train.CCIBP: "CC-IBP", train.EXPIBP: "EXP-IBP", train.DiffAI: "DiffAI, " + c.Domain.String()}[c.Method]
	if name == "" {
		name = c.Method.String()
	}
	if c.Projections > 0 {
		name = strings.Replace(name, "exact", fmt.Sprintf("%d projections", c.Projections), 1)
	}
	for _, w := range []struct {
		symbol string
		value  float64
	}{{"λ", c.Lambda}, {"γ", c.Gamma}, {"RS", c.RS}, {"cross-Lipschitz", c.CrossLipschitz}} {
		if w.value > 0 {
			name += fmt.Sprintf(", %s = %g", w.symbol, w.value)
		}
	}
	if members > 1 {
		name += fmt.Sprintf("%s%d", cascadeSuffix, members)
	}
	return name
}
