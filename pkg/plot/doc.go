// Package plot draws every figure of the project with gonum/plot, from result records and from numbers: the same
// functions are used by the notebooks, the command line and figures/. style.go has the common style; every other file
// has one figure.
package plot
