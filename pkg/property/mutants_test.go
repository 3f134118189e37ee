package property

import (
	"testing"

	"tightrope/pkg/internal/mutation"
)

// TestMutants takes one guard of the checker away at a time: the other tests must notice.
func TestMutants(t *testing.T) { mutation.Test(t, "^Test[^M]", mutants) }

var mutants = []mutation.Mutant{
	// What a proof is about.
	{File: "check.go", Old: `case proof.Schema < 1 || proof.Schema > Schema:`, New: `case proof.Schema > Schema:`},
	{File: "check.go", Old: `case proof.Schema < 1 || proof.Schema > Schema:`, New: `case proof.Schema < 1:`},
	{File: "check.go", Old: `case proof.Network != p.NetworkHash:`, New: `case false:`},
	{File: "check.go", Old: `case proof.Property != p.PropertyHash:`, New: `case false:`},
	{File: "check.go", Old: `if len(proof.Parts) > 0 {`, New: `if false {`},
	{File: "check.go", Old: `case len(proof.Point) > 0:`, New: `case false:`},
	{File: "check.go", Old: `case len(proof.Parts) != len(p.Groups):`, New: `case len(proof.Parts) > len(p.Groups):`},
	{File: "check.go", Old: `case (part.Tree == nil) == (len(part.Neurons) == 0):`,
		New: `case part.Tree == nil && len(part.Neurons) == 0:`},

	// Multipliers.
	{File: "check.go", Old: `if len(lambda) != len(c.Rows) {`, New: `if len(lambda) > len(c.Rows) {`},
	{File: "check.go", Old: `if !(f >= 0) {`, New: `if false {`},
	{File: "check.go", Old: `if !(math.Abs(sum-1) <= 1e-9) {`, New: `if !(sum <= 1+1e-9) {`},
	{File: "check.go", Old: `if !(math.Abs(sum-1) <= 1e-9) {`, New: `if !(sum >= 1-1e-9) {`},

	// Trees.
	{File: "tree.go", Old: `case c.Case < 0 || c.Case >= len(g.Cases):`, New: `case c.Case >= len(g.Cases):`},
	{File: "tree.go", Old: `case c.Case < 0 || c.Case >= len(g.Cases):`, New: `case c.Case < 0:`},
	{File: "tree.go", Old: `case c.Rule != FastLin && c.Rule != CROWN && c.Rule != Adapted:`, New: `case false:`},
	{File: "tree.go", Old: `if len(w.bytes) > 0 {`, New: `if false {`},
	{File: "tree.go", Old: `if v/2 >= uint64(len(w.tree.Closings)) {`, New: `if false {`},
	{File: "tree.go", Old: `if w.closed[at] {`, New: `if false {`},
	{File: "tree.go", Old: `if input >= uint64(len(w.lower)) {`, New: `if false {`},
	{File: "tree.go", Old: `	if !ok {
		return cert.Refused("a node splits`, New: `	if !ok && w.depth < 0 {
		return cert.Refused("a node splits`},
	{File: "tree.go", Old: `defer func() { w.reopen(here) }()`, New: ``},
	{File: "tree.go", Old: `w.lower[k], w.upper[k] = m, u`, New: `w.lower[k], w.upper[k] = u, u`},
	{File: "tree.go", Old: `if !(bound > 0) {`, New: `if false {`},

	// Points.
	{File: "replay.go", Old: `if !(r.Slack >= 2*r.Difference) {`, New: `if r.Slack < 2*r.Difference {`},
	{File: "replay.go", Old: `if !(r.Slack >= 2*r.Difference) {`, New: `if !(r.Slack >= 0) {`},
	{File: "replay.go", Old: `if c.Box.Contains(x) {`, New: `if true {`},

	// Neurons.
	{File: "neurons.go", Old: `case c.Verdict != cert.Certified || c.Label != 0:`,
		New: `case c.Label != 0:`},
	{File: "neurons.go", Old: `case c.Verdict != cert.Certified || c.Label != 0:`,
		New: `case c.Verdict != cert.Certified:`},
	{File: "neurons.go", Old: `case !slices.Equal(c.Input, x) || !b.Equal(c.Ball):`,
		New: `case !b.Equal(c.Ball) || len(x) == 0:`},
	{File: "neurons.go", Old: `case !slices.Equal(c.Input, x) || !b.Equal(c.Ball):`,
		New: `case !slices.Equal(c.Input, x) || b.Eps == 0:`},
	{File: "neurons.go", Old: `if n.Certificate == nil {`, New: `if false {`},
	{File: "neurons.go", Old: `if f != 0 && j != row {`, New: `if f != 0 && j != row && f < 0 {`},
	{File: "neurons.go", Old: `slices.Index(refuted, false); at >= 0 {`,
		New: `slices.Index(refuted, false); at >= len(refuted) {`},
	{File: "neurons.go", Old: `if at < 0 || at >= len(g.Cases) {`, New: `if at >= len(g.Cases) {`},
	{File: "neurons.go", Old: `if at < 0 || at >= len(g.Cases) {`, New: `if at < 0 {`},
	{File: "neurons.go", Old: `if len(n.Lambda) != len(n.Cases) {`, New: `if len(n.Lambda) > len(n.Cases) {`},
}
