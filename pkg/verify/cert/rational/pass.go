package rational

import (
	"math/big"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// multiplier chooses nu over a unit's z for h over its output.
type multiplier func(u unit, h *big.Rat) *big.Rat

// rule is a rule's choice on the present bounds, or on those of a guide.
func (k *checker) rule(r cert.Rule) multiplier {
	require(r == cert.FastLin || r == cert.CROWN || r == cert.Interval, "%v is not a rule", r)
	return func(x unit, h *big.Rat) *big.Rat {
		b := k.z[x.op]
		if k.guide != nil {
			b = k.guide[x.op]
		}
		l, u := b.lower[x.at], b.upper[x.at]
		switch {
		case r == cert.Interval || u.Sign() <= 0:
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
	return func(u unit, h *big.Rat) *big.Rat {
		if j, ok := k.slot[u]; ok && j >= 0 && j < len(nus) {
			return nus[j]
		}
		return crown(u, h)
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
		for j, h := range rows[i] {
			if o.relu && i < at {
				h = k.relax(unit{i, j}, h, value, nu)
			}
			if h == nil || h.Sign() == 0 {
				continue
			}
			value.Add(value, mul(h, o.bias[j]))
			for _, t := range o.rows[j] {
				rows[t.op].add(t.at, mul(h, t.w))
			}
			k.spend(len(o.rows[j]))
		}
	}
	k.spend(len(rows[0]))
	return value.Add(value, k.region.minimum(rows[0]))
}

// relax exchanges h over relu(z) for nu over z, and adds the smallest h relu(z) - nu z to the value.
func (k *checker) relax(x unit, h, value *big.Rat, choose multiplier) *big.Rat {
	if h == nil {
		h = zero
	}
	nu, l, u := choose(x, h), k.z[x.op].lower[x.at], k.z[x.op].upper[x.at]
	least := smaller(sub(mul(h, larger(l, zero)), mul(nu, l)), sub(mul(h, larger(u, zero)), mul(nu, u)))
	if l.Sign() < 0 && u.Sign() > 0 {
		least = smaller(least, zero)
	}
	value.Add(value, least)
	return nu
}

// spend counts multiply-adds.
func (k *checker) spend(terms int) {
	k.work += terms
	limit("multiply-adds", float64(k.work), MaxWork)
	if err := k.Err(); err != nil {
		panic(failure{err})
	}
}

// intervals carries the hull forward to the output; it sets the bounds of every z, those of relus tightened by the
// rules.
func (k *checker) intervals(rules []cert.Rule) box {
	linear := []bool{true}
	k.z = []box{k.region.hull}
	for i := 1; i < len(k.ops); i++ {
		o := &k.ops[i]
		k.z = append(k.z, k.interval(o))
		lin := !slices.ContainsFunc(o.inputs, func(from int) bool { return !linear[from] })
		for j := 0; j < o.size && lin && k.region.norm != ball.Linf; j++ {
			k.tighten(unit{i, j}, k.rule(cert.Interval), 1, -1)
		}
		if linear = append(linear, lin && !o.relu); !o.relu {
			continue
		}
		k.relus = append(k.relus, i)
		for _, r := range rules {
			for j, nu := 0, k.rule(r); j < o.size; j++ {
				if k.z[i].open(j) {
					k.tighten(unit{i, j}, nu, 1, -1)
				}
			}
		}
	}
	return k.z[len(k.z)-1]
}

// interval is what an op's z lies in.
func (k *checker) interval(o *op) (b box) {
	for j, row := range o.rows {
		l, u := new(big.Rat).Set(o.bias[j]), new(big.Rat).Set(o.bias[j])
		for _, t := range row {
			least, most := k.z[t.op].lower[t.at], k.z[t.op].upper[t.at]
			if k.ops[t.op].relu {
				least, most = larger(least, zero), larger(most, zero)
			}
			if t.w.Sign() < 0 {
				least, most = most, least
			}
			l.Add(l, mul(t.w, least))
			u.Add(u, mul(t.w, most))
		}
		b.lower, b.upper = append(b.lower, l), append(b.upper, u)
		k.spend(len(row))
	}
	return b
}

// tighten replaces bounds of z by those of backward passes, where tighter: the lower one for sign 1, the upper one for
// -1.
func (k *checker) tighten(x unit, nu multiplier, signs ...int64) {
	for _, sign := range signs {
		row, b := make(vector, k.ops[x.op].size), k.z[x.op]
		row[x.at] = big.NewRat(sign, 1)
		if v := k.minimum(x.op, row, nu); sign > 0 {
			b.lower[x.at] = larger(b.lower[x.at], v)
		} else {
			b.upper[x.at] = smaller(b.upper[x.at], v.Neg(v))
		}
	}
}

// open reports whether a unit may have both phases, or nearly so.
func (b box) open(j int) bool {
	l, u := b.lower[j], b.upper[j]
	nearly := mul(sub(u, l), big.NewRat(1, 1<<30))
	return l.Cmp(nearly) <= 0 && add(u, nearly).Sign() >= 0
}
