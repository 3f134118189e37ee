package lab

import (
	"fmt"
	"math"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

// Equivalents displays Appendix F's arithmetic: how many inputs a neuron of the first layer sees in some architectures
// (by name, for inputs of a shape), and the l_inf radius whose intervals are inside those of an l_2 radius for any
// weights, eps / sqrt(inputs).
func Equivalents(l2 []float64, architectures ...net.Arch) {
	header := []string{"architecture", "input", "inputs of a neuron"}
	for _, eps := range l2 {
		header = append(header, fmt.Sprintf("ℓ∞ radius for ℓ2 %.4g", eps))
	}
	var rows [][]string
	for _, a := range architectures {
		n := Get(net.Build(a))
		inputs := len(Get(n.FirstRows())[0])
		row := []string{a.Name, fmt.Sprint(a.Input), fmt.Sprint(inputs)}
		for _, eps := range l2 {
			radius := eps / math.Sqrt(float64(inputs))
			row = append(row, fmt.Sprintf("%.5f (%.2f/255)", radius, radius*255))
		}
		rows = append(rows, row)
	}
	Table(header, rows...)
}

// Architecture is a named architecture for inputs of a shape; an error ends the cell.
func Architecture(name string, input ...int) net.Arch {
	a := Get(net.Named(name, input, 10)).Arch()
	a.Name = name
	return a
}

// NormRadii displays, over the neurons of the first layer, the radius of l_inf at eps/sqrt(inputs) over that of l_2 at
// eps,
// ||w||_1 / (sqrt(inputs) ||w||_2): at most 1, and 1 only where all weights have one size.
func NormRadii(names []string, networks ...*net.Network) {
	header := []string{"network", "neurons", "smallest ratio", "mean ratio", "largest ratio"}
	var rows [][]string
	for i, n := range networks {
		var ratios []float64
		for _, w := range Get(n.FirstRows()) {
			ratios = append(ratios, normRatio(w))
		}
		s := Get(record.Summarize(ratios))
		rows = append(rows, []string{names[i], fmt.Sprint(s.N), fmt.Sprintf("%.3f",
			s.Min), fmt.Sprintf("%.3f", s.Mean), fmt.Sprintf("%.3f", s.Max)})
	}
	Table(header, rows...)
}

func normRatio(w []float64) float64 {
	one, two := 0.0, 0.0
	for _, v := range w {
		one, two = one+math.Abs(v), two+v*v
	}
	if two == 0 {
		return 1 // both radii are 0
	}
	return one / math.Sqrt(two*float64(len(w)))
}

// CompareNorms displays the certified error of one network on a set at several l_2 radii, by IBP(l_2, eps), by
// IBP(l_inf, eps/sqrt(inputs)) and by Fast-Lin for l_2, and by how much a margin of the first ever exceeds that of the
// second: never, says Appendix F.
func CompareNorms(n *net.Network, set *data.Set, radii ...float64) {
	device, _, err := backend.Open("")
	Must(err)
	inputs := math.Sqrt(float64(len(Get(n.FirstRows())[0])))
	certified := record.InPercent(record.CertifiedName) + ": "
	header := []string{"ε (ℓ2)", certified + "IBP(ℓ∞, ε/√n)", certified + "IBP(ℓ2, ε)", certified + "Fast-Lin(ℓ2, ε)",
		"largest excess of an IBP(ℓ2) margin"}
	x := floats.Double(set.X)
	evaluator := func(t bound.Technique, norm ball.Norm) *bound.Evaluator {
		return Get(bound.NewEvaluator(device, n, bound.Options{Technique: t, Ball: ball.Ball{Norm: norm}}))
	}
	linf, l2, fastLin := evaluator(bound.IBP{}, ball.Linf), evaluator(bound.IBP{}, ball.L2), evaluator(bound.FastLin{}, ball.L2)
	defer linf.Close()
	defer l2.Close()
	defer fastLin.Close()
	var rows [][]string
	for _, eps := range radii {
		a, b := Get(bound.EvaluateAt(linf, x, set.Y, eps/inputs)), Get(bound.EvaluateAt(l2, x, set.Y, eps))
		c := Get(bound.EvaluateAt(fastLin, x, set.Y, eps))
		rows = append(rows, []string{fmt.Sprintf("%.3g", eps), uncertified(a, set), uncertified(b, set), uncertified(c, set), fmt.Sprintf("%.1e", excess(b, a, set))})
	}
	Table(header, rows...)
}

// uncertified is a certified error in percent.
func uncertified(o *bound.Output, set *data.Set) string {
	count := 0
	for i, label := range set.Y {
		if !o.Certified(i, label) {
			count++
		}
	}
	return record.Percent(100 * float64(count) / float64(set.Len()))
}

// excess is the largest a - b over all margins.
func excess(a, b *bound.Output, set *data.Set) float64 {
	largest := math.Inf(-1)
	for i, label := range set.Y {
		for t := range a.Margins[i] {
			if int32(t) != label {
				largest = max(largest, a.Margins[i][t]-b.Margins[i][t])
			}
		}
	}
	return largest
}
