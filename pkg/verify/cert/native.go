package cert

import "math"

// Native is an operation that was rewritten into relus and a sum, and whose interval is tighter than the sum's: the
// larger of two values is b + relu(a - b), and LeakyRelu, Abs, Clip and HardSigmoid are sums of two relus of one value.
// Its intervals hold for the vertices themselves, whatever file they come from.
type Native struct {
	larger []int   // vertices a whose sum is a, and b last: the sum is max(a, b); nil: two relus
	of     int     // vertex x of the two
	parts  [2]line // the sum of outer * relu(inner x + shift) + offset
}

// line is outer * relu(inner x + shift) + offset for each unit.
type line struct{ outer, offset, inner, shift []float64 }

// native recognises what a sum is; nil: nothing.
func (p *Network) native(v *vertex) *Native {
	if v.kind != sumVertex || len(v.from) != 2 || v.from[0] == v.from[1] {
		return nil
	}
	for k, r := range v.from {
		if n := p.larger(v.from[1-k], r); n != nil {
			return n
		}
	}
	return p.twoRelus(v)
}

// larger recognises b + relu(a - b).
func (p *Network) larger(b, relu int) *Native {
	r := &p.vertices[relu]
	if !r.isRelu() {
		return nil
	}
	d := &p.vertices[r.from[0]]
	if d.kind != sumVertex {
		return nil
	}
	for k, f := range d.from {
		if p.opposite(f, b) || p.opposite(b, f) {
			n := &Native{}
			n.larger = append(append(append(n.larger, d.from[:k]...), d.from[k+1:]...), b)
			return n
		}
	}
	return nil
}

// opposite reports whether a vertex is exactly minus another.
func (p *Network) opposite(vertex, other int) bool {
	scale, shift, ok := p.unitwise(vertex)
	if !ok || p.vertices[vertex].from[0] != other {
		return false
	}
	for i, s := range scale {
		if s != -1 || shift[i] != 0 {
			return false
		}
	}
	return true
}

// unitwise reads an affine map of which every value depends on the input's value at its own place alone.
func (p *Network) unitwise(vertex int) (scale, shift []float64, ok bool) {
	v := &p.vertices[vertex]
	if v.kind != affineVertex || v.size != p.vertices[v.from[0]].size {
		return nil, nil, false
	}
	scale = make([]float64, v.size)
	for i := range scale {
		index, value := v.weight.row(i)
		for k, w := range value {
			j := k
			if index != nil {
				j = int(index[k])
			}
			if w != 0 && (j != i || scale[i] != 0) {
				return nil, nil, false
			}
			if w != 0 {
				scale[i] = w
			}
		}
	}
	return scale, v.bias, true
}

// twoRelus recognises the sum of two relus of one vertex.
func (p *Network) twoRelus(v *vertex) *Native {
	n := &Native{}
	var inner [2]int
	for k, f := range v.from {
		l := &n.parts[k]
		if l.outer, l.offset, _ = p.unitwise(f); l.outer != nil {
			f = p.vertices[f].from[0]
		}
		if !p.vertices[f].isRelu() {
			return nil
		}
		inner[k] = p.vertices[f].from[0]
	}
	for _, x := range append(p.below(inner[0]), inner[0]) {
		if p.inTermsOf(x, inner, n) {
			n.of = x
			return n
		}
	}
	return nil
}

// below is what a unitwise map reads.
func (p *Network) below(vertex int) []int {
	if _, _, ok := p.unitwise(vertex); ok {
		return []int{p.vertices[vertex].from[0]}
	}
	return nil
}

// inTermsOf reads what two relus read as maps of x.
func (p *Network) inTermsOf(x int, inner [2]int, n *Native) bool {
	for k, q := range inner {
		l := &n.parts[k]
		if l.inner, l.shift = nil, nil; q == x {
			continue
		}
		scale, shift, ok := p.unitwise(q)
		if !ok || p.vertices[q].from[0] != x {
			return false
		}
		l.inner, l.shift = scale, shift
	}
	return true
}

// Tighten intersects the intervals of a sum with those of the operation; of gives those of a vertex. All are rounded
// outwards.
func (n *Native) Tighten(lower, upper []float64, of func(vertex int) (lower, upper []float64)) {
	if n.larger == nil {
		l, u := of(n.of)
		for i := range lower {
			from, to := n.extremes(i, l[i], u[i])
			lower[i], upper[i] = max(lower[i], from), min(upper[i], to)
		}
		return
	}
	a, last := n.larger[:len(n.larger)-1], n.larger[len(n.larger)-1]
	l, u := of(last)
	for i := range lower {
		from, to := 0.0, 0.0
		for k, f := range a {
			low, high := of(f)
			if k == 0 {
				from, to = low[i], high[i]
			} else {
				from, to = down(from+low[i]), up(to+high[i])
			}
		}
		lower[i], upper[i] = max(lower[i], max(from, l[i])), min(upper[i], max(to, u[i]))
	}
}

// extremes bounds two relus of x in [l, u]: their sum is linear but where one of them bends, so that its extremes lie
// at l, at u and there.
func (n *Native) extremes(i int, l, u float64) (lower, upper float64) {
	lower, upper = math.Inf(1), math.Inf(-1)
	add := func(from, to float64) {
		if from, to = max(from, l), min(to, u); from <= to {
			a, b := n.value(i, from, to)
			lower, upper = min(lower, a), max(upper, b)
		}
	}
	add(l, l)
	add(u, u)
	for _, p := range n.parts {
		scale, shift := at(p.inner, i, 1), at(p.shift, i, 0)
		if bend := -shift / scale; scale != 0 {
			add(down(bend), up(bend))
		}
	}
	return lower, upper
}

// value bounds the sum for x in [l, u] by interval arithmetic.
func (n *Native) value(i int, l, u float64) (lower, upper float64) {
	for k, p := range n.parts {
		a, b := scaled(at(p.inner, i, 1), l, u)
		a, b = max(down(a+at(p.shift, i, 0)), 0), max(up(b+at(p.shift, i, 0)), 0)
		a, b = scaled(at(p.outer, i, 1), a, b)
		a, b = down(a+at(p.offset, i, 0)), up(b+at(p.offset, i, 0))
		if k == 0 {
			lower, upper = a, b
		} else {
			lower, upper = down(lower+a), up(upper+b)
		}
	}
	return lower, upper
}

// scaled is f [l, u], rounded outwards.
func scaled(f, l, u float64) (lower, upper float64) {
	if f < 0 {
		l, u = u, l
	}
	return down(f * l), up(f * u)
}

// at is number i of a list, or what stands for a missing one.
func at(list []float64, i int, missing float64) float64 {
	if list == nil {
		return missing
	}
	return list[i]
}
