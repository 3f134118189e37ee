package genbab

// Options of a search; the zero value has no limit but the context's.
type Options struct {
	Nodes      int // limit of nodes a margin; 0: none
	RootSteps  int // steps of gradient ascent at the root; 0: 60
	Steps      int // at every other node; 0: 8
	Tighten    int // steps for each bound of a unit behind the first activation; 0: 20, negative: none
	Candidates int // units that are tried before a split; 0: 4
	Workers    int // bounds of units, and margins, that are worked on at the same time; 0: 1
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field    *int
		standard int
	}{{&o.RootSteps, 60}, {&o.Steps, 8}, {&o.Tighten, 20}, {&o.Candidates, 4}, {&o.Workers, 1}} {
		if *d.field == 0 {
			*d.field = d.standard
		}
	}
	return o
}

// The learning rates of Adam, for slopes as fractions of the range that a neuron's slopes have, and for multipliers in
// units of h.
const (
	rootRate = 0.1
	rate     = 0.1
)
