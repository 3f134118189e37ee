package fuzz

import (
	"math"
	"testing"

	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// plain is a network as loops over float64 numbers, which share no code with the graphs that compute bounds.
type plain struct {
	*cert.Network
	ops   []cert.Op
	relus []int       // ops that are activations, in the order of the results by layer
	moved [][]float64 // of each op and unit: what its bias was before it cancelled, at least; nil: the bias
}

func newPlain(t *testing.T, n *net.Network) *plain {
	t.Helper()
	c, err := cert.NewNetwork(n.Model())
	if err != nil {
		t.Fatal(err)
	}
	p := &plain{Network: c, ops: c.Ops()}
	p.moved = make([][]float64, len(p.ops))
	for i, op := range p.ops {
		if op.Relu || op.Smooth != "" {
			p.relus = append(p.relus, i)
		}
	}
	at := 0
	for i, v := range n.Vertices {
		spec := v.Layer.Spec()
		if spec.Type == "flatten" {
			continue
		}
		at++
		if spec.Type == "batchnorm" || spec.Type == "normalize" {
			p.moved[at] = cancelling(n, i, spec, p.ops[at])
		}
	}
	return p
}

// cancelling is |scale mean| + |bias| of every unit of a layer that shifts by a difference of the two.
func cancelling(n *net.Network, vertex int, spec net.LayerSpec, op cert.Op) []float64 {
	out := make([]float64, op.Size)
	positions := op.Size / n.ShapeOf(vertex)[0]
	for j := range out {
		scale, channel := 0.0, j/positions
		if op.Start[j+1] > op.Start[j] {
			scale = abs(op.Value[op.Start[j]])
		}
		if spec.Mean != nil {
			out[j] = scale * abs(spec.Mean[channel])
		}
		if params := n.ParamsOf(vertex); len(params) > 0 {
			out[j] += abs(params[1].Data[channel])
		}
	}
	return out
}

// forward gives the values of all ops at x.
func (p *plain) forward(x []float64) [][]float64 {
	values := make([][]float64, len(p.ops))
	values[0] = x
	for i, op := range p.ops[1:] {
		out := make([]float64, op.Size)
		for k, from := range op.From {
			in := values[from]
			switch {
			case op.Smooth != "":
				for j, z := range in {
					out[j], _ = smooth(op.Smooth, z)
				}
			case op.Relu:
				for j, z := range in {
					out[j] = max(z, 0)
				}
			case op.Bias != nil:
				affine(op, out, in)
			default:
				addTo(out, in, k == 0)
			}
		}
		values[i+1] = out
	}
	return values
}

// affine is W in + b.
func affine(op cert.Op, out, in []float64) {
	for j := range out {
		out[j] = op.Bias[j]
		for k := op.Start[j]; k < op.Start[j+1]; k++ {
			out[j] += op.Value[k] * in[op.Index[k]]
		}
	}
}

// backward gives the gradient at the input of a linear function of the ops' values; seeds [op][unit] are overwritten,
// nil is 0.
func (p *plain) backward(values, seeds [][]float64) []float64 {
	need := func(i int) []float64 {
		if seeds[i] == nil {
			seeds[i] = make([]float64, p.ops[i].Size)
		}
		return seeds[i]
	}
	for i := len(p.ops) - 1; i > 0; i-- {
		op, g := p.ops[i], seeds[i]
		if g == nil {
			continue
		}
		for _, from := range op.From {
			to := need(from)
			switch {
			case op.Smooth != "":
				for j, z := range values[from] {
					_, slope := smooth(op.Smooth, z)
					to[j] += slope * g[j]
				}
			case op.Relu:
				for j, z := range values[from] {
					if z > 0 {
						to[j] += g[j]
					}
				}
			case op.Bias != nil:
				for j, f := range g {
					for k := op.Start[j]; k < op.Start[j+1]; k++ {
						to[op.Index[k]] += f * op.Value[k]
					}
				}
			default:
				addTo(to, g, false)
			}
		}
	}
	return need(0)
}

// smooth is the value and the slope of an activation, by its definition.
func smooth(name string, z float64) (value, slope float64) {
	logistic := 1 / (1 + math.Exp(-z))
	switch name {
	case "sigmoid":
		return logistic, logistic * (1 - logistic)
	case "tanh":
		return math.Tanh(z), 1 - math.Tanh(z)*math.Tanh(z)
	case "softplus":
		if z > 40 {
			return z, 1
		}
		return math.Log1p(math.Exp(z)), logistic
	}
	panic(name)
}

func addTo(to, from []float64, first bool) {
	for j, v := range from {
		if first {
			to[j] = v
		} else {
			to[j] += v
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }
