// Package cert is the trust base: certificates of robustness and falsification, and their checker.
//
// [Check] confirms that a certificate proves its verdict about a network, in real arithmetic on the weights of its
// file. It computes in float64 and accounts for every rounding error, on a path of its own: a [Network] is plain arrays
// made from a [model.Model], without graphs or backends. The mathematics is weak duality: a row of coefficients is
// carried back from the margin to the input ([Region.Margin], [Prover.Lower]), and at each relu any multiplier may take
// the place of the coefficient at a known cost; at a smooth activation, a line that is proved to enclose it. So the
// multipliers and trees of a certificate can make a bound loose, never false.
//
// The provers (package bab, the linear programs, the compiled bounds) use the same functions to find proofs, but
// nothing that they say counts before Check confirms it. docs/verification.md states the theorem, what it assumes, and
// what must be right for it.
//
// Two kinds of files need not be right. choices*.go choose slopes of lines and steps of duals, of which any is sound.
// What provers need and Check does not is in files named provers_*.go, without which the checker compiles.
package cert
