package verify

import (
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/net"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/outcome"
)

// aboutRelus are the stages that know no activation but relu, in order.
func aboutRelus() (all []outcome.Stage) {
	for _, t := range technique.Of(technique.ForStage) {
		if t.OfRelus() {
			all = append(all, outcome.StageOf(t))
		}
	}
	slices.Sort(all)
	return all
}

// skipSmooth leaves out the stages that know relus only, where the network has other activations, and says so.
func (c *cascade) skipSmooth() {
	smooth := c.plain.Smooth()
	if len(smooth) == 0 {
		return
	}
	var left []string
	for _, s := range aboutRelus() {
		if c.runs(s) {
			left = append(left, s.String())
		}
	}
	c.Skip = append(aboutRelus(), c.Skip...)
	if len(left) > 0 {
		c.summary.Notes = append(c.summary.Notes, fmt.Sprintf("no %s: they know relus only, and the network has %s",
			strings.Join(left, ", "), strings.Join(smooth, " and ")))
	}
}

// refuseSmooth returns an error if a network has other activations than relus; what says what knows relus only, and
// remedy what to do instead.
func refuseSmooth(n *net.Network, what, remedy string) error {
	if smooth := n.Smooths(); len(smooth) > 0 {
		return fmt.Errorf("%s know relus only, and network %q has %s: %s", what, n.Name, strings.Join(smooth, " and "),
			remedy)
	}
	return nil
}

// forNetwork leaves out of the default techniques those that know relus only, where the network has other activations.
func (o LadderOptions) forNetwork(n *net.Network) LadderOptions {
	if o.Rungs == nil && len(n.Smooths()) > 0 {
		o.Rungs = slices.DeleteFunc(Rungs(), technique.ID.OfRelus)
	}
	return o
}

// checkSmooth returns an error for techniques that know relus only on a network of other activations.
func (o LadderOptions) checkSmooth(n *net.Network) error {
	smooth := n.Smooths()
	for _, t := range o.Rungs {
		if len(smooth) > 0 && t.OfRelus() {
			return fmt.Errorf("technique %v knows relus only, and network %q has %s: use some of %v", t, n.Name,
				strings.Join(smooth, " and "), slices.DeleteFunc(Rungs(), technique.ID.OfRelus))
		}
	}
	return nil
}
