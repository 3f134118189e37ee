package bab

// efforts are what the bounds of units are tightened by, one after the other, where trees of the margins do not end: a
// tree grows exponentially with the units that its bounds leave unstable, so it is better grown again on tighter ones.
func (s *Search) efforts() []effort {
	t := s.options.Tighten
	if t < 0 {
		return nil
	}
	all := []effort{{t, 1}, {4 * t, 30}, {4 * t, 120}, {4 * t, 500}, {4 * t, 2000}}
	if s.problem.units > manyUnits {
		return all[1:]
	}
	return all
}

// manyUnits is from how many unstable units on slopes alone seldom decide anything, and trees of margins hardly ever.
const manyUnits = 300

// firstNodes is how many nodes a tree of a margin grows first where so many units are unstable: those of convolutional
// networks that end at all mostly end after about a hundred, in a fraction of a second, and the first effort costs
// thousands.
const firstNodes = 512

// leastBudget is the least budget of a tree.
const leastBudget = 32

// budget is how many nodes the tree of each margin may grow before the first of the efforts left, and whether nothing
// comes after that; 0: no limit. Nobody knows which of the two will decide, so a tree gets [budgetShare] of what the
// effort costs: a search is never much slower than one that knew.
func (s *Search) budget(left []effort) (nodes int, last bool) {
	most := s.options.Nodes
	switch {
	case len(left) == 0:
		return most, true
	case s.stage == 0 && s.problem.units > manyUnits:
		nodes = firstNodes
	default:
		nodes = max(leastBudget, int(budgetShare*s.price(left[0])))
	}
	if most > 0 && nodes >= most {
		return most, true
	}
	return nodes, false
}

// budgetShare is the fraction of an effort's price that is spent on trees of margins before it.
const budgetShare = 0.5

// price is about how many nodes of a margin's tree cost as much as an effort: its trees have two sides for each unit
// behind the first relus, and a root of more steps.
func (s *Search) price(e effort) float64 {
	units := 0
	for _, b := range s.problem.blocks[min(1, len(s.problem.blocks)):] {
		units += b[1] - b[0]
	}
	root := float64(e.steps+1) / float64(s.options.Steps+1)
	return 2 * float64(units) * (float64(e.nodes-1) + root)
}
