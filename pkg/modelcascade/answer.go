package modelcascade

import (
	"github.com/gomlx/compute"

	"tightrope/pkg/bound"
	"tightrope/pkg/net"
)

// answer is what a member says at an input.
type answer struct {
	class     int32 // of the largest logit
	certified bool  // the bound proves that class on the whole ball around the input
}

// member is a network with its bounds.
type member struct {
	network *net.Network
	bounder bound.Bounder
}

// open prepares the bounds of all members; the function that is returned frees them.
func open(backend compute.Backend, networks []*net.Network, o Options) (all []member, release func(), err error) {
	release = func() {
		for _, m := range all {
			m.bounder.Close()
		}
	}
	for _, n := range networks {
		b, err := bound.NewBounder(backend, n, o.Technique, bound.Options{Ball: o.Ball, Memory: o.Memory})
		if err != nil {
			release()
			return nil, nil, err
		}
		all = append(all, member{n, b})
	}
	return all, release, nil
}

// answers are what a member says at inputs x, [samples, input...], with balls of a radius in pixel units. guess holds
// classes, [samples]: where they are right, one pass suffices.
func (m member) answers(x []float32, guess []int32, eps float64) ([]answer, error) {
	out, err := m.bounder.Bound(x, guess, eps)
	if err != nil {
		return nil, err
	}
	all, dim := make([]answer, len(guess)), m.network.InputSize()
	var again []int
	var inputs []float32
	var classes []int32
	for i, y := range guess {
		all[i] = answer{largest(out.Logits[i]), out.Correct(i, y) && out.Certified(i, y)}
		if c := all[i].class; c != y {
			again, classes = append(again, i), append(classes, c)
			inputs = append(inputs, x[i*dim:(i+1)*dim]...)
		}
	}
	if len(again) == 0 {
		return all, nil
	}
	if out, err = m.bounder.Bound(inputs, classes, eps); err != nil {
		return nil, err
	}
	for k, i := range again {
		all[i].certified = out.Correct(k, classes[k]) && out.Certified(k, classes[k])
	}
	return all, nil
}

// largest is the first class of the largest logit.
func largest(logits []float64) int32 {
	best := 0
	for t, z := range logits {
		if z > logits[best] {
			best = t
		}
	}
	return int32(best)
}

// choice is the member that answers at an input, by what all members say there, and the class; none certifies: member
// is their number, and the last one's class counts.
func choice(says []answer) (member int, class int32) {
	for k, a := range says {
		if a.certified {
			return k, a.class
		}
	}
	return len(says), says[len(says)-1].class
}

// sayings are what every member says at inputs, [member][sample].
func sayings(members []member, x []float32, guess []int32, eps float64) (all [][]answer, err error) {
	for _, m := range members {
		a, err := m.answers(x, guess, eps)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// at are the sayings about one sample, [member].
func at(all [][]answer, sample int) []answer {
	says := make([]answer, len(all))
	for k := range all {
		says[k] = all[k][sample]
	}
	return says
}
