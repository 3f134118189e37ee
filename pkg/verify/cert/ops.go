package cert

// Op is one operation of a network as plain data, for programs with a form of their own, such as a linear program's. Op
// 0 is the input; every op reads earlier ones.
type Op struct {
	From  []int // none: the input
	Size  int
	Relu  bool      // max(a, 0)
	Bias  []float64 // of W a + b; nil: a relu, a sum or the input
	Start []int32   // W by rows, without zeros: row i has the entries Start[i] to Start[i+1]
	Index []int32   // their columns
	Value []float64
}

// Ops lists the operations in order.
func (p *Network) Ops() []Op {
	ops := make([]Op, len(p.vertices))
	for i := range p.vertices {
		v := &p.vertices[i]
		ops[i] = Op{From: v.from, Size: v.size, Relu: v.kind == reluVertex}
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
