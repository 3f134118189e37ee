// Package vnnlib reads properties of networks in VNN-LIB 1.0, the format of the verification competition (VNN-COMP),
// and reads and writes counterexamples in the competition's form.
//
// A file describes the counterexamples. It declares the inputs X_0, X_1, ... and outputs Y_0, Y_1, ... of a network,
// and asserts comparisons of them, joined by "and" and "or". A network has the property if no input meets all
// assertions ("unsat"). This package distributes the assertions into a list of cases ([Property]): each is a box of
// inputs and rows of linear inequalities in the outputs, and a counterexample meets all of them together. All sets are
// closed.
//
// X_i and Y_i count the values of the network's input and output tensors in row-major order.
package vnnlib
