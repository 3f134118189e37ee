package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Experiment names what runs have in common that differ in seed, lambda and gamma only: the record's name, its recipe's scale
// where that is not "quick", and for a recipe with other fields changed the start of that recipe's hash. Runs of one experiment may be compared.
func (r *Record) Experiment() string {
	recipe := map[string]any{}
	if len(r.Recipe) == 0 || json.Unmarshal(r.Recipe, &recipe) != nil {
		return r.Name
	}
	switch scale, _ := recipe["scale"].(string); scale {
	case "", "quick":
		return r.Name
	case "custom":
	default:
		return r.Name + " (" + scale + ")"
	}
	delete(recipe, "about")
	if train, ok := recipe["train"].(map[string]any); ok {
		for _, free := range []string{"seed", "lambda", "gamma"} {
			delete(train, free)
		}
	}
	common, _ := json.Marshal(recipe) // it came from JSON
	return fmt.Sprintf("%s (custom %s)", r.Name, hash(common)[:6])
}

// Latest keeps of several records of one experiment, kind, seed, lambda and gamma the one that started last, in the order given,
// and returns the others as superseded. The same file content counts once.
func Latest(records []*Record) (kept, superseded []*Record) {
	type key struct {
		experiment    string
		kind          Kind
		seed          uint64
		lambda, gamma float64
	}
	newest := map[key]*Record{}
	keyOf := func(r *Record) key { return key{r.Experiment(), r.Kind, r.Seed, r.Lambda, r.Gamma} }
	for _, r := range records {
		k := keyOf(r)
		if old := newest[k]; old == nil || cmp.Or(r.Started.Compare(old.Started), cmp.Compare(r.Hash, old.Hash)) > 0 {
			newest[k] = r
		}
	}
	for _, r := range records {
		best := newest[keyOf(r)]
		switch {
		case r == best:
			kept = append(kept, r)
		case r.Hash != best.Hash || r.Hash == "":
			if !slices.Contains(superseded, r) {
				superseded = append(superseded, r)
			}
		}
	}
	return kept, superseded
}
