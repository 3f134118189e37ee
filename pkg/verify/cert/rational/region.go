package rational

import (
	"math/big"
	"slices"

	"tightrope/pkg/ball"
)

// box holds an interval for each of some values.
type box struct{ lower, upper vector }

// region is B.
type region struct {
	norm ball.Norm
	eps  *big.Rat
	x    vector
	hull box // the smallest box around B
}

// newRegion is a valid ball around x.
func newRegion(b ball.Ball, x vector) region {
	r := region{norm: b.Norm, eps: rats([]float64{b.Eps})[0], x: x}
	radii, cut := rats(b.Radii), vector(nil)
	if b.Box != nil {
		cut = rats([]float64{b.Box.Lower, b.Box.Upper})
	}
	for i, v := range x {
		radius := r.eps
		if len(radii) > 0 {
			radius = mul(r.eps, radii[i])
		}
		l, u := sub(v, radius), add(v, radius)
		if cut != nil {
			l, u = larger(l, cut[0]), smaller(u, cut[1])
		}
		r.hull.lower, r.hull.upper = append(r.hull.lower, l), append(r.hull.upper, u)
	}
	return r
}

// contains reports whether a point lies in B.
func (r *region) contains(point vector) bool {
	size, squares := new(big.Rat), new(big.Rat)
	for i, p := range point {
		if p.Cmp(r.hull.lower[i]) < 0 || p.Cmp(r.hull.upper[i]) > 0 {
			return false
		}
		d := sub(p, r.x[i])
		size.Add(size, new(big.Rat).Abs(d))
		squares.Add(squares, mul(d, d))
	}
	return r.norm == ball.Linf || r.norm == ball.L1 && size.Cmp(r.eps) <= 0 ||
		r.norm == ball.L2 && squares.Cmp(mul(r.eps, r.eps)) <= 0
}

// slope is how steep a row is along an input, > 0, and how far that input may go where the row falls.
type slope struct{ v, room *big.Rat }

// minimum is a lower bound of a row over B.
func (r *region) minimum(row vector) *big.Rat {
	value := new(big.Rat)
	var slopes []slope
	for i, v := range row {
		if v == nil || v.Sign() == 0 {
			continue
		}
		room := sub(r.hull.upper[i], r.x[i])
		if v.Sign() > 0 {
			room = sub(r.x[i], r.hull.lower[i])
		}
		value.Add(value, mul(v, r.x[i]))
		slopes = append(slopes, slope{new(big.Rat).Abs(v), room})
	}
	switch r.norm {
	case ball.L1:
		return value.Sub(value, r.fallL1(slopes))
	case ball.L2:
		return value.Sub(value, r.fallL2(slopes))
	}
	return value.Sub(value, fallLinf(slopes))
}

// fallLinf goes as far as there is room.
func fallLinf(slopes []slope) *big.Rat {
	fall := new(big.Rat)
	for _, s := range slopes {
		fall.Add(fall, mul(s.v, s.room))
	}
	return fall
}

// fallL1 spends eps where the row is steepest.
func (r *region) fallL1(slopes []slope) *big.Rat {
	slices.SortFunc(slopes, func(a, b slope) int { return b.v.Cmp(a.v) })
	fall, left := new(big.Rat), r.eps
	for _, s := range slopes {
		step := smaller(s.room, left)
		fall.Add(fall, mul(s.v, step))
		left = sub(left, step)
	}
	return fall
}

// fallL2 finds the s of the best Lagrangian, where |min(s v, room)| = eps: inputs are held at the ends of their rooms
// until no more are.
func (r *region) fallL2(slopes []slope) *big.Rat {
	for held, s := 0, zero; ; {
		now, left, rest := 0, mul(r.eps, r.eps), new(big.Rat)
		for _, e := range slopes {
			if mul(s, e.v).Cmp(e.room) >= 0 {
				now++
				left.Sub(left, mul(e.room, e.room))
			} else {
				rest.Add(rest, mul(e.v, e.v))
			}
		}
		switch {
		case now == len(slopes):
			return fallLinf(slopes)
		case s.Sign() > 0 && (now <= held || left.Sign() <= 0):
			return r.lagrangian(slopes, s)
		}
		held, s = now, root(quo(left, rest))
	}
}

// lagrangian is the largest sum(v t) + (eps^2 - sum(t^2)) / (2s) for 0 <= t <= room, at least the fall for every s > 0.
func (r *region) lagrangian(slopes []slope, s *big.Rat) *big.Rat {
	fall, left := new(big.Rat), mul(r.eps, r.eps)
	for _, e := range slopes {
		t := smaller(mul(s, e.v), e.room)
		fall.Add(fall, mul(e.v, t))
		left.Sub(left, mul(t, t))
	}
	return fall.Add(fall, quo(left, add(s, s)))
}
