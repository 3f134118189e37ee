// Package highs solves linear and mixed-integer linear programs with HiGHS (https://highs.dev), through the C API of
// its shared library and without cgo.
//
// The library comes with `make setup` (pip package highsbox, in the project's .venv). Load says where it is looked for
// and how to install it.
//
// A Problem is passed in one call; a Solver then solves it, again and again if wished: after SetCost alone the simplex
// method restarts from its last basis, which makes a row of programs with one feasible set (one per neuron) cheap.
//
// A Solver belongs to one goroutine at a time; different Solvers may run at the same time. Every Solver holds memory
// outside Go's heap until Close.
package highs
