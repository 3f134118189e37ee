// Package prove decides VNN-LIB properties of networks and finds their proofs, which package property checks.
//
// It first tries to falsify a property, from many starts and corners and by projected gradient descent on its rows.
// What remains is proved by branch and bound, either over the box of inputs (few inputs: [network.go] and [zonotope.go]
// bound the network by affine forms, of which the objective's rows are bounded once more backwards) or over the phases
// of neurons (many inputs: package bab). In between, the optima of relaxations are tried as counterexamples.
//
// Nothing here is trusted: for an answer "sat", package property replayed the point; for "unsat", it confirmed the
// proof.
package prove
