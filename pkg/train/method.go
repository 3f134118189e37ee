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
	// CP is the convex outer polytope: cross-entropy at the negated Fast-Lin bounds (Wong & Kolter 2018), plus lambda d + gamma r.
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
	// CCIBP is the cross-entropy of the mean of attack margins and IBP margins, weighted by Share (De Palma et al. 2024).
	CCIBP
	// EXPIBP is the geometric mean of attack loss and IBP loss, weighted by Share (De Palma et al. 2024).
	EXPIBP
)

// method is what the package knows of a method.
type method struct {
	name      string
	loss      func(*batch) measures
	attacks   bool            // the loss runs PGD, so it draws random starts and uses Config.Attack
	certifier bound.Technique // what proves most of what the method trains for, at a cost that fits every epoch
}

// methods is filled once and never changed.
var methods map[Method]method

func init() {
	methods = map[Method]method{
		CP:       {"cp", convexOuterPolytope, false, bound.FastLin{}},
		Natural:  {"natural", natural, false, bound.FastLin{}},
		IBP:      {"ibp", interval, false, bound.IBP{}},
		CROWNIBP: {"crown-ibp", crownIBP, false, bound.IBP{}},
		PGD:      {"pgd", adversarial, true, bound.FastLin{}},
		SABR:     {"sabr", smallBoxes, true, bound.CROWNIBP()},
		MTLIBP:   {"mtl-ibp", multiTask, true, bound.CROWNIBP()},
		CCIBP:    {"cc-ibp", convexCombination, true, bound.CROWNIBP()},
		EXPIBP:   {"exp-ibp", exponential, true, bound.CROWNIBP()},
	}
}

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

// ParseMethod reads a method's name.
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

// Certifier is the technique that measures a network trained in this way: the one that its loss ends in.
func (c Config) Certifier() bound.Technique {
	if c.Method == CROWNIBP && c.Beta.End > 0 {
		return bound.CROWNIBP()
	}
	return methods[c.Method].certifier
}
