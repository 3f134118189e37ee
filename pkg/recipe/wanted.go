package recipe

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"

	"github.com/BurntSushi/toml"
)

// Wanted is an entry of a queue file: some runs of one recipe that are to be made. The file lists the most informative
// runs first.
type Wanted struct {
	Why     string         `toml:"why"`    // what we learn from the runs, for readers
	Recipe  string         `toml:"recipe"` // name
	Scale   string         `toml:"scale"`  // quick or paper; empty: quick
	Lambdas []float64      `toml:"lambda"` // weights of d; none: the recipe's
	Gammas  []float64      `toml:"gamma"`  // weights of r; none: the recipe's
	Seeds   []uint64       `toml:"seeds"`  // none: as many as the recipe plans
	Set     map[string]any `toml:"set"`    // overrides, by the names of the flags of `tightrope train`
	Hours   float64        `toml:"hours"`  // estimated cost of one run; 0: not estimated
}

// queueFile is the form of a queue file.
type queueFile struct {
	Runs []Wanted `toml:"runs"`
}

// ReadQueue reads a queue file (TOML, a table [[runs]] for each entry). An unknown key, an entry without a recipe and a
// cost that is not a positive number are errors.
func ReadQueue(path string) ([]Wanted, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("no queue: %w: write one, see tools/gpu/README.md", err)
	}
	var f queueFile
	meta, err := toml.Decode(string(content), &f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%s: no key %q: use [[runs]] with why, recipe, scale, lambda, gamma, seeds, set and "+
			"hours", path, unknown[0])
	}
	if len(f.Runs) == 0 {
		return nil, fmt.Errorf("%s wants no runs: add a table [[runs]]", path)
	}
	for i, w := range f.Runs {
		if w.Recipe == "" {
			return nil, fmt.Errorf("%s: entry %d names no recipe: `tightrope recipes` lists them", path, i+1)
		}
		// which negative ones become
		if slices.ContainsFunc(w.Seeds, func(s uint64) bool { return s > math.MaxInt64 }) {
			return nil, fmt.Errorf("%s: entry %d: a seed is negative: use 0, 1, 2, ...", path, i+1)
		}
		if !(w.Hours >= 0) || math.IsInf(w.Hours, 0) {
			return nil, fmt.Errorf("%s: entry %d: hours = %v: use a positive number, or none", path, i+1, w.Hours)
		}
	}
	return f.Runs, nil
}

// Of are the wanted runs of the recipe with its overrides applied, seeds outermost.
func (w Wanted) Of(r Recipe) []Recipe {
	return Sweep{Recipes: []Recipe{r}, Lambdas: w.Lambdas, Gammas: w.Gammas, Seeds: w.Seeds}.Runs()
}

// Distinct removes duplicates from a list of runs. It returns an error if runs of one recipe differ in anything but
// seed and weights, because a table compares them and their folders are named by these.
func Distinct(runs []Recipe) ([]Recipe, error) {
	first, seen := map[string]Recipe{}, map[string]bool{}
	var kept []Recipe
	for _, r := range runs {
		plain := r
		plain.Train.Seed, plain.Train.Lambda, plain.Train.Gamma = 0, 0, 0
		before, found := first[r.Name]
		if found && !reflect.DeepEqual(before, plain) {
			return nil, fmt.Errorf("recipe %s is wanted in two forms (scale or overrides differ): "+
				"put one of them into a queue file of its own, with another --out", r.Name)
		}
		first[r.Name] = plain
		if !seen[r.RunName()] {
			seen[r.RunName()] = true
			kept = append(kept, r)
		}
	}
	return kept, nil
}
