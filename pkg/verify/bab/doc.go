// Package bab decides margins completely, by branch and bound on the phases of unstable units: bounds of a node by
// alpha-CROWN with multipliers for the fixed phases (beta-CROWN, Wang et al. 2021), units to split by what the split
// gains (after BaBSR, Bunel et al. 2020, and filtered smart branching, De Palma et al. 2021), counter-examples from the
// optimal inputs of the relaxations.
//
// The bounds of the units decide how large trees of margins get. If small ones do not suffice, each unit of each layer
// is bounded by a tree of its own, in stages, and units that become stable are removed from the search.
//
// It works on a condensed network ([cert.Condensed]): only unstable units, in plain Go with float32 vectors, because a
// node of a network with 100 unstable units and 784 inputs costs 10 microseconds that way, less than one call of a
// compiled graph. A leaf counts only after package cert has proved it in float64 with outward rounding; the result is a
// tree that [cert.Check] accepts.
package bab
