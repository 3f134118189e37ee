package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Experiment is a name common to runs that differ only in seed, lambda and gamma: the record's name, its recipe's scale
// where that is not "quick", and for a recipe with other fields changed the start of that recipe's hash.
func (r *Record) Experiment() string {
	var recipe struct {
		Scale string `json:"scale"`
	}
	if json.Unmarshal(r.Recipe, &recipe) != nil {
		return r.Name
	}
	switch recipe.Scale {
	case "", "quick":
		return r.Name
	case "custom":
		return fmt.Sprintf("%s (custom %s)", r.Name, hash([]byte(asJSON(r.common())))[:6])
	}
	return r.Name + " (" + recipe.Scale + ")"
}

// common is the recipe without the fields in which the runs of one experiment differ, and without those that are empty:
// a field that a later version adds does not say two runs apart while it is not used.
func (r *Record) common() map[string]any {
	recipe := map[string]any{}
	if json.Unmarshal(r.Recipe, &recipe) != nil {
		return nil
	}
	for _, words := range []string{"name", "scale", "about"} {
		delete(recipe, words)
	}
	if train, ok := recipe["train"].(map[string]any); ok {
		for _, free := range []string{"seed", "lambda", "gamma"} {
			delete(train, free)
		}
	}
	dropEmpty(recipe)
	return recipe
}

// dropEmpty removes the fields of a JSON object that hold their type's zero.
func dropEmpty(object map[string]any) {
	for key, value := range object {
		switch v := value.(type) {
		case map[string]any:
			dropEmpty(v)
			if len(v) > 0 {
				continue
			}
		case []any:
			if len(v) > 0 {
				continue
			}
		case float64:
			if v != 0 {
				continue
			}
		case string:
			if v != "" {
				continue
			}
		case bool:
			if v {
				continue
			}
		}
		delete(object, key)
	}
}

// Latest keeps what may be drawn together, in the order given: of several records of one experiment, kind, seed, lambda
// and gamma the one that started last, and of one experiment the runs whose recipe is that of its latest run (a
// recipe's definition may have changed since the others). A verification is replaced only by one of the same network,
// images and ball. The rest is superseded. The same file content counts once.
func Latest(records []*Record) (kept, superseded []*Record) {
	type key struct {
		experiment    string
		kind          Kind
		seed          uint64
		lambda, gamma float64
		theorem       string
	}
	runOf := func(r *Record) key { return key{r.Experiment(), r.Kind, r.Seed, r.Lambda, r.Gamma, r.theorem()} }
	groupOf := func(r *Record) key { return key{experiment: r.Experiment(), kind: r.Kind, theorem: r.theorem()} }
	run, group := newest(records, runOf), newest(records, groupOf)
	for _, r := range records {
		best := run[runOf(r)]
		field, _, _ := firstDifference("", anyOf(r.common()), anyOf(group[groupOf(r)].common()))
		switch {
		case field == "" && r == best:
			kept = append(kept, r)
		case field == "" && r.Hash == best.Hash && r.Hash != "":
		case !slices.Contains(superseded, r):
			superseded = append(superseded, r)
		}
	}
	return kept, superseded
}

// theorem is what a verification is about: its network, its data and its ball; empty for other records.
func (r *Record) theorem() string {
	var about struct {
		Network  string  `json:"network"`
		DataHash string  `json:"dataHash"`
		Norm     string  `json:"norm"`
		Eps      float64 `json:"eps"`
		Box      bool    `json:"box"`
	}
	if r.Kind != Verify || json.Unmarshal(r.Recipe, &about) != nil {
		return ""
	}
	return fmt.Sprint(about)
}

// anyOf keeps a nil map comparable to an empty one.
func anyOf(m map[string]any) any {
	if m == nil {
		m = map[string]any{}
	}
	return m
}

// newest is the record that started last for each key, and of the same run the one that was measured last.
func newest[K comparable](records []*Record, keyOf func(*Record) K) map[K]*Record {
	found := map[K]*Record{}
	for _, r := range records {
		k := keyOf(r)
		if old := found[k]; old == nil || cmp.Or(r.Started.Compare(old.Started),
			r.Remeasured.Compare(old.Remeasured), cmp.Compare(r.Hash, old.Hash)) > 0 {
			found[k] = r
		}
	}
	return found
}
