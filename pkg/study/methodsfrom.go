package study

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/record"
)

// resume takes over the runs of the earlier comparison, and, unless it measures them again, the costs of its methods.
func (c *comparison) resume() error {
	switch {
	case c.From == nil:
		return nil
	case !c.From.IsMethods():
		return fmt.Errorf("%s is no comparison: give a record of tightrope compare", c.From.Name)
	case len(c.Radii) > 0 || slices.ContainsFunc(c.From.Methods, func(t record.Trained) bool { return t.At != nil }):
		return errors.New("a comparison at several radii cannot be continued: compare all runs again")
	}
	if err := json.Unmarshal(c.From.Recipe, &c.task); err != nil {
		return fmt.Errorf("recipe of %s: %w", c.From.Name, err)
	}
	c.hash, c.rows = c.From.Dataset.Hash, slices.Clone(c.From.Methods)
	for _, row := range c.rows {
		if !c.Cost {
			c.costs[firstMember(row.Method)] = row.Second
		}
	}
	return nil
}

// append adds the row of a run, which may not be there already.
func (c *comparison) append(row record.Trained) error {
	same := func(t record.Trained) bool { return t.Method == row.Method && t.Seed == row.Seed }
	if slices.ContainsFunc(c.rows, same) {
		return fmt.Errorf("%s with seed %d is compared already: leave out this run", row.Method, row.Seed)
	}
	c.rows = append(c.rows, row)
	return nil
}

// renewCosts gives the runs of the earlier comparison the costs that were measured now.
func (c *comparison) renewCosts() {
	for i := range c.rows {
		if s, ok := c.costs[firstMember(c.rows[i].Method)]; ok {
			c.rows[i].Second = s
		}
	}
}

// cascadeSuffix follows the name of a method and precedes the number of members.
const cascadeSuffix = ", cascade of "

// firstMember is the method of a cascade's members, of which one is timed.
func firstMember(method string) string {
	name, _, _ := strings.Cut(method, cascadeSuffix)
	return name
}
