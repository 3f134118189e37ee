package model

import (
	"fmt"
	"slices"
)

// WeightOptions say how tensors become the parameters of layers.
type WeightOptions struct {
	Order []string // names of the layers in the file, in the network's order; nil: by the numbers in their names
	// Statistics says that a batch normalisation must find running_mean and running_var: its description does not hold
	// them.
	Statistics bool
}

// SetWeights copies tensors into the parameters. The layers of each kind (dense, convolution, normalisation) take the
// tensors of that kind in the numerical order of their names, or in the order given. A missing bias is 0, as with
// PyTorch's bias=False. The precision is float64 if any tensor's is.
//
// It returns an error for tensors that are missing, unused, or of another shape or type, and if their names do not
// determine their order.
func (m *Model) SetWeights(values []Tensor, o WeightOptions) error {
	byKind, err := ordered(groupsOf(values), o.Order)
	if err != nil {
		return err
	}
	m.Float64 = false
	for _, v := range values {
		m.Float64 = m.Float64 || v.Type == "F64"
	}
	for i := range m.Layers {
		l := &m.Layers[i]
		if len(l.Params) == 0 {
			continue
		}
		kind := kindOf(l.Spec.Type)
		if len(byKind[kind]) == 0 {
			return fmt.Errorf("it has no weights for layer %d (%s): it has fewer layers of this kind", i, l.Spec.Type)
		}
		g := byKind[kind][0]
		byKind[kind] = byKind[kind][1:]
		if err := m.set(l, g, o); err != nil {
			return err
		}
	}
	for _, left := range byKind {
		if len(left) > 0 {
			return fmt.Errorf("the tensors %q belong to no layer: the network has fewer of their kind", left[0].names())
		}
	}
	return nil
}

// set takes a layer's tensors out of a group, which must not hold others.
func (m *Model) set(l *Layer, g *group, o WeightOptions) error {
	if l.Spec.Type == "batchnorm" {
		if err := l.setStatistics(g, o); err != nil {
			return err
		}
	}
	for k, p := range l.Params {
		name := []string{"weight", "bias"}[k]
		t := g.values[name]
		delete(g.values, name)
		if t == nil && name == "bias" {
			clear(p.Data)
			p.Source = ""
			continue
		}
		if t == nil {
			return fmt.Errorf("tensor %q is missing", g.prefix+"."+name)
		}
		if !slices.Equal(t.Shape, p.Shape) {
			return fmt.Errorf("tensor %q has shape %v, want %v", t.Name, t.Shape, p.Shape)
		}
		data, err := t.Floats()
		if err != nil {
			return err
		}
		p.Data, p.Source = data, t.Name
	}
	if len(g.values) > 0 {
		return fmt.Errorf("the tensors %q are not known to a layer of type %s: it has weight and bias%s",
			g.names(), l.Spec.Type,
			map[bool]string{true: ", running_mean and running_var"}[l.Spec.Type == "batchnorm"])
	}
	return nil
}

// setStatistics takes running_mean and running_var of a batch normalisation.
func (l *Layer) setStatistics(g *group, o WeightOptions) error {
	mean, variance := g.values["running_mean"], g.values["running_var"]
	// the last only counts training steps
	for _, used := range []string{"running_mean", "running_var", "num_batches_tracked"} {
		delete(g.values, used)
	}
	switch {
	case mean == nil && variance == nil && !o.Statistics:
		return nil
	case mean == nil || variance == nil:
		return fmt.Errorf("%q has no running_mean or no running_var: a batch normalisation needs both", g.prefix)
	}
	var err error
	if l.Spec.Mean, err = mean.Floats(); err != nil {
		return err
	}
	if l.Spec.Variance, err = variance.Floats(); err != nil {
		return err
	}
	if l.Spec, err = l.Spec.Complete(); err != nil {
		return fmt.Errorf("%q: %w", g.prefix, err)
	}
	_, _, err = l.Spec.Shapes(l.Out)
	return err
}
