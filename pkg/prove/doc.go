// Package prove decides VNN-LIB properties of networks and finds proofs, which package property checks.
//
// It first tries to falsify a property, by projected gradient descent on its rows from many starting points. It then
// tries to prove what remains by branch and bound. For few inputs, it splits the box of inputs: [network.go] and
// [zonotope.go] bound the network by affine forms, and the property's rows are then bounded once more by a backward
// pass. For many inputs, it splits the phases of neurons (package bab). Along the way, the optima of the relaxations
// are tried as counterexamples.
//
// Nothing here needs to be trusted: for the answer "sat", package property has replayed the point; for "unsat", it has
// confirmed the proof.
package prove
