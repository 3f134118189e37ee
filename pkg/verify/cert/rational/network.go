package rational

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/verify/cert"
)

// neuron is z = bias + sum of w a over earlier neurons, where a is max(z, 0) for units of relus, else z.
type neuron struct {
	bias       *big.Rat
	from       []int
	w          []*big.Rat
	layer      int         // the layer's first neuron
	relu, bent bool        // it is a unit of a relu; it depends on some
	listed     int         // place in lists of multipliers, from 1; 0: not listed, -1: listed, but its phase is known
	low        [2]*big.Rat // lower bounds of z and of -z, which are l and -u
}

// read lists the neurons of a network: its inputs, and those of each layer, which sum windows of images [channels,
// height, width], one pixel where they are flat, by weights [channels out, channels in, window]; margins are last.
func (k *checker) read(m *model.Model, label int) {
	k.spend(32 * model.Size(m.Input))
	k.neurons = make([]neuron, model.Size(m.Input))
	first, last := []int{0}, 0 // neurons of the input and of each layer
	for _, l := range m.Layers {
		s, in := l.Spec, slices.Concat(m.ShapeOf(l.Inputs[0]), []int{1, 1})
		kernel, stride := slices.Concat(s.Kernel, []int{1, 1}), slices.Concat(s.Stride, []int{1, 1})
		padding, area := slices.Concat(s.Padding, []int{0, 0}), kernel[0]*kernel[1]
		own, window := 1, area // a channel sees only itself
		if s.Type == "dense" || s.Type == "conv" {
			own, window = 0, area*in[0]
		}
		rows, columns := (in[1]+2*padding[0]-kernel[0])/stride[0]+1, (in[2]+2*padding[1]-kernel[1])/stride[1]+1
		if last = len(k.neurons); s.Type == "relu" {
			k.relus[len(k.relus)] = last
		}
		for at := range model.Size(l.Out) {
			channel, top, left := at/columns/rows, at/columns%rows*stride[0]-padding[0], at%columns*stride[1]-padding[1]
			k.spend(32 * window * len(l.Inputs))
			bias, w := coefficients(m, l, channel, window)
			n := neuron{bias: bias, layer: last, relu: s.Type == "relu"}
			for j, w := range w {
				c, y, x := own*channel+j/area, top+j/kernel[1]%kernel[0], left+j%kernel[1]
				if y >= 0 && y < in[1] && x >= 0 && x < in[2] && w.Sign() != 0 {
					for _, from := range l.Inputs {
						i := first[from+1] + (c*in[1]+y)*in[2] + x
						n.from, n.w = append(n.from, i), append(n.w, w)
						n.bent = n.bent || k.neurons[i].bent || k.neurons[i].relu
					}
				}
			}
			k.neurons = append(k.neurons, n)
		}
		first = append(first, last)
	}
	classes := len(k.neurons) - last
	require(label >= 0 && label < classes, "label %d of %d classes", label, classes)
	k.margins = make([][]*big.Rat, classes)
	for class := range classes {
		from := []int{last + label, last + class}
		k.neurons = append(k.neurons, neuron{bias: zero, from: from, w: signs, layer: last + classes, bent: true})
	}
}

// coefficients are a channel's bias and the weights of its window. Relu, flatten and add are means over one pixel.
func coefficients(m *model.Model, l model.Layer, channel, window int) (*big.Rat, []*big.Rat) {
	s, w, b := l.Spec, slices.Repeat([]float64{1 / float64(window)}, window), 0.0
	param := func(j, at int) float64 { return m.Value(l.Params[j].Data[at]) }
	switch s.Type {
	case "dense", "conv":
		for j := range w {
			w[j] = param(0, channel*window+j)
		}
		b = param(1, channel)
	case "normalize":
		w[0], b = 1/s.Std[channel], -s.Mean[channel]/s.Std[channel]
	case "batchnorm":
		mean, variance := []float64{0}, []float64{1} // where none are given
		copy(mean, s.Mean[min(channel, len(s.Mean)):])
		copy(variance, s.Variance[min(channel, len(s.Variance)):])
		w[0] = param(0, channel) / math.Sqrt(variance[0]+cmp.Or(s.Epsilon, model.DefaultEpsilon))
		b = param(1, channel) - float64(w[0]*mean[0]) // not fused on any processor
	case "avgpool", "relu", "flatten", "add":
	default:
		panic(fmt.Errorf("layers of type %q have no exact form: use the checker of package cert", s.Type))
	}
	return rat(b), rats(w...)
}

// around makes B a ball around x and bounds the inputs.
func (k *checker) around(x []float64, b ball.Ball) {
	k.x, k.norm, k.eps = rats(x...), b.Norm, rat(b.Eps)
	radii := slices.Concat(b.Radii, slices.Repeat([]float64{1}, len(x))) // 1 where none are given
	for i, v := range k.x {
		radius, low := mul(k.eps, rat(radii[i])), &k.neurons[i].low
		*low = [2]*big.Rat{sub(v, radius), sub(sub(zero, v), radius)}
		if b.Box != nil {
			*low = [2]*big.Rat{larger(low[0], rat(b.Box.Lower)), larger(low[1], rat(-b.Box.Upper))}
		}
	}
}

// forward bounds neuron after neuron.
func (k *checker) forward(rules []cert.Rule) {
	for i := len(k.x); i < len(k.neurons); i++ {
		n := &k.neurons[i]
		for side, sign := range signs {
			n.low[side] = mul(sign, n.bias)
			for j, from := range n.from {
				w, l, u := mul(sign, n.w[j]), k.neurons[from].low[0], sub(zero, k.neurons[from].low[1])
				if k.neurons[from].relu {
					l, u = larger(l, zero), larger(u, zero)
				}
				n.low[side] = add(n.low[side], smaller(mul(w, l), mul(w, u)))
			}
		}
		k.spend(1 + len(n.from) + len(rules))
		for j, r := range slices.Concat([]cert.Rule{cert.Interval}, rules) {
			if j == 0 && k.norm != ball.Linf && !n.bent || j > 0 && n.relu && n.open() {
				for side, low := range n.low {
					n.low[side] = larger(low, k.minimum(i, side, r, nil))
				}
			}
		}
	}
}

// open reports whether z may have both signs, or nearly so: a checker that rounds may think so.
func (n *neuron) open() bool {
	return larger(n.low[0], n.low[1]).Cmp(mul(add(n.low[0], n.low[1]), rat(-0x1p-30))) <= 0
}

// minimum is a lower bound of signs[side] z_last over B, by a backward pass: that is at least value + sum of row_i z_i,
// or of row_i a_i where relus are still to be relaxed, by multipliers that are listed or else a rule's.
func (k *checker) minimum(last, side int, r cert.Rule, nus []*big.Rat) *big.Rat {
	require(r == cert.FastLin || r == cert.CROWN || r == cert.Interval, "%v is not a rule", r)
	row, value := slices.Repeat([]*big.Rat{zero}, last+1), zero
	row[last] = signs[side]
	for i := last; i >= len(k.x); i-- {
		n, h := &k.neurons[i], row[i]
		if n.relu && i < k.neurons[last].layer {
			nu, l, u := zero, n.low[0], sub(zero, n.low[1])
			switch crown := r == cert.CROWN && h.Sign() >= 0; {
			case n.listed > 0 && n.listed <= len(nus):
				nu = nus[n.listed-1]
			case r == cert.Interval || u.Sign() <= 0 || crown && add(l, u).Sign() <= 0:
			case l.Sign() >= 0 || crown:
				nu = h
			default: // rounded to 256 bits, as any nu may be
				nu, _ = float(quo(mul(h, u), sub(u, l))).Rat(nil)
			}
			cost := func(t *big.Rat) *big.Rat { return sub(mul(h, larger(t, zero)), mul(nu, t)) }
			h, value = nu, add(value, smaller(cost(l), cost(larger(l, smaller(u, zero))), cost(u)))
		}
		if k.spend(1); h.Sign() != 0 {
			value = add(value, mul(h, n.bias))
			for j, from := range n.from {
				row[from] = add(row[from], mul(h, n.w[j]))
			}
			k.spend(len(n.from))
		}
	}
	return add(value, k.least(row[:len(k.x)]))
}

// power is |t|^p: inputs share that of eps. It is 0 for l_inf, where they do not share.
func (k *checker) power(t *big.Rat) *big.Rat {
	return map[ball.Norm]*big.Rat{ball.Linf: zero, ball.L1: larger(t, sub(zero, t)), ball.L2: mul(t, t)}[k.norm]
}

// least is the minimum over B of the sum of row_i x_i. Inputs leave x as far as there is room, cheapest first, until
// eps is spent: for l_1 the steepest. For l_2, those with room for s times their steepness, s^2 = left/rest, share what
// the others leave of it (Cauchy and Schwarz), by a root that is rounded up by less than 2^-199 of it.
func (k *checker) least(row []*big.Rat) *big.Rat {
	type way struct{ steep, room, price *big.Rat }
	value, left, rest := zero, k.power(k.eps), zero
	var ways []way
	for i, v := range row {
		side := max(0, -v.Sign())
		w := way{steep: mul(signs[side], v), room: sub(mul(signs[side], k.x[i]), k.neurons[i].low[side])}
		if value = add(value, mul(v, k.x[i])); w.steep.Sign()*w.room.Sign() > 0 {
			w.price = quo(k.power(w.room), mul(w.steep, w.room))
			ways, rest = append(ways, w), add(rest, mul(v, v))
		}
	}
	slices.SortFunc(ways, func(a, b way) int { return a.price.Cmp(b.price) })
	for _, w := range ways {
		if k.norm == ball.L2 && mul(k.power(w.room), rest).Cmp(mul(left, mul(w.steep, w.steep))) > 0 {
			continue // it stays in rest, as do all that follow
		}
		if k.norm == ball.L1 {
			w.room = smaller(w.room, left)
		}
		value = sub(value, mul(w.steep, w.room))
		left, rest = sub(left, k.power(w.room)), sub(rest, mul(w.steep, w.steep))
	}
	root, _ := new(big.Float).Sqrt(float(mul(left, rest))).Rat(nil)
	return sub(value, mul(root, add(signs[0], rat(0x1p-200))))
}

var zero, signs = new(big.Rat), rats(1, -1) // of the sides z and -z

// rats are float64 numbers as they are, which must be finite.
func rats(values ...float64) (out []*big.Rat) {
	for _, v := range values {
		out = append(out, new(big.Rat).SetFloat64(v))
		require(out[len(out)-1] != nil, "%v is not a finite number", v)
	}
	return out
}

func rat(v float64) *big.Rat         { return rats(v)[0] }
func float(q *big.Rat) *big.Float    { return new(big.Float).SetPrec(256).SetRat(q) }
func add(a, b *big.Rat) *big.Rat     { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat     { return new(big.Rat).Sub(a, b) }
func mul(a, b *big.Rat) *big.Rat     { return new(big.Rat).Mul(a, b) }
func quo(a, b *big.Rat) *big.Rat     { return new(big.Rat).Quo(a, b) }
func smaller(v ...*big.Rat) *big.Rat { return slices.MinFunc(v, (*big.Rat).Cmp) }
func larger(v ...*big.Rat) *big.Rat  { return slices.MaxFunc(v, (*big.Rat).Cmp) }
