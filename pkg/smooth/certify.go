package smooth

import (
	"fmt"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
)

// Abstain is the class if the draws do not allow a statement.
const Abstain = -1

// Certificate says that, with confidence 1 - alpha, the smoothed classifier gives Class to every input within Radius.
type Certificate struct {
	Class  int     // or Abstain
	Radius float64 // l_2, pixel units, its end excluded; 0 if it abstains
	Lower  float64 // bound of the probability of Class, or of the class that was chosen where it abstains
	Hits   int     // draws of that class
	Draws  int
}

// Within reports whether the certificate says that the class of all inputs within a closed l_2 ball of radius eps,
// pixel units, is a label.
func (c Certificate) Within(eps float64, label int) bool { return c.Class == label && c.Radius > eps }

// Certify is CERTIFY of Cohen et al. 2019: a few draws choose a class, and other, independent draws bound its
// probability. index is the image's place, which determines its random numbers. It returns an error for an input that
// does not fit the network.
func Certify[T ball.Number](s *Smoother, x []T, index int) (Certificate, error) {
	clean, err := input(s, x)
	if err != nil {
		return Certificate{}, err
	}
	rng := s.stream(index)
	first, err := s.sample(clean, s.options.Select, rng)
	if err != nil {
		return Certificate{}, err
	}
	class, _ := largest(first)
	counts, err := s.sample(clean, s.options.Draws, rng)
	if err != nil {
		return Certificate{}, err
	}
	c := Certificate{Class: Abstain, Hits: counts[class], Draws: s.options.Draws,
		Lower: LowerBound(counts[class], s.options.Draws, s.options.Alpha)}
	if r := Radius(s.options.Sigma, c.Lower); r > 0 && class < len(counts)-1 {
		c.Class, c.Radius = class, r
	}
	return c, nil
}

// Predict is PREDICT of Cohen et al. 2019: the class of most draws, or [Abstain] if a binomial test at alpha does not
// distinguish it from the second. With confidence 1 - alpha it is the smoothed class, or it abstains.
func Predict[T ball.Number](s *Smoother, x []T, index int) (int, error) {
	clean, err := input(s, x)
	if err != nil {
		return Abstain, err
	}
	counts, err := s.sample(clean, s.options.Draws, s.stream(index))
	if err != nil {
		return Abstain, err
	}
	first, second := largest(counts)
	if first == len(counts)-1 || PValue(counts[first], counts[second]) > s.options.Alpha {
		return Abstain, nil
	}
	return first, nil
}

// input is one finite input of the network in float64.
func input[T ball.Number](s *Smoother, x []T) ([]float64, error) {
	if n := s.program.Network(); len(x) != n.InputSize() {
		return nil, fmt.Errorf("%d values: network %q wants %d values %v", len(x), n.Name, n.InputSize(), n.Input)
	}
	return floats.Double(x), ball.CheckInput(ball.Ball{Norm: ball.L2}, x)
}

// largest are the places of the largest and the second largest count.
func largest(counts []int) (first, second int) {
	second = -1
	for i, n := range counts {
		switch {
		case i == 0:
		case n > counts[first]:
			first, second = i, first
		case second < 0 || n > counts[second]:
			second = i
		}
	}
	return first, second
}
