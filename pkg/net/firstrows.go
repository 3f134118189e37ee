package net

import "fmt"

// FirstRows are the weights of the neurons of the first layer that has any: a row for each unit of a dense layer, or
// for each channel of a convolution, whose neurons all share one window [channels in * kernel height * kernel width]. A
// network that begins with another layer with weights (batch normalisation, say) is an error.
func (n *Network) FirstRows() ([][]float64, error) {
	for v, vertex := range n.Vertices {
		switch vertex.Layer.(type) {
		case Flatten:
			continue
		case Dense, Conv:
			p := n.ParamsOf(v)[0]
			width := len(p.Data) / p.Shape[0]
			var rows [][]float64
			for from := 0; from < len(p.Data); from += width {
				rows = append(rows, p.Data[from:from+width])
			}
			return rows, nil
		}
		return nil, fmt.Errorf("network %q begins with a layer of type %s: the rows of a dense layer or a "+
			"convolution are wanted (net.Fold merges normalisations)", n.Name, vertex.Layer.Spec().Type)
	}
	return nil, fmt.Errorf("network %q has no layer with weights", n.Name)
}
