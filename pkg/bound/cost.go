package bound

import (
	"fmt"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

// Form is how a [Work] is computed.
type Form string

// The forms.
const (
	Forward    Form = "forward"     // values propagated forwards through the network
	WholeRows  Form = "whole rows"  // every row kept over the whole of each vertex
	WindowRows Form = "window rows" // every row of a convolution kept as the window of the input on which it depends
)

// Work is one thing that a technique computes, with its cost for one sample by the cost model. Numbers are counted, not
// bytes.
type Work struct {
	What   string  // e.g. "relu 2" for the bounds of that relu's input, or "margins"
	Form   Form    // how
	Rows   int     // rows or vectors propagated at the same time
	Pieces int     // number of pieces into which the rows can be cut; 1: not at all
	FLOPs  float64 // floating-point operations of the bound itself, not its gradient
	Live   float64 // numbers in memory at the same time
	Kept   float64 // numbers that a gradient keeps

	relu int // whose input is bounded; -1: other work
}

// works is a technique with a cost model.
type works interface {
	// works lists what the technique does for one sample, in order.
	works(m model) []Work
}

// model counts the work of passes over one network.
type model struct {
	*net.Network
	norm ball.Norm
	spec int // spec rows
}

// Named is a [Technique], or [AlphaOptions].
type Named interface{ Name() string }

// WorkOf lists the work of a technique on a network for one sample and a number of spec rows (0: one per class). It
// returns an error for a technique that has no cost model.
func WorkOf(t Named, n *net.Network, norm ball.Norm, spec int) ([]Work, error) {
	w, ok := t.(works)
	if !ok {
		return nil, fmt.Errorf("%s has no cost model", t.Name())
	}
	if spec <= 0 {
		spec = n.Classes()
	}
	return w.works(model{n, norm, spec}), nil
}

// flops of one sample's forward pass through a vertex.
func (m model) flops(vertex int) float64 {
	v := m.Vertices[vertex]
	if c, ok := v.Layer.(net.Coster); ok {
		return float64(c.ForwardFLOPs(m.ShapeOf(v.Inputs[0]), v.Out))
	}
	return float64(size(v.Out))
}

// before tells which vertices a vertex depends on, itself included.
func (m model) before(vertex int) map[int]bool {
	needed := map[int]bool{vertex: true}
	for i := vertex; i >= 0; i-- {
		if needed[i] {
			for _, from := range m.Vertices[i].Inputs {
				needed[from] = true
			}
		}
	}
	return needed
}

// pass counts rows pushed forward or backward between the input and a vertex.
func (m model) pass(what string, form Form, vertex, rows int) Work {
	w := Work{What: what, Form: form, Rows: rows, Pieces: rows, relu: -1}
	for i := range m.before(vertex) {
		units := float64(rows) * float64(size(m.ShapeOf(i)))
		if w.Kept += units; i == net.InputNode {
			continue
		}
		w.FLOPs += float64(rows) * m.flops(i)
		in := float64(rows) * float64(size(m.ShapeOf(m.Vertices[i].Inputs[0])))
		w.Live = max(w.Live, liveFactor*(units+in))
	}
	if form == Forward {
		w.Pieces = 1
	}
	return w
}

// What is alive at once over a layer's operand and result, for the copies that lowerings make of them (padded,
// transposed) and what XLA does at the same time: from peak memory measured on Small, Large and XLarge.
const (
	liveFactor       = 4.5
	liveWindowFactor = 3
)

// units counts the rows of every unit that relu k reads, in the cheaper form.
func (m model) units(what string, k int) Work {
	vertex := m.Vertices[m.Activations()[k]].Inputs[0]
	w, ok := m.windows(what, vertex)
	if !ok || !m.windowed(vertex) {
		w = m.pass(what, WholeRows, vertex, size(m.ShapeOf(vertex)))
	}
	w.relu = k
	return w
}

// windowed reports whether rows of all units of a vertex can be kept as windows and are cheaper so than whole.
func (m model) windowed(vertex int) bool {
	w, ok := m.windows("", vertex)
	return ok && w.FLOPs <= m.pass("", WholeRows, vertex, size(m.ShapeOf(vertex))).FLOPs
}

// last is the vertex of the logits.
func (m model) last() int { return len(m.Vertices) - 1 }

// margins counts the spec rows, pushed back to the input.
func (m model) margins() Work { return m.pass("margins", WholeRows, m.last(), m.spec) }

// unitRows counts the rows of all units of every relu's input.
func (m model) unitRows() (all []Work) {
	for k := range m.Activations() {
		all = append(all, m.units(fmt.Sprintf("relu %d", k+1), k))
	}
	return all
}

// twice counts everything twice over, what is alive at once excepted: lower and upper bounds by rows of their own.
func twice(all []Work) []Work {
	for i := range all {
		all[i].FLOPs *= 2
		all[i].Kept *= 2
	}
	return all
}
