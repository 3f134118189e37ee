package cert

import "fmt"

// Rule chooses the lines of the relus for which no multipliers are given.
type Rule int

// The rules. The upper line of an unstable unit is u/(u-l) (z-l), except for Interval.
const (
	FastLin  Rule = iota // lower line of the upper line's slope (Weng et al. 2018): one backward pass bounds both sides
	CROWN                // lower line z where u > -l, else 0 (Zhang et al. 2018)
	Interval             // no lines: max(l,0) <= relu(z) <= max(u,0) (IBP)
)

var ruleNames = []string{"fast-lin", "crown", "interval"}

// known reports whether there is such a rule.
func (r Rule) known() bool { return r >= 0 && int(r) < len(ruleNames) }

// String is the rule's name in files.
func (r Rule) String() string {
	if !r.known() {
		return fmt.Sprintf("Rule(%d)", int(r))
	}
	return ruleNames[r]
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Rule) UnmarshalText(b []byte) error {
	for i, name := range ruleNames {
		if name == string(b) {
			*r = Rule(i)
			return nil
		}
	}
	return fmt.Errorf("rule %.20q is unknown: certificates know %v", b, ruleNames)
}
