package bab

// group is a sequence of up to [lanes] neighbouring units of one block. Their rows are stored as windows, which contain
// only the inputs and earlier units on which some row of the group depends. Units of convolutions are ordered by their
// windows, so the windows of a group are small.
type group struct {
	from, to int // units
	inputs   window
	units    window // over the units before the block
}

// window holds a range of the columns of a group's rows.
type window struct {
	from, to  int       // columns, both multiples of lanes
	rows      []float32 // [units of the group][to-from]
	transpose []float32 // [to-from][lanes]
}

// part returns the part of a vector that the window covers.
func (w *window) part(v []float32) []float32 { return v[w.from:w.to] }

// push adds the group's rows, times f, to v.
func (w *window) push(v, f []float32) {
	addRows(w.part(v), w.rows, w.to-w.from, f)
}

// pull adds the products of the group's rows with x to out.
func (w *window) pull(out *[lanes]float32, x []float32) {
	if x = x[w.from:min(w.to, len(x))]; len(x) > 0 {
		addColumns(out, w.transpose, x)
	}
}

// newWindow keeps the columns of some rows, [rows][columns], outside which all entries are 0.
func newWindow(rows [][]float32) (w window) {
	first, last := len(rows[0]), 0
	for _, r := range rows {
		for k, f := range r {
			if f != 0 {
				first, last = min(first, k), max(last, k+1)
			}
		}
	}
	if first >= last {
		return window{}
	}
	w.from, w.to = first/lanes*lanes, padded(last)
	span := w.to - w.from
	w.rows, w.transpose = make([]float32, len(rows)*span), make([]float32, span*lanes)
	for i, r := range rows {
		copy(w.rows[i*span:(i+1)*span], r[w.from:])
		for k, f := range w.rows[i*span : (i+1)*span] {
			w.transpose[k*lanes+i] = f
		}
	}
	return w
}

// fill writes the rows of all groups.
func (p *problem) fill() {
	for k, block := range p.blocks {
		for from := block[0]; from < block[1]; from += lanes {
			g := group{from: from, to: min(from+lanes, block[1])}
			var inputs, units [][]float32
			for i := g.from; i < g.to; i++ {
				a, b := p.entries(i, block[0])
				inputs, units = append(inputs, a), append(units, b)
			}
			g.inputs = newWindow(inputs)
			if k > 0 {
				g.units = newWindow(units)
			}
			p.groups = append(p.groups, g)
		}
		p.ends = append(p.ends, len(p.groups))
	}
}

// entries returns the row of a live unit over the inputs and over the units before it, in their scales.
func (p *problem) entries(i, before int) (a, b []float32) {
	from := &p.reduced[p.live[i]]
	a, b = make([]float32, p.span), make([]float32, padded(before))
	p.c[i] = p.inputs.scale(from, 1/p.scales[i], a)
	for j, f := range from.Units {
		b[j] = float32(f * (p.scales[j] / p.scales[i]))
	}
	return a, b
}

// of returns the groups of a block.
func (p *problem) of(block int) []group {
	first := 0
	if block > 0 {
		first = p.ends[block-1]
	}
	return p.groups[first:p.ends[block]]
}
