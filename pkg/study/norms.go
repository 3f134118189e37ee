package study

import (
	"math"

	"github.com/gomlx/compute"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

// Equivalent is Appendix F's arithmetic for one architecture.
type Equivalent struct {
	Architecture net.Arch
	Inputs       int       // on which a neuron of the first layer depends
	Radii        []float64 // for each l_2 radius eps, the l_inf radius eps / sqrt(Inputs), pixel units
}

// Equivalents finds the l_inf radii whose intervals lie inside those of the l_2 radii for any weights; both are in
// pixel units. It returns an error for an architecture that cannot be built, or whose first layer has no rows.
func Equivalents(l2 []float64, architectures ...net.Arch) ([]Equivalent, error) {
	var all []Equivalent
	for _, a := range architectures {
		n, err := net.Build(a)
		if err != nil {
			return nil, err
		}
		inputs, err := firstInputs(n)
		if err != nil {
			return nil, err
		}
		e := Equivalent{Architecture: a, Inputs: inputs}
		for _, eps := range l2 {
			e.Radii = append(e.Radii, eps/math.Sqrt(float64(inputs)))
		}
		all = append(all, e)
	}
	return all, nil
}

// firstInputs is how many inputs a neuron of the first layer sees.
func firstInputs(n *net.Network) (int, error) {
	rows, err := n.FirstRows()
	if err != nil {
		return 0, err
	}
	return len(rows[0]), nil
}

// NormRadii summarizes, over the neurons of a network's first layer, the radius of their interval for l_inf at
// eps/sqrt(inputs) over that for l_2 at eps, ||w||_1 / (sqrt(inputs) ||w||_2): at most 1, and 1 only where all weights
// have one size. It returns an error for a network whose first layer has no rows.
func NormRadii(n *net.Network) (record.Summary, error) {
	rows, err := n.FirstRows()
	if err != nil {
		return record.Summary{}, err
	}
	var ratios []float64
	for _, w := range rows {
		ratios = append(ratios, normRatio(w))
	}
	return record.Summarize(ratios)
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

// NormComparison holds the certified errors of one network at one l_2 radius, in percent.
type NormComparison struct {
	Eps     float64 // l_2 radius, pixel units
	Linf    float64 // by IBP for l_inf at eps/sqrt(inputs)
	L2      float64 // by IBP for l_2
	FastLin float64 // by Fast-Lin for l_2
	Excess  float64 // largest excess of a margin of IBP for l_2 over that for l_inf: at most 0 by Appendix F
}

// CompareNorms certifies the samples of a set for l_2 radii (pixel units) in three ways. It returns an error for a
// network whose first layer has no rows, for a set that does not fit it, and for a negative radius.
func CompareNorms(b compute.Backend, n *net.Network, set *data.Set, radii ...float64) ([]NormComparison, error) {
	inputs, err := firstInputs(n)
	if err != nil {
		return nil, err
	}
	linf, err := certificates(b, n, set, bound.IBP{}, ball.Linf, divided(radii, math.Sqrt(float64(inputs))))
	if err != nil {
		return nil, err
	}
	l2, err := certificates(b, n, set, bound.IBP{}, ball.L2, radii)
	if err != nil {
		return nil, err
	}
	fastLin, err := certificates(b, n, set, bound.FastLin{}, ball.L2, radii)
	if err != nil {
		return nil, err
	}
	var all []NormComparison
	for i, eps := range radii {
		all = append(all, NormComparison{Eps: eps, Linf: uncertified(linf[i], set), L2: uncertified(l2[i], set),
			FastLin: uncertified(fastLin[i], set), Excess: excess(l2[i], linf[i], set)})
	}
	return all, nil
}

func divided(values []float64, by float64) (out []float64) {
	for _, v := range values {
		out = append(out, v/by)
	}
	return out
}

// certificates bounds the margins of a set by one technique at each radius.
func certificates(b compute.Backend, n *net.Network, set *data.Set, t bound.Technique, norm ball.Norm,
	radii []float64) (all []*bound.Output, err error) {
	e, err := bound.NewEvaluator(b, n, bound.Options{Technique: t, Ball: ball.Ball{Norm: norm}})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	x := floats.Double(set.X)
	for _, eps := range radii {
		out, err := bound.EvaluateAt(e, x, set.Y, eps)
		if err != nil {
			return nil, err
		}
		all = append(all, out)
	}
	return all, nil
}

// uncertified is a certified error in percent.
func uncertified(o *bound.Output, set *data.Set) float64 {
	count := 0
	for i, label := range set.Y {
		if !o.Certified(i, label) {
			count++
		}
	}
	return 100 * float64(count) / float64(set.Len())
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
