// Package bab decides margins completely, by branch and bound on the phases of unstable units. It bounds nodes by
// alpha-CROWN with multipliers for the fixed phases (beta-CROWN, Wang et al. 2021), chooses units to split by the gain
// of the split (after BaBSR, Bunel et al. 2020, and filtered smart branching, De Palma et al. 2021), and takes
// counter-examples from the optimal inputs of the relaxations.
//
// The bounds of the units decide how large the trees of margins become. If small trees do not suffice, each unit of
// each layer is bounded by a tree of its own, in stages, and units that become stable are removed from the search.
//
// The search works on a condensed network ([cert.Condensed]), which has only unstable units, in plain Go with float32
// vectors. In this form a node of a network with 100 unstable units and 784 inputs takes 10 microseconds, less than one
// call of a compiled graph. A leaf counts only after package cert has proved it in float64 with outward rounding. The
// result is a tree that [cert.Check] accepts.
package bab
