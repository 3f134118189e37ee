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

	"tightrope/pkg/backend"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// Methods compares trainings of one network on one data set and radius.
type Methods struct {
	Runs []string // folders of runs that have ended, of networks or of cascades of models
	// Times are folders of runs of the same recipes whose epochs are counted instead: short ones without validation, each
	// alone on the machine.
	Times   []string
	Backend string // see [backend.Open]
	DataDir string // of the data sets
	// Progress gets the runs done of those to do.
	Progress func(done, total int)
}

// methodsTask is what all runs of a comparison share.
type methodsTask struct {
	Data, Arch string
	Eps        float64
	Norm, Box  string
	Images     int
}

// Compare measures every run by one yardstick, the certified error by the best of IBP, Fast-Lin and CROWN; standard and
// PGD error are those of the runs' records. It returns an error for runs on different networks, data or radii, or that
// have not ended.
func Compare(ctx context.Context, m Methods) (*record.Record, error) {
	b, info, err := backend.Open(m.Backend)
	if err != nil {
		return nil, err
	}
	seconds, err := m.seconds()
	if err != nil {
		return nil, err
	}
	c := &comparison{Methods: m, device: b, compiled: &measure.Compiled{}}
	defer c.compiled.Close()
	for i, dir := range m.Runs {
		if err := c.add(ctx, dir, seconds); err != nil {
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
}

// record is the comparison's record.
func (c *comparison) record(info backend.Info) (_ *record.Record, err error) {
	r := record.New(fmt.Sprintf("training methods, %s on %s, eps %g", c.task.Arch, c.task.Data, c.task.Eps), record.Eval)
	r.Dataset = record.Dataset{Name: c.task.Data, Hash: c.hash}
	r.Methods = c.rows
	slices.SortStableFunc(r.Methods, func(a, b record.Trained) int {
		return cmp.Or(cmp.Compare(a.Method, b.Method), cmp.Compare(a.Seed, b.Seed))
	})
	if r.Backend, err = json.Marshal(info); err == nil {
		r.Recipe, err = json.Marshal(c.task)
	}
	return r, err
}

// add measures one run.
func (c *comparison) add(ctx context.Context, dir string, seconds map[string]float64) error {
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
		Epochs: own.Train.Epochs, StandardError: t.StandardError, PGDError: t.PGDError, CertifiedError: t.CertifiedError,
		Technique: t.Technique}
	row.Second = seconds[methodName(own, 1)]
	if r.Cascade != nil {
		row.CleanChoiceError = &r.Cascade.CleanChoiceError
	} else if err := c.certify(ctx, dir, own, &row); err != nil {
		return err
	}
	c.rows = append(c.rows, row)
	return nil
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
		of.Results[record.Test].Samples}
	switch {
	case len(c.rows) == 0:
		c.task, c.hash = task, of.Dataset.Hash
	case task != c.task:
		return fmt.Errorf("this run is on %+v, those before on %+v: compare runs of one network, data set and radius", task,
			c.task)
	}
	return nil
}

// certify measures the certified error of a run's network.
func (c *comparison) certify(ctx context.Context, dir string, r recipe.Recipe, row *record.Trained) error {
	splits, err := data.Load(r.Data, data.Options{Dir: c.DataDir, Seed: r.Train.Seed, Validation: r.Validation})
	if err != nil {
		return err
	}
	n, err := net.Load(filepath.Join(dir, "model.safetensors"), nil)
	if err != nil {
		return err
	}
	e, err := measure.Evaluate(ctx, c.device, n, splits.Test.Head(c.task.Images),
		measure.Options{Ball: r.Ball(), Technique: bound.Best{}, Compiled: c.compiled})
	if err != nil {
		return err
	}
	if s := e.Percent(e.Standard); s != row.StandardError {
		return fmt.Errorf("its network has a standard error of %g %%, its record says %g: the model file is another one",
			s, row.StandardError)
	}
	row.CertifiedError, row.Technique = e.Percent(e.Uncertified), e.Technique
	return nil
}

// seconds are the median seconds an epoch of the timed runs after their ramp, by method.
func (m Methods) seconds() (map[string]float64, error) {
	all := map[string]float64{}
	for _, dir := range m.Times {
		r, err := record.Read(dir)
		if err != nil {
			return nil, err
		}
		own, _, err := recipeOf(r)
		if err != nil {
			return nil, err
		}
		var each []float64
		for _, e := range r.Epochs {
			if e.Epoch > own.Train.Warmup+own.Train.Ramp {
				each = append(each, e.Seconds)
			}
		}
		s, err := record.Summarize(each)
		if err != nil {
			return nil, fmt.Errorf("%s: no epoch after the ramp: %w", dir, err)
		}
		all[methodName(own, 1)] = s.Median
	}
	return all, nil
}

// methodName is what a training is called in comparisons.
func methodName(r recipe.Recipe, members int) string {
	c := r.Train
	name := map[train.Method]string{train.CP: "Fast-Lin, exact (CP)", train.Natural: "natural", train.IBP: "IBP",
		train.CROWNIBP: "CROWN-IBP", train.PGD: "PGD", train.SABR: "SABR", train.MTLIBP: "MTL-IBP", train.CCIBP: "CC-IBP",
		train.EXPIBP: "EXP-IBP", train.DiffAI: "DiffAI, " + c.Domain.String()}[c.Method]
	if name == "" {
		name = c.Method.String()
	}
	if c.Projections > 0 {
		name = strings.Replace(name, "exact", fmt.Sprintf("%d projections", c.Projections), 1)
	}
	for _, w := range []struct {
		symbol string
		value  float64
	}{{"λ", c.Lambda}, {"γ", c.Gamma}, {"RS", c.RS}} {
		if w.value > 0 {
			name += fmt.Sprintf(", %s = %g", w.symbol, w.value)
		}
	}
	if members > 1 {
		name += fmt.Sprintf(", cascade of %d", members)
	}
	return name
}
