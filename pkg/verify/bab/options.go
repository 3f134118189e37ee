package bab

// Options of a search; the zero value has no limit but the context's.
type Options struct {
	Nodes      int // limit of nodes a margin; 0: none, 1: the root only, which is alpha-CROWN
	RootSteps  int // steps of gradient ascent at the root; 0: 40
	Steps      int // at every other node; 0: 2 (more steps cost more than the nodes that they save)
	Tighten    int // steps for the bounds of units behind the first layer, before a tree is grown; 0: 5, negative: none
	Candidates int // units behind the first relus that are tried before a split; 0: 4
	Workers    int // units and margins that are worked on at the same time; 0: 1
	// Start is an input near which a margin is low, such as an attack's: [Least] begins there; nil: none.
	Start []float64
	NoLP  bool // do not ask HiGHS where all units of a node are fixed and no proof was found
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

// The learning rates of Adam, for slopes in [0,1] and multipliers in units of h.
const (
	rootRate = 0.2
	rate     = 0.1
)

// goal is the bound in float32 above which a proof in float64 is tried, as a fraction of the size of the row's terms:
// two of float32's roundings.
const goal = 0x1p-23
