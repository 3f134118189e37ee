package exact

// Relaxed is an unstable unit at the optimum of a linear program.
type Relaxed struct {
	Layer, Unit  int
	Lower, Upper float64 // of its input, as the program has them
	Z, A         float64 // its input and output there; the triangle allows A above max(Z, 0)
}

// relaxed reads the unstable units' values.
func (p *program) relaxed(columns []float64) (units []Relaxed) {
	for _, u := range p.units {
		if u.a >= 0 {
			units = append(units, Relaxed{u.layer, u.index, u.scale * p.problem.ColLower[u.z],
				u.scale * p.problem.ColUpper[u.z], u.scale * columns[u.z], u.scale * columns[u.a]})
		}
	}
	return units
}
