package lab

import (
	"fmt"

	"tightrope/pkg/backend"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/study"
)

// Equivalents displays Appendix F's arithmetic for some architectures at some l_2 radii; see [study.Equivalents].
func Equivalents(l2 []float64, architectures ...net.Arch) {
	header := []string{"architecture", "input", "inputs of a neuron"}
	for _, eps := range l2 {
		header = append(header, fmt.Sprintf("ℓ∞ radius for ℓ2 %.4g", eps))
	}
	var rows [][]string
	for _, e := range Get(study.Equivalents(l2, architectures...)) {
		row := []string{e.Architecture.Name, fmt.Sprint(e.Architecture.Input), fmt.Sprint(e.Inputs)}
		for _, radius := range e.Radii {
			row = append(row, fmt.Sprintf("%.5f (%.2f/255)", radius, radius*255))
		}
		rows = append(rows, row)
	}
	Table(header, rows...)
}

// Architecture is a named architecture for inputs of a shape and 10 classes; an error ends the cell.
func Architecture(name string, input ...int) net.Arch {
	a := Get(net.Named(name, input, 10)).Arch()
	a.Name = name
	return a
}

// NormRadii displays how the intervals of the first layer's neurons compare between norms; see [study.NormRadii].
func NormRadii(names []string, networks ...*net.Network) {
	header := []string{"network", "neurons", "smallest ratio", "mean ratio", "largest ratio"}
	var rows [][]string
	for i, n := range networks {
		s := Get(study.NormRadii(n))
		rows = append(rows, []string{names[i], fmt.Sprint(s.N), fmt.Sprintf("%.3f", s.Min), fmt.Sprintf("%.3f", s.Mean),
			fmt.Sprintf("%.3f", s.Max)})
	}
	Table(header, rows...)
}

// CompareNorms displays the certified error of one network on a set at several l_2 radii, in pixel units; see
// [study.CompareNorms]. An error ends the cell.
func CompareNorms(n *net.Network, set *data.Set, radii ...float64) {
	device, _, err := backend.Open("")
	Must(err)
	certified := record.InPercent(record.CertifiedName) + ": "
	header := []string{"ε (ℓ2)", certified + "IBP(ℓ∞, ε/√n)", certified + "IBP(ℓ2, ε)", certified + "Fast-Lin(ℓ2, ε)",
		"largest excess of an IBP(ℓ2) margin"}
	var rows [][]string
	for _, c := range Get(study.CompareNorms(device, n, set, radii...)) {
		rows = append(rows, []string{fmt.Sprintf("%.3g", c.Eps), record.Percent(c.Linf), record.Percent(c.L2),
			record.Percent(c.FastLin), fmt.Sprintf("%.1e", c.Excess)})
	}
	Table(header, rows...)
}
