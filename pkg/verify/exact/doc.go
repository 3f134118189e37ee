// Package exact computes the ground truth of verification with HiGHS: the triangle linear program (the optimal
// layer-wise relaxation, Salman et al. 2019), the same with every neuron's bounds tightened by linear programs
// (LP-all), and the exact minimum by a mixed-integer program (Tjeng et al. 2019).
//
// It works in float64 on the operations of a [cert.Network]: affine maps, relus and sums in a directed graph, so dense,
// convolutional and residual networks alike. Bounds l <= z <= u of every relu's input come from the caller (Fast-Lin,
// CROWN, intervals, or the best of several); every result holds for all points of the Ball as long as these bounds do.
//
// What is proved and what depends on the solver: the Safe value of a linear program is computed here from the solver's
// multipliers by weak duality, with the rounding errors of that sum subtracted, and holds for any multipliers. A
// mixed-integer program's dual bound is not proved: it relies on the solver.
package exact
