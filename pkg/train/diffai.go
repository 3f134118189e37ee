package train

import (
	"fmt"
	"slices"

	"tightrope/pkg/bound"
)

// Domain is the abstract domain that DiffAI trains on.
type Domain int

// The domains of Mirman et al. (2018).
const (
	// HybridDomain keeps the deviations of the input correlated; those that relus add are put into a box.
	HybridDomain Domain = iota
	// BoxDomain has only uncorrelated deviations: interval arithmetic.
	BoxDomain
	// ZonotopeDomain keeps all deviations correlated: DeepZ, for small networks.
	ZonotopeDomain
)

var domains = []struct {
	name      string
	technique bound.Technique
}{{"hybrid", bound.Hybrid{}}, {"box", bound.IBP{}}, {"zonotope", bound.Zonotope{}}}

// DomainNames lists the names of the domains.
func DomainNames() (names []string) {
	for _, d := range domains {
		names = append(names, d.name)
	}
	return names
}

func (d Domain) known() bool { return d >= 0 && int(d) < len(domains) }

// String is the domain's name in records.
func (d Domain) String() string {
	if !d.known() {
		return fmt.Sprintf("domain(%d)", int(d))
	}
	return domains[d].name
}

// ParseDomain reads a domain's name. It returns an error, which lists the names, for any other.
func ParseDomain(name string) (Domain, error) {
	i := slices.Index(DomainNames(), name)
	if i < 0 {
		return 0, fmt.Errorf("domain %.40q: use one of %v", name, DomainNames())
	}
	return Domain(i), nil
}

// MarshalText implements encoding.TextMarshaler.
func (d Domain) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Domain) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDomain(string(b))
	return err
}

// diffAI is kappa times the cross-entropy of the clean inputs + (1-kappa) times that at the margins which an abstract
// domain bounds (Mirman et al. 2018; docs/method.md, section 13).
func diffAI(b *batch) measures {
	p := b.problem(b.region())
	result := diffAIBound(b.config).Bound(p)
	m := b.measured(result.Margins)
	b.addNatural(&m)
	b.onIntervals(&m, p, result.Layers)
	return m
}

// diffAIBound is the bound of [diffAI].
func diffAIBound(c Config) bound.Technique { return domains[c.Domain].technique }

// diffAICertifier is IBP for the box; Fast-Lin proves more than the other domains.
func diffAICertifier(c Config) bound.Technique {
	if c.Domain == BoxDomain {
		return bound.IBP{}
	}
	return bound.FastLin{}
}

func checkDomain(c Config) error {
	if !c.Domain.known() {
		return fmt.Errorf("%v is not known: use one of %v", c.Domain, DomainNames())
	}
	return nil
}
