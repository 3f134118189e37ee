// Package plot draws every figure of the project with gonum/plot, from result
// records and from numbers: the same function feeds the notebooks, the command
// line and figures/. style.go is the house style; each other file holds one figure.
package plot
