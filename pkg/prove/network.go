package prove

import (
	"slices"

	"tightrope/pkg/internal/vector"
	"tightrope/pkg/verify/cert"
)

// op is one operation: the input, an affine map, an activation, or a sum of earlier operations.
type op struct {
	cert.Op
	dense  []float64 // [size][cols]: an affine map most of whose entries are not 0; nil if it is sparse
	back   []float64 // [size][padded cols]: the same, for rows that are carried back
	turned []float64 // [cols][padded size]: its transpose, for values that are carried forward
	cols   int
	stride int
	relu   int // index among the activations
	curve  cert.Smooth
}

// network is a network as plain operations; it is read-only.
type network struct {
	ops    []op
	relus  []int // ops that are relus or smooth activations
	smooth bool  // whether some are not relus
	inputs int
	work   int // multiply-adds of one evaluation
}

func newNetwork(n *cert.Network) *network {
	p := &network{inputs: n.Inputs()}
	for _, o := range n.Ops() {
		at := op{Op: o, relu: -1}
		at.curve, _ = cert.SmoothOf(o.Smooth)
		p.smooth = p.smooth || o.Smooth != ""
		if o.Relu || o.Smooth != "" {
			at.relu = len(p.relus)
			p.relus = append(p.relus, len(p.ops))
		}
		if o.Bias != nil {
			p.work += len(o.Value)
			at.cols = p.ops[o.From[0]].Size
			at.stride = vector.Padded(at.cols)
			if 2*len(o.Value) >= o.Size*at.cols {
				at.unpack()
			}
		}
		p.ops = append(p.ops, at)
	}
	return p
}

// unpack makes the matrix dense.
func (o *op) unpack() {
	rows := vector.Padded(o.Size)
	o.dense, o.back = make([]float64, o.Size*o.cols), make([]float64, o.Size*o.stride)
	o.turned = make([]float64, o.cols*rows)
	for i := range o.Size {
		for k := o.Start[i]; k < o.Start[i+1]; k++ {
			j, v := int(o.Index[k]), o.Value[k]
			o.dense[i*o.cols+j], o.back[i*o.stride+j], o.turned[j*rows+i] = v, v, v
		}
	}
}

// forward returns the output at x [inputs] in float64, using scratch memory for every operation.
func (p *network) forward(x []float64, values [][]float64) []float64 {
	values[0] = x
	for i := 1; i < len(p.ops); i++ {
		o, out := &p.ops[i], values[i]
		in := values[o.From[0]]
		switch {
		case o.Bias != nil:
			o.affine(in, out)
		case o.Relu:
			for j, z := range in {
				out[j] = max(z, 0)
			}
		case o.Smooth != "":
			for j, z := range in {
				out[j], _ = o.curve.At(z)
			}
		default:
			copy(out, in)
			for _, f := range o.From[1:] {
				for j, a := range values[f] {
					out[j] += a
				}
			}
		}
	}
	return values[len(p.ops)-1]
}

// affine computes out, which has a padded capacity.
func (o *op) affine(in, out []float64) {
	copy(out, o.Bias)
	if o.dense != nil {
		rows := vector.Padded(o.Size)
		vector.AddRows(out[:rows], o.turned, rows, in[:o.cols])
		return
	}
	for i := range out {
		for k := o.Start[i]; k < o.Start[i+1]; k++ {
			out[i] += o.Value[k] * in[o.Index[k]]
		}
	}
}

// newValues allocates scratch memory for [network.forward].
func (p *network) newValues() [][]float64 {
	values := make([][]float64, len(p.ops))
	for i := 1; i < len(values); i++ {
		values[i] = make([]float64, vector.Padded(p.ops[i].Size))[:p.ops[i].Size]
	}
	return values
}

// gradient returns the derivative of row . output with respect to the input, at the point that was evaluated last.
func (p *network) gradient(row []float64, values, held [][]float64) []float64 {
	for i := range held {
		held[i] = slices.Grow(held[i][:0], vector.Padded(p.ops[i].Size))[:vector.Padded(p.ops[i].Size)]
		clear(held[i])
	}
	copy(held[len(held)-1], row)
	for i := len(p.ops) - 1; i > 0; i-- {
		o := &p.ops[i]
		switch {
		case o.Bias != nil:
			o.transposed(held[i][:o.Size], held[o.From[0]])
		case o.Relu:
			for j, z := range values[o.From[0]] {
				if z > 0 {
					held[o.From[0]][j] += held[i][j]
				}
			}
		case o.Smooth != "":
			for j, z := range values[o.From[0]] {
				_, slope := o.curve.At(z)
				held[o.From[0]][j] += slope * held[i][j]
			}
		default:
			for _, f := range o.From {
				for j := range o.Size {
					held[f][j] += held[i][j]
				}
			}
		}
	}
	return held[0][:p.inputs]
}

// transposed adds W^T g to out, which has a padded length.
func (o *op) transposed(g, out []float64) {
	if o.back != nil {
		vector.AddRows(out[:o.stride], o.back, o.stride, g)
		return
	}
	for i, f := range g {
		if f == 0 {
			continue
		}
		for k := o.Start[i]; k < o.Start[i+1]; k++ {
			out[o.Index[k]] += f * o.Value[k]
		}
	}
}
