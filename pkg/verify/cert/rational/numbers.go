package rational

import "math/big"

// vector holds numbers that nobody changes; nil stands for 0.
type vector []*big.Rat

var zero = new(big.Rat)

// rats are float64 numbers as they are, which must be finite.
func rats(values []float64) vector {
	out := make(vector, len(values))
	for i, v := range values {
		out[i] = new(big.Rat).SetFloat64(v)
		require(out[i] != nil, "%v is not a finite number", v)
	}
	return out
}

func (v vector) add(i int, x *big.Rat) {
	if v[i] != nil {
		x = add(v[i], x)
	}
	v[i] = x
}

func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
func quo(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(a, b) }

func smaller(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) <= 0 {
		return a
	}
	return b
}

func larger(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) >= 0 {
		return a
	}
	return b
}

// short is q to 256 bits, and root its square root.
func short(q *big.Rat) *big.Rat {
	r, _ := float(q).Rat(nil)
	return r
}

func root(q *big.Rat) *big.Rat {
	r, _ := new(big.Float).Sqrt(float(q)).Rat(nil)
	return r
}

func float(q *big.Rat) *big.Float { return new(big.Float).SetPrec(256).SetRat(q) }
