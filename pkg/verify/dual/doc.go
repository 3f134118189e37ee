// Package dual bounds margins by the Lagrangian dual of the layers' equalities (Dvijotham et al. 2018): each unit's
// input z = W a + b gets a multiplier nu, the network falls apart into units and inputs, each is minimised by itself in
// closed form, and what comes out is a lower bound of the margin whatever the multipliers are. The best multipliers
// give the optimum of the linear program of triangles on the same bounds l, u; so this is a way to it without a solver,
// and in l_2 balls, which make no linear program, too.
//
// The multipliers climb by a primal-dual method whose step sizes are known to converge (see climber). Every bound that
// leaves this package is one of [cert.Prover], in float64 with outward rounding, and the multipliers are its
// certificate.
package dual
