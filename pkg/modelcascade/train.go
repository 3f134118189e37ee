package modelcascade

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// Recipe is a cascade as data: what its folder's recipe.json holds.
type Recipe struct {
	Members int           `json:"members"` // at most
	Each    recipe.Recipe `json:"each"`    // of every member
}

// Validate returns an error for a recipe that cannot be run whatever the data.
func (r Recipe) Validate() error {
	if r.Members < 2 {
		return fmt.Errorf("a cascade of %d models: give at least 2 with --cascade, or leave it out", r.Members)
	}
	if len(r.Each.After) > 0 {
		return fmt.Errorf("%s is itself a member of a cascade: give the recipe of the first member", r.Each.Name)
	}
	return r.Each.Validate()
}

// Train trains a cascade in a folder, o.Out, with one folder inside it for each member, and measures it on the test
// set. Every member is trained by the same recipe and seed on the training samples for which no member before it
// certifies a class, the right one or not; the cascade ends early where these are fewer than a batch. A folder that
// holds a part of the cascade continues where o.Existing is record.Resume, and the result is the same. Errors are those
// of [recipe.Run], and a recipe that does not begin.
func Train(ctx context.Context, r Recipe, o recipe.Options) (*record.Record, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if o.Evaluations == nil {
		o.Evaluations = &measure.Compiled{}
		defer o.Evaluations.Close()
	}
	t := &training{Recipe: r, options: o}
	if err := t.open(); err != nil {
		return nil, err
	}
	defer t.folder.Close()
	start := time.Now()
	if err := t.members(ctx); err != nil {
		return nil, err
	}
	result, err := t.measure(ctx)
	if err != nil {
		return nil, err
	}
	result.Started, result.WallSeconds = start.UTC(), max(time.Since(start).Seconds(), t.seconds)
	return result, t.folder.Finish(result)
}

// training is one run of [Train].
type training struct {
	Recipe
	options  recipe.Options
	folder   *record.Run
	backend  compute.Backend
	splits   *data.Splits
	left     []int // training samples for which no member so far certifies a class
	networks []*net.Network
	samples  []int // that each member was trained on
	seconds  float64
	backends json.RawMessage
}

// open reads the data and makes the folder.
func (t *training) open() (err error) {
	each := t.Each
	if t.splits, err = data.Load(each.Data, data.Options{Dir: t.options.DataDir, Seed: each.Train.Seed,
		Validation: each.Validation}); err != nil {
		return err
	}
	if each.TrainSamples > 0 {
		t.splits.Train = t.splits.Train.Head(each.TrainSamples)
	}
	for i := range t.splits.Train.Len() {
		t.left = append(t.left, i)
	}
	if t.backend, _, err = backend.Open(t.options.Backend); err != nil {
		return err
	}
	if t.folder, err = record.Create(t.options.Out, t.options.Existing, filepath.Join("member-*", "*.*")); err != nil {
		return err
	}
	if err = t.folder.SetRecipe(t.Recipe); err == nil && t.options.Existing == record.Replace {
		err = t.removeMembers()
	}
	if err != nil {
		t.folder.Close()
	}
	return err
}

// removeMembers deletes the members of a cascade that is replaced.
func (t *training) removeMembers() error {
	old, err := filepath.Glob(filepath.Join(t.folder.Dir, "member-*"))
	if err != nil {
		return err
	}
	for _, dir := range append(old, filepath.Join(t.folder.Dir, fileName)) {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("cannot replace the cascade in %s: %w", t.folder.Dir, err)
		}
	}
	return nil
}

// members trains one after another.
func (t *training) members(ctx context.Context) error {
	for k := range t.Members {
		if batch := cmp.Or(t.Each.Train.Batch, 50); len(t.left) < batch {
			t.log(fmt.Sprintf("only %d training samples are left, fewer than a batch of %d: the cascade has %d members",
				len(t.left), batch, k))
			break
		}
		t.log(fmt.Sprintf("member %d of %d: %d training samples for which no earlier member certifies a class",
			k+1, t.Members, len(t.left)))
		if err := t.member(ctx, k); err != nil {
			return fmt.Errorf("member %d: %w", k+1, err)
		}
		if err := t.reduce(ctx); err != nil {
			return err
		}
	}
	return t.file().write(t.folder.Dir)
}

// member trains the next one.
func (t *training) member(ctx context.Context, k int) error {
	r, o := t.Each, t.options
	for _, n := range t.networks {
		r.After = append(r.After, n.Hash())
	}
	o.Out, o.Existing = filepath.Join(t.folder.Dir, memberName(k)), record.Resume
	o.Select = func(set *data.Set) *data.Set { return set.Subset(t.left) }
	result, err := recipe.Run(ctx, r, o)
	if err != nil {
		return err
	}
	n, err := net.Load(filepath.Join(o.Out, modelName), nil)
	if err != nil {
		return err
	}
	t.networks, t.samples = append(t.networks, n), append(t.samples, len(t.left))
	t.seconds += result.WallSeconds
	t.backends = result.Backend
	return nil
}

// modelName is the model's file in the folder of a run.
const modelName = "model.safetensors"

// reduce keeps the training samples for which the last member certifies no class at the target radius.
func (t *training) reduce(ctx context.Context) error {
	members, release, err := open(t.backend, t.networks[len(t.networks)-1:], t.measureOptions())
	if err != nil {
		return err
	}
	defer release()
	set := t.splits.Train.Subset(t.left)
	var kept []int
	for from := 0; from < set.Len(); from += chunkSize {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := set.Slice(from, min(from+chunkSize, set.Len()))
		says, err := members[0].answers(part.X, part.Y, t.Each.Ball().Eps)
		if err != nil {
			return err
		}
		for i, a := range says {
			if !a.certified {
				kept = append(kept, t.left[from+i])
			}
		}
	}
	t.left = kept
	return nil
}

func (t *training) measureOptions() Options {
	return Options{Ball: t.Each.Ball(), Technique: t.Each.Train.Certifier(), Memory: t.options.Memory,
		Progress: t.options.Progress}
}

// file describes the cascade.
func (t *training) file() *Cascade {
	c := &Cascade{Technique: certifierID(t.Each.Train.Certifier())}
	for k, n := range t.networks {
		c.Members = append(c.Members, memberName(k)+"/"+modelName)
		c.Hashes = append(c.Hashes, n.Hash())
	}
	return c
}

// certifierID is the technique's row of the table.
func certifierID(t bound.Technique) technique.ID {
	id, found := technique.Find(t.Name())
	if !found {
		panic(fmt.Sprintf("%s has no row in the table of techniques", t.Name()))
	}
	return id
}

// measure measures the cascade on the test set, and attacks as much of it as the recipe says.
func (t *training) measure(ctx context.Context) (*record.Record, error) {
	set, o := t.splits.Test, t.measureOptions()
	if n := t.Each.Eval.TestSamples; n > 0 {
		set = set.Head(n)
	}
	o.Attack, o.Attacked = t.Each.Attack(), t.Each.Eval.PGDSamples
	e, err := Measure(ctx, t.backend, t.networks, set, o)
	if err != nil {
		return nil, err
	}
	r := Record(e, o, t.networks[0].Classes(), t.samples)
	r.Name, r.Seed = fmt.Sprintf("%s, cascade of %d", t.Each.Name, len(t.networks)), t.Each.Train.Seed
	r.Lambda, r.Gamma, r.Backend = t.Each.Train.Lambda, t.Each.Train.Gamma, t.backends
	r.Dataset = record.Dataset{Name: t.Each.Data, Hash: t.splits.Hash}
	if len(t.networks) < t.Members {
		r.Notes = append(r.Notes, fmt.Sprintf("%d members were wanted: the training samples were certified before",
			t.Members))
	}
	r.Recipe, err = json.Marshal(t.Recipe)
	return r, err
}

func (t *training) log(text string) {
	if t.options.Log != nil {
		t.options.Log(text)
	}
}
