package technique

// ID is a technique, in the order of the usual results: from loose to tight, then what decides, then attacks.
type ID int

// The techniques.
const (
	IBP ID = iota
	Lipschitz
	FastLip
	CrossLipschitz
	CROWNIBP
	FastLinIBP
	Projected
	FastLin
	CROWN
	BestOf
	DeepZ
	HybridZonotope
	HybridBoxed
	AlphaCROWN
	AlphaJoint
	Dual
	LP
	LPAll
	BranchAndBound
	MILP
	Exact
	PGD
	APGDCE
	APGDDLR
	SquareAttack
	count
)

// Technique is a row of the table.
type Technique struct {
	ID      ID
	Name    string   // in tables, records and figures
	Key     string   // on the command line
	Aliases []string // other spellings that are read
	About   string   // what it does, for help
	Uses    Uses     // where it is offered
	Attack  bool     // finds adversarial inputs, and proves nothing
	HiGHS   bool     // needs the solver of linear and mixed-integer programs
	Relus   bool     // knows no activation but relu
	Rules   Rules    // by which the checker recomputes it
	Look    Look
}

// Uses is where a technique is offered.
type Uses struct {
	Graph  bool // bounds whole batches in a compiled graph: eval, net show, training
	Ladder bool // a rung of ladder and radius
	Stage  bool // a stage of verify
	Search bool // an attack of eval, and of radius --attacks
	Named  bool // a rung only where it is asked for by name
}

// Rules names the rules by which a certificate without multipliers proves a technique's bounds: those of the relus'
// inputs, layer by layer, and that of the margins. They are empty if a certificate needs multipliers, trees or points,
// or does not exist.
type Rules struct {
	Layers  []string
	Margins string
}

// The rules that certificates know (package cert).
const (
	interval = "interval"
	fastLin  = "fast-lin"
	crown    = "crown"
)

var table = [count]Technique{
	IBP: {Name: "IBP", Key: "ibp", About: "intervals",
		Uses: Uses{Graph: true, Ladder: true, Stage: true}, Rules: Rules{Margins: interval},
		Look: Look{Orange, Dotted, OpenCircle}},
	Lipschitz: {Name: "Lipschitz", Key: "lipschitz", Aliases: []string{"spectral"},
		About: "the product of the layers' operator norms, the same at every input",
		Uses:  Uses{Graph: true}, Look: Look{DarkGrey, Dotted, Cross}},
	FastLip: {Name: "Fast-Lip", Key: "fast-lip", Aliases: []string{"fastlip"},
		About: "the margin at the input less eps times a bound of its gradient over the ball",
		Uses:  Uses{Graph: true}, Look: Look{Orange, Solid, Square}},
	CrossLipschitz: {Name: "cross-Lipschitz", Key: "cross-lipschitz",
		About: "Fast-Lip, and products of rows where one hidden layer meets an l2 ball",
		Uses:  Uses{Graph: true}, Look: Look{Orange, DashDot, OpenSquare}},
	CROWNIBP: {Name: "CROWN-IBP", Key: "crown-ibp", About: "CROWN on intervals",
		Uses: Uses{Graph: true, Ladder: true, Stage: true}, Rules: Rules{Margins: crown},
		Look: Look{SkyBlue, DashDot, Pyramid}},
	FastLinIBP: {Name: "Fast-Lin (IBP)", Key: "fast-lin-ibp", Aliases: []string{"fastlin-ibp", "IBP-bounded Fast-Lin"},
		About: "Fast-Lin on intervals",
		Uses:  Uses{Graph: true, Ladder: true}, Rules: Rules{Margins: fastLin},
		Look: Look{SkyBlue, Dotted, Triangle}},
	Projected: {Name: "Fast-Lin (projections)", Key: "projections", Aliases: []string{"projected"},
		About: "Fast-Lin estimated by random projections: no bound, for training only",
		Uses:  Uses{Graph: true}, Look: Look{Blue, Dotted, OpenCircle}},
	FastLin: {Name: "Fast-Lin", Key: "fast-lin", Aliases: []string{"fastlin"},
		About: "parallel lines, each layer on the bounds of those before",
		Uses:  Uses{Graph: true, Ladder: true, Stage: true}, Rules: Rules{[]string{fastLin}, fastLin},
		Look: Look{Blue, Solid, Circle}},
	CROWN: {Name: "CROWN", Key: "crown", About: "the lower line 0 or z, whichever has the smaller area",
		Uses: Uses{Graph: true, Ladder: true, Stage: true}, Rules: Rules{[]string{crown}, crown},
		Look: Look{Purple, Dashed, OpenSquare}},
	BestOf: {Name: "best-of", Key: "best-of", Aliases: []string{"best"},
		About: "the best of IBP, Fast-Lin and CROWN, layer by layer",
		Uses:  Uses{Graph: true}, Look: Look{Green, Solid, Triangle}},
	DeepZ: {Name: "DeepZ", Key: "deepz", Aliases: []string{"zonotope"}, About: "zonotopes",
		Uses: Uses{Graph: true}, Look: Look{Green, Dotted, OpenSquare}},
	HybridZonotope: {Name: "hybrid zonotope", Key: "hybrid-zonotope", Aliases: []string{"hybrid"},
		About: "zonotopes in which only the input's errors stay correlated (DiffAI)",
		Uses:  Uses{Graph: true}, Look: Look{Green, DashDot, Plus}},
	HybridBoxed: {Name: "hybrid zonotope (boxed)", Key: "hybrid-boxed",
		About: "the same with unstable neurons as boxes: inside IBP's",
		Uses:  Uses{Graph: true}, Look: Look{Orange, DashDot, Pyramid}},
	AlphaCROWN: {Name: "alpha-CROWN", Key: "alpha-crown", Aliases: []string{"alpha"}, Relus: true,
		About: "CROWN with the slopes of the margins optimised",
		Uses:  Uses{Graph: true, Ladder: true, Stage: true}, Look: Look{Purple, Dotted, Plus}},
	AlphaJoint: {Name: "alpha-CROWN (joint)", Key: "alpha-crown-joint", Relus: true,
		About: "alpha-CROWN with the slopes of all layers' own rows optimised too",
		Uses:  Uses{Graph: true}, Look: Look{Purple, DashDot, Plus}},
	Dual: {Name: "dual", Key: "dual", Aliases: []string{"lagrangian"}, Relus: true,
		About: "LP without a solver: the dual of the layers' equalities, step by step",
		Uses:  Uses{Ladder: true, Named: true}, Look: Look{Grey, Solid, Circle}},
	LP: {Name: "LP", Key: "lp", HiGHS: true, Relus: true,
		Aliases: []string{"triangle"}, About: "the linear program of triangles on the best cheap bounds",
		Uses: Uses{Ladder: true, Stage: true}, Look: Look{Grey, DashDot, Triangle}},
	LPAll: {Name: "LP-all", Key: "lp-all", HiGHS: true, Relus: true,
		About: "LP with two programs for every unstable neuron first",
		Uses:  Uses{Ladder: true, Stage: true}, Look: Look{DarkGrey, Long, Pyramid}},
	BranchAndBound: {Name: "BaB", Key: "bab", Aliases: []string{"branch-and-bound"},
		About: "branch and bound on the phases of relus (beta-CROWN) or the intervals of other neurons (GenBaB)",
		Uses:  Uses{Stage: true}, Look: Look{Black, Dashed, Square}},
	MILP: {Name: "MILP", Key: "milp", HiGHS: true, Relus: true, About: "the mixed-integer program",
		Uses: Uses{Stage: true}, Look: Look{Black, Solid, Square}},
	Exact: {Name: "exact", Key: "exact", Relus: true, About: "the least margin itself, by branch and bound",
		Uses: Uses{Ladder: true}, Look: Look{Black, Solid, Square}},
	PGD: {Name: "PGD", Key: "pgd", About: "projected gradient descent: an attack, which proves nothing", Attack: true,
		Uses: Uses{Ladder: true, Stage: true, Search: true}, Look: Look{Vermillion, Dotted, Cross}},
	APGDCE: {Name: "APGD-CE", Key: "apgd-ce", Aliases: []string{"apgd"}, Attack: true,
		About: "PGD with momentum and steps that halve, on the cross-entropy: an attack",
		Uses:  Uses{Search: true}, Look: Look{Vermillion, Dashed, OpenCircle}},
	APGDDLR: {Name: "APGD-DLR", Key: "apgd-dlr", Attack: true,
		About: "the same on the difference of logits ratio, below 3 classes on the margin: an attack",
		Uses:  Uses{Search: true}, Look: Look{Orange, Long, Triangle}},
	SquareAttack: {Name: "Square", Key: "square", Attack: true,
		About: "random search by squares, without a gradient: an attack",
		Uses:  Uses{Search: true}, Look: Look{DarkGrey, Dotted, OpenSquare}},
}

func init() {
	for i := range table {
		table[i].ID = ID(i)
	}
}

// All are the rows of the table, in order.
func All() []Technique { return append([]Technique(nil), table[:]...) }

// Row returns a technique's row; for an unknown technique it has only a name.
func (t ID) Row() Technique {
	if t < 0 || t >= count {
		return Technique{ID: t, Name: t.String()}
	}
	return table[t]
}
