package cert

import (
	"fmt"
	"slices"

	"tightrope/pkg/model"
)

// validate checks everything that needs no arithmetic, so that a certificate of the wrong form costs neither time nor
// memory.
func (c *Certificate) validate(n *Network, limits Limits) error {
	switch {
	case c.Schema < 1 || c.Schema > Schema:
		return fmt.Errorf("schema %d, this program reads 1 to %d: use a newer version of tightrope", c.Schema, Schema)
	case c.HashVersion < 0 || c.HashVersion > model.HashVersion:
		return fmt.Errorf("its network's hash has version %d, this program computes 1 to %d: use a newer version of "+
			"tightrope", c.HashVersion, model.HashVersion)
	case c.Network != n.Hash:
		return fmt.Errorf("it is for the network with hash %.12q, this one has %.12q: give the right network",
			c.Network, n.Hash)
	case n.Classes() < 2:
		return Refused("the network has one output, and so no classes")
	case c.Label < 0 || c.Label >= n.Classes():
		return fmt.Errorf("label %d: the network has classes 0 to %d", c.Label, n.Classes()-1)
	case len(c.Input) != n.Inputs():
		return Refused("an input of %d values for a network of %d inputs", len(c.Input), n.Inputs())
	}
	switch c.Verdict {
	case Certified:
		return c.validateProof(n, limits)
	case Falsified:
		return c.validatePoint(n)
	}
	return fmt.Errorf("verdict %.20q: certificates know %q and %q", c.Verdict, Certified, Falsified)
}

// validatePoint checks the form of a falsified image.
func (c *Certificate) validatePoint(n *Network) error {
	switch {
	case len(c.Rules)+len(c.Units)+len(c.Tighter)+len(c.Margins) > 0:
		return Refused("it holds both a point and the proof of a margin")
	case len(c.Point) != n.Inputs():
		return Refused("a point of %d values for a network of %d inputs", len(c.Point), n.Inputs())
	case c.Class < 0 || c.Class >= n.Classes() || c.Class == c.Label:
		return Refused("class %d is the label or does not exist", c.Class)
	}
	return nil
}

// validateProof checks the form of a proof.
func (c *Certificate) validateProof(n *Network, limits Limits) error {
	if len(c.Point) > 0 {
		return Refused("it holds both a point and the proof of a margin")
	}
	if err := c.validateRules(); err != nil {
		return err
	}
	if err := c.validateClasses(n.Classes()); err != nil {
		return err
	}
	if err := c.validateUnits(n.Units()); err != nil {
		return err
	}
	if err := c.validateSplits(); err != nil {
		return err
	}
	return c.validateTrees(limits)
}

// validateRules refuses rules that do not exist or are repeated.
func (c *Certificate) validateRules() error {
	for i, r := range c.Rules {
		if !r.known() || slices.Contains(c.Rules[:i], r) {
			return Refused("rule %v of the bounds is unknown or repeated", r)
		}
	}
	for _, m := range c.Margins {
		if !m.Rule.known() {
			return Refused("class %d: the rule %v is unknown", m.Class, m.Rule)
		}
	}
	return nil
}

// validateClasses checks that every class but the label has one proof.
func (c *Certificate) validateClasses(classes int) error {
	seen := make([]bool, classes)
	seen[c.Label] = true
	for _, m := range c.Margins {
		if m.Class < 0 || m.Class >= classes || seen[m.Class] {
			return Refused("class %d is the label, is proved twice or does not exist", m.Class)
		}
		seen[m.Class] = true
	}
	for class, ok := range seen {
		if !ok {
			return Refused("class %d has no proof", class)
		}
	}
	return nil
}

// validateUnits checks that the units exist, are listed once, and that each bound of a unit is proved once.
func (c *Certificate) validateUnits(units []int) error {
	listed := map[Unit]bool{}
	for _, u := range c.Units {
		if !u.in(units) || listed[u] {
			return Refused("unit %d of relu %d does not exist or is listed twice", u.Unit, u.Relu)
		}
		listed[u] = true
	}
	type side struct {
		Unit
		upper bool
	}
	proved := map[side]bool{}
	for _, p := range c.Tighter {
		s := side{p.Unit, p.Upper}
		if !p.Unit.in(units) || proved[s] {
			return Refused("a bound of unit %d of relu %d is proved twice, or there is no such unit",
				p.Unit.Unit, p.Unit.Relu)
		}
		proved[s] = true
		if len(p.Multipliers) > len(c.Units) {
			return Refused("%d multipliers for %d units", len(p.Multipliers), len(c.Units))
		}
	}
	return nil
}

// in reports whether relus of these numbers of units have the unit.
func (u Unit) in(units []int) bool {
	return u.Relu >= 0 && u.Relu < len(units) && u.Unit >= 0 && u.Unit < units[u.Relu]
}

// validateTrees checks the sizes of trees; whether a tree is whole shows when it is walked.
func (c *Certificate) validateTrees(limits Limits) error {
	nodes := 0
	for _, p := range c.Tighter {
		if t := p.Tree; t != nil {
			nodes += len(t.Splits)
			if len(p.Multipliers) > 0 || !t.even(len(c.Units)) || !t.inOrder(len(c.Units)) {
				return Refused("a bound of unit %d of relu %d: a tree of %d nodes with %d multipliers for %d units",
					p.Unit.Unit, p.Unit.Relu, len(t.Splits), len(t.Multipliers), len(c.Units))
			}
		}
	}
	for _, m := range c.Margins {
		if t := m.Tree; t != nil {
			nodes += len(t.Splits)
			if !t.whole(len(c.Units)) || !t.inOrder(len(c.Units)) {
				return Refused("class %d: a tree of %d nodes with %d multipliers for %d units",
					m.Class, len(t.Splits), len(t.Multipliers), len(c.Units))
			}
		}
	}
	if nodes > limits.Nodes {
		return Refused("its trees have more than %d nodes", limits.Nodes)
	}
	return nil
}

// even reports whether all leaves have the same number of multipliers, one for each unit at most.
func (t *Tree) even(units int) bool {
	leaves := t.Leaves()
	return leaves > 0 && len(t.Multipliers)%leaves == 0 && len(t.Multipliers)/leaves <= units
}

// whole reports whether a tree without a list of its own has multipliers of all units, or of none.
func (t *Tree) whole(units int) bool {
	return len(t.Of)+len(t.Multipliers) == 0 || len(t.Of) > 0 || len(t.Multipliers) == t.Leaves()*units
}

// inOrder reports whether the multipliers are of different units that there are.
func (t *Tree) inOrder(units int) bool {
	for i, j := range t.Of {
		if j < 0 || j >= units || i > 0 && j <= t.Of[i-1] {
			return false
		}
	}
	return len(t.Of) == 0 || len(t.Multipliers) == t.Leaves()*len(t.Of)
}

// splitAt is the version from which trees may split at other places than 0.
const splitAt = 3

// validateSplits checks the places at which trees split units.
func (c *Certificate) validateSplits() error {
	for _, t := range c.trees() {
		switch {
		case len(t.At) == 0:
		case c.Schema < splitAt:
			return Refused("a tree splits at places of its own, which needs schema %d", splitAt)
		case len(t.At) != len(t.Splits)/2:
			return Refused("a tree of %d nodes splits at %d places", len(t.Splits), len(t.At))
		case !allAllowed(t.At):
			return Refused("a tree splits at a place that is no number of at most %g", largest)
		}
	}
	return nil
}

// trees are those of all proofs.
func (c *Certificate) trees() (all []*Tree) {
	for i := range c.Tighter {
		if t := c.Tighter[i].Tree; t != nil {
			all = append(all, t)
		}
	}
	for i := range c.Margins {
		if t := c.Margins[i].Tree; t != nil {
			all = append(all, t)
		}
	}
	return all
}
