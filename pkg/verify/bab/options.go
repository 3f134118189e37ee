package bab

// Options of a search. The zero value has no limit except the context's.
type Options struct {
	Nodes      int // limit of nodes per margin; 0: none; 1: only the root, which is alpha-CROWN
	RootSteps  int // steps of gradient ascent at the root; 0: 40
	Steps      int // steps at every other node; 0: 2 (more steps cost more than the nodes that they save)
	Tighten    int // steps for bounds of units after the first layer, before a tree is grown; 0: 5; negative: none
	Candidates int // units after the first relus that are tried before a split; 0: 4
	Workers    int // number of units or margins that are worked on at the same time; 0: 1
	// Start is an input with a small margin, such as the result of an attack, where [Least] begins; nil for none.
	Start []float64
	NoLP  bool // do not use HiGHS at nodes whose units are all fixed and that have no proof
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field    *int
		standard int
	}{{&o.RootSteps, 40}, {&o.Steps, 2}, {&o.Tighten, 5}, {&o.Candidates, 4}, {&o.Workers, 1}} {
		if *d.field == 0 {
			*d.field = d.standard
		}
	}
	return o
}

// The learning rates of Adam, for slopes in [0,1] and for multipliers in units of h.
const (
	rootRate = 0.2
	rate     = 0.1
)

// goal is the bound in float32 above which a proof in float64 is tried, as a fraction of the size of the row's terms.
// It is two rounding errors of float32.
const goal = 0x1p-23
