// Package cert is the trusted base: certificates of robustness and falsification, and their checker.
//
// [Check] confirms that a certificate proves its verdict about a network, in real arithmetic on the weights of its
// file. It computes in float64 and accounts for every rounding error, in code of its own: a [Network] consists of plain
// arrays made from a [model.Model], without graphs or backends. The mathematics is weak duality: a row of coefficients
// is carried back from the margin to the input ([Region.Margin], [Prover.Lower]), and at each relu the coefficient may
// be replaced by any multiplier at a known cost; at a smooth activation, by a line that is proved to bound it.
// Therefore the multipliers and trees of a certificate can make a bound loose, never false.
//
// The provers (package bab, the linear programs, the compiled bounds) use the same functions to find proofs, but none
// of their results counts before Check confirms it. docs/verification.md states the theorem, its assumptions, and the
// code that must be right for it.
//
// Two kinds of files need not be right. The files choices*.go choose slopes of lines and steps of duals, and any choice
// is sound. The files provers_*.go contain code that provers need and Check does not; the checker compiles without
// them.
package cert
