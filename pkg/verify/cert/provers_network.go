package cert

// Op is one operation of a network as plain data, for code that formulates the network in another way, such as a linear
// program. Op 0 is the input; every op reads earlier ones.
type Op struct {
	From   []int // none: the input
	Size   int
	Relu   bool   // max(a, 0)
	Smooth string // the name of another activation; empty: none
	// Native has intervals of a sum that are tighter than the sum of intervals; nil: there are none.
	Native *Native
	Bias   []float64 // of W a + b; nil: an activation, a sum or the input
	Start  []int32   // W by rows, without zeros: row i has the entries Start[i] to Start[i+1]
	Index  []int32   // their columns
	Value  []float64
}

// Ops lists the operations in order.
func (p *Network) Ops() []Op {
	ops := make([]Op, len(p.vertices))
	for i := range p.vertices {
		v := &p.vertices[i]
		ops[i] = Op{From: v.from, Size: v.size, Relu: v.isRelu(), Native: v.native}
		if v.curve != nil {
			ops[i].Smooth = v.curve.name
		}
		if v.kind == affineVertex {
			ops[i].Bias = v.bias
			s := v.weight.sparse(v.size)
			ops[i].Start, ops[i].Index, ops[i].Value = s.start, s.index, s.value
		}
	}
	return ops
}

// sparse is the matrix in sparse form.
func (m *matrix) sparse(rows int) matrix {
	if m.start != nil {
		return *m
	}
	s := newSparse(m.cols)
	for i := range rows {
		_, value := m.row(i)
		for j, w := range value {
			s.entry(j, w)
		}
		s.end()
	}
	return s
}

// LinearRelus is the number of relus, counted from the first, that read a linear function of the input, so that their
// bounds are exact.
func (p *Network) LinearRelus() int {
	for k, id := range p.relus {
		if p.afterRelu(p.vertices[id].from[0]) {
			return k
		}
	}
	return len(p.relus)
}

// Forward is the logits at x, in float64 without error bounds.
func (p *Network) Forward(x []float64) []float64 { return p.values(x)[p.output] }

// values are those of all vertices at x.
func (p *Network) values(x []float64) [][]float64 {
	values := make([][]float64, len(p.vertices))
	values[input] = x
	for i := 1; i < len(p.vertices); i++ {
		v := &p.vertices[i]
		out := make([]float64, v.size)
		in := values[v.from[0]]
		switch v.kind {
		case affineVertex:
			for j := range out {
				out[j] = v.bias[j] + v.weight.dot(j, in)
			}
		case reluVertex:
			out = v.activate(in)
		case sumVertex:
			for _, f := range v.from {
				for j, a := range values[f] {
					out[j] += a
				}
			}
		}
		values[i] = out
	}
	return values
}

// dot is row i times x.
func (m *matrix) dot(i int, x []float64) float64 {
	index, value := m.row(i)
	s := 0.0
	if index == nil {
		for j, w := range value {
			s += w * x[j]
		}
		return s
	}
	for k, w := range value {
		s += w * x[index[k]]
	}
	return s
}
