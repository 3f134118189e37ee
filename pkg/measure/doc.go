// Package measure counts the errors of data sets, as the paper's tables show them: standard, attacked and certified
// error, and the certified error over the radius. It works in the precision of the network, mostly float32, on whole
// batches; rounding errors are not accounted for. For proofs, see package verify.
package measure
