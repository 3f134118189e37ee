package rational

import (
	"math/big"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// multiplier chooses nu over a unit's input for h over its output.
type multiplier func(relu, unit int, h *big.Rat) *big.Rat

// rule is a rule's choice on the present bounds.
func (k *checker) rule(r cert.Rule) multiplier {
	require(r == cert.FastLin || r == cert.CROWN || r == cert.Interval, "%v is not a rule", r)
	return func(relu, unit int, h *big.Rat) *big.Rat {
		l, u := k.bounds[relu].lower[unit], k.bounds[relu].upper[unit]
		switch {
		case r == cert.Interval || h.Sign() == 0 || u.Sign() <= 0:
			return zero
		case l.Sign() >= 0:
			return h
		case r == cert.FastLin || h.Sign() < 0:
			return mul(h, short(quo(u, sub(u, l))))
		case add(l, u).Sign() > 0:
			return h
		}
		return zero
	}
}

// given takes nu from a list, by CROWN for units that it does not have.
func (k *checker) given(nus vector) multiplier {
	crown := k.rule(cert.CROWN)
	return func(relu, unit int, h *big.Rat) *big.Rat {
		if j, ok := k.slot[cert.Unit{Relu: relu, Unit: unit}]; ok && j < len(nus) {
			return nus[j]
		}
		return crown(relu, unit, h)
	}
}

// minimum is a lower bound over B of a row over an op's z, by a backward pass through all ops before it.
func (k *checker) minimum(at int, row vector, nu multiplier) *big.Rat {
	rows, value := make([]vector, at+1), new(big.Rat)
	for i := range rows {
		rows[i] = make(vector, k.ops[i].size)
	}
	rows[at] = row
	for i := at; i > 0; i-- {
		o := &k.ops[i]
		if o.relu >= 0 && i < at {
			rows[i] = k.relax(o.relu, rows[i], value, nu)
		}
		for j, h := range rows[i] {
			if h == nil {
				continue
			}
			value.Add(value, mul(h, o.bias[j]))
			for _, t := range o.rows[j] {
				rows[t.op].add(t.at, mul(h, t.w))
			}
			k.spend(len(o.rows[j]))
		}
	}
	return value.Add(value, k.region.minimum(rows[0]))
}

// relax takes a row over relu(z) to one over z, and adds to the value the smallest h relu(z) - nu z.
func (k *checker) relax(relu int, row vector, value *big.Rat, nu multiplier) vector {
	out := make(vector, len(row))
	for j, h := range row {
		if h == nil {
			h = zero
		}
		n, l, u := nu(relu, j, h), k.bounds[relu].lower[j], k.bounds[relu].upper[j]
		least := smaller(sub(mul(h, larger(l, zero)), mul(n, l)), sub(mul(h, larger(u, zero)), mul(n, u)))
		if l.Sign() < 0 && u.Sign() > 0 {
			least = smaller(least, zero)
		}
		if value.Add(value, least); n.Sign() != 0 {
			out[j] = n
		}
	}
	return out
}

// spend counts multiply-adds.
func (k *checker) spend(terms int) {
	k.work += terms
	limit("multiply-adds", float64(k.work), MaxWork)
	if err := k.Err(); err != nil {
		panic(failure{err})
	}
}

// intervals carries the hull forward to the output, and sets the bounds of every relu, tightened by the rules.
func (k *checker) intervals(rules []cert.Rule) box {
	at, linear := []box{k.region.hull}, []bool{true}
	for i := 1; i < len(k.ops); i++ {
		o := &k.ops[i]
		b, lin := o.interval(at), !slices.ContainsFunc(o.inputs, func(from int) bool { return !linear[from] })
		for j := 0; j < o.size && lin && k.region.norm != ball.Linf; j++ {
			k.tighten(b, i, j, k.rule(cert.Interval), 1, -1)
		}
		if o.relu >= 0 {
			for _, r := range rules {
				nu := k.rule(r)
				for j := range o.size {
					if b.unstable(j) {
						k.tighten(b, i, j, nu, 1, -1)
					}
				}
			}
			k.relus, k.bounds = append(k.relus, i), append(k.bounds, b)
			b, lin = b.relu(), false
		}
		at, linear = append(at, b), append(linear, lin)
	}
	return at[len(at)-1]
}

// interval is what an op's z lies in.
func (o *op) interval(at []box) box {
	b := box{make(vector, o.size), make(vector, o.size)}
	for j, row := range o.rows {
		l, u := new(big.Rat).Set(o.bias[j]), new(big.Rat).Set(o.bias[j])
		for _, t := range row {
			least, most := at[t.op].lower[t.at], at[t.op].upper[t.at]
			if t.w.Sign() < 0 {
				least, most = most, least
			}
			l.Add(l, mul(t.w, least))
			u.Add(u, mul(t.w, most))
		}
		b.lower[j], b.upper[j] = l, u
	}
	return b
}

// tighten replaces bounds of value j of an op's z by those of backward passes: the lower one for sign 1, the upper one for -1.
func (k *checker) tighten(b box, at, j int, nu multiplier, signs ...int64) {
	for _, sign := range signs {
		row := make(vector, k.ops[at].size)
		row[j] = big.NewRat(sign, 1)
		if v := k.minimum(at, row, nu); sign > 0 {
			b.lower[j] = larger(b.lower[j], v)
		} else {
			b.upper[j] = smaller(b.upper[j], v.Neg(v))
		}
	}
}

func (b box) unstable(j int) bool { return b.lower[j].Sign() < 0 && b.upper[j].Sign() > 0 }

func (b box) relu() (out box) {
	for j, l := range b.lower {
		out.lower, out.upper = append(out.lower, larger(l, zero)), append(out.upper, larger(b.upper[j], zero))
	}
	return out
}
