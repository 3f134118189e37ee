package train

import (
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/bound"
)

// Method is the loss that is trained.
type Method int

// The methods; each has its own file.
const (
	// CP is the convex outer polytope: cross-entropy at the negated Fast-Lin bounds (Wong & Kolter 2018), plus lambda d
	// + gamma r.
	CP Method = iota
	// Natural is the cross-entropy of the clean inputs.
	Natural
	// IBP is the cross-entropy at interval bounds (Gowal et al. 2018).
	IBP
	// CROWNIBP mixes CROWN-IBP's margins with IBP's while eps grows, then trains on IBP (Zhang et al. 2020).
	CROWNIBP
	// PGD is adversarial training: the cross-entropy at the points that PGD finds (Madry et al. 2018).
	PGD
	// SABR is the IBP loss of a small box around a point that PGD finds (Mueller et al. 2023).
	SABR
	// MTLIBP is the mean of attack loss and IBP loss, weighted by Share (De Palma et al. 2024).
	MTLIBP
	// CCIBP is the cross-entropy of the mean of attack margins and IBP margins, weighted by Share (De Palma et al.
	// 2024).
	CCIBP
	// EXPIBP is the geometric mean of attack loss and IBP loss, weighted by Share (De Palma et al. 2024).
	EXPIBP
	// DiffAI mixes the cross-entropy of the clean inputs with that at the bounds of an abstract domain: box, hybrid
	// zonotope or zonotope (Mirman et al. 2018).
	DiffAI
	// Noise is the cross-entropy of inputs with Gaussian noise, for randomized smoothing (Cohen et al. 2019).
	Noise
)

// method is what the package knows of a method: everything outside the file of its loss that depends on it.
type method struct {
	name      string
	loss      func(*batch) measures
	certifier func(Config) bound.Technique // what proves most of what it trains for, at a cost that fits every epoch

	// bound is what dominates the cost of a step, differentiated; nil: passes over the network alone do.
	bound func(Config) bound.Technique
	// rows: the bound pushes a row through the network for each unit, so that projections can estimate it, steps look
	// first which units need a row, and small batches suit the caches of a CPU.
	rows bool
	// attacks: the loss runs PGD, so that it draws random starts and uses Config.Attack.
	attacks bool
	// whole: the loss is no mean over samples, so that its gradient is not that of micro-batches.
	whole bool
	// endsInIBP reports whether IBP's loss takes over after the ramp; nil: it never does.
	endsInIBP func(Config) bool
	// check returns an error for a configuration that the loss does not support; nil: it supports all.
	check func(Config) error
}

// methods is filled once and never changed.
var methods map[Method]method

func init() {
	methods = map[Method]method{
		CP:      {name: "cp", loss: convexOuterPolytope, certifier: fastLin, bound: outerPolytopeBound, rows: true},
		Natural: {name: "natural", loss: natural, certifier: fastLin},
		Noise:   {name: "noise", loss: noisy, certifier: fastLin, check: needsSigma},
		IBP:     {name: "ibp", loss: interval, certifier: ibp, bound: ibp},
		CROWNIBP: {name: "crown-ibp", loss: crownIBP, certifier: crownIBPCertifier, bound: crownIBPBound,
			endsInIBP: crownIBPEnds},
		DiffAI: {name: "diffai", loss: diffAI, certifier: diffAICertifier, bound: diffAIBound, check: checkDomain},
		PGD:    {name: "pgd", loss: adversarial, certifier: fastLin, attacks: true},
		SABR:   {name: "sabr", loss: smallBoxes, certifier: crownIBPBound, attacks: true, check: onlyLinf},
		MTLIBP: {name: "mtl-ibp", loss: multiTask, certifier: crownIBPBound, attacks: true},
		CCIBP:  {name: "cc-ibp", loss: convexCombination, certifier: crownIBPBound, attacks: true},
		EXPIBP: {name: "exp-ibp", loss: exponential, certifier: crownIBPBound, attacks: true, whole: true},
	}
}

func fastLin(Config) bound.Technique { return bound.FastLin{} }

func ibp(Config) bound.Technique { return bound.IBP{} }

func crownIBPBound(Config) bound.Technique { return bound.CROWNIBP() }

// method is the row of the configuration's method; of an unknown one it is empty.
func (c Config) method() method { return methods[c.Method] }

// String is the method's name in records.
func (m Method) String() string { return methods[m].name }

// MethodNames lists the names of all methods.
func MethodNames() []string {
	var names []string
	for _, m := range methods {
		names = append(names, m.name)
	}
	slices.Sort(names)
	return names
}

// ParseMethod reads a method's name. It returns an error, which lists the names, for any other.
func ParseMethod(name string) (Method, error) {
	for k, m := range methods {
		if m.name == name {
			return k, nil
		}
	}
	return 0, fmt.Errorf("training method %q: use one of %s", name, strings.Join(MethodNames(), ", "))
}

// MarshalText implements encoding.TextMarshaler.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Method) UnmarshalText(b []byte) (err error) {
	*m, err = ParseMethod(string(b))
	return err
}

// Certifier is the technique that measures a network trained in this way: the one on which its loss is based at the end
// of the training.
func (c Config) Certifier() bound.Technique { return c.method().certifier(c) }

// Technique is the bound that a step differentiates, from which its cost is estimated. If passes over the network alone
// dominate a step (natural training, attacks), known is false and the technique is IBP, or CROWN-IBP where rows are
// carried back.
func (c Config) Technique() (t bound.Technique, known bool) {
	if m := c.method(); m.bound != nil {
		return m.bound(c), true
	}
	if c.CrossLipschitz > 0 {
		return bound.CROWNIBP(), false // a row for each class
	}
	return bound.IBP{}, false
}

// Dearest returns the configuration of the most expensive steps of the training, for measurements: for CROWN-IBP, those
// of its first stage.
func (c Config) Dearest() Config {
	if c.method().endsInIBP != nil {
		c.Beta = Range{Start: 1, End: 1}
	}
	return c
}
