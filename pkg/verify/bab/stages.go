package bab

// efforts returns the efforts by which the bounds of units are tightened, one after another, if the trees of the
// margins do not end. A tree grows exponentially with the number of unstable units, so it is better to tighten bounds
// and to grow it again.
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

// manyUnits is the number of unstable units above which slopes alone seldom decide anything, and trees of margins
// hardly ever.
const manyUnits = 300

// firstNodes is the first limit of nodes for a margin's tree if there are so many unstable units. Trees of
// convolutional networks that finish at all mostly do so after about a hundred nodes, in a fraction of a second, while
// the first effort costs as much as thousands of nodes.
const firstNodes = 512

// leastBudget is the smallest budget of a tree.
const leastBudget = 32

// budget returns the number of nodes that the tree of each margin may have before the first of the remaining efforts, 0
// for no limit, and whether nothing comes after it. Whether trees or tighter bounds will decide is unknown, so trees
// get the fraction [budgetShare] of the effort's cost. A search is then never much slower than one that had known.
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

// budgetShare is the fraction of an effort's cost that is spent on trees of margins before it.
const budgetShare = 0.5

// price estimates the cost of an effort in nodes of a margin's tree. The effort's trees have two sides for each unit
// after the first relus, and more steps at the root.
func (s *Search) price(e effort) float64 {
	units := 0
	for _, b := range s.problem.blocks[min(1, len(s.problem.blocks)):] {
		units += b[1] - b[0]
	}
	root := float64(e.steps+1) / float64(s.options.Steps+1)
	return 2 * float64(units) * (float64(e.nodes-1) + root)
}
