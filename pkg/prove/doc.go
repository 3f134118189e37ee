// Package prove decides VNN-LIB properties of networks and finds their proofs, which package property checks.
//
// A property is falsified first: many starts, corners and projected gradient descent on its rows. What is left is
// proved by branch and bound, either over the box of inputs (few inputs: [network.go] and [zonotope.go] bound the
// network by affine forms, of which the objective's rows are bounded once more backwards) or over the phases of
// neurons (many inputs: package bab). In between, the optima of relaxations are tried as counterexamples.
//
// Nothing here is trusted: an answer "sat" is a point that package property replayed, "unsat" a proof that it
// confirmed.
package prove
