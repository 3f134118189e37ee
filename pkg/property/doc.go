// Package property states the question whether a network can meet a VNN-LIB property, defines proofs of the answer, and
// checks them.
//
// A [Problem] is a network read from ONNX and a property read from VNN-LIB: cases, each of which is a box of inputs and
// rows of linear inequalities A y <= b in the network's outputs y. An input that meets a case is a counterexample
// ("sat"). If there is none, the property holds ("unsat").
//
// A [Proof] of "unsat" refutes every case on every part of its box. On a part, a case is refuted by multipliers lambda
// >= 0 whose sum is 1: if lambda . (A y - b) > 0 for all inputs of the part, no input meets all rows. Package cert
// computes this bound in float64 and accounts for every rounding error. A proof of "sat" is the input itself.
//
// [Check] is part of the trusted base: it recomputes everything from the two files and the proof. Package prove finds
// proofs.
package property
