package cert

import (
	"testing"

	"tightrope/pkg/internal/mutation"
)

// TestMutants takes one guard of the checker away at a time: the other tests must notice.
func TestMutants(t *testing.T) {
	mutation.Test(t, "^Test([^MP]|Mutations|Minimum)", mutants)
}

var mutants = []mutation.Mutant{
	// What a shared checker holds is its own.
	{File: "checker.go", Old: `slices.Clone(x), slices.Clone(b.Radii)`, New: `x, slices.Clone(b.Radii)`},
	{File: "checker.go", Old: `slices.Clone(x), slices.Clone(b.Radii)`, New: `slices.Clone(x), b.Radii`},
	{File: "checker.go", Old: `		b.Box = &box`, New: `		_ = box`},
	{File: "checker.go", Old: `b.region.fork(), b.Bounds.clone(), nil`, New: `b.region, b.Bounds.clone(), nil`},
	{File: "checker.go", Old: `b.region.fork(), b.Bounds.clone(), nil`, New: `b.region.fork(), b.Bounds, nil`},
	{File: "checker.go", Old: `slices.Clone(b.byRule(rule, label)), nil`, New: `b.byRule(rule, label), nil`},
	{File: "checker.go", Old: `newRuled(b, c.region.fork())`, New: `newRuled(b, c.region)`},
	{File: "checker.go", Old: `!proof.Ball.Equal(c.ball) || `, New: ``},
	{File: "checker.go", Old: `!slices.Equal(proof.Input, c.x) || `, New: ``},
	{File: "checker.go", Old: `name := fmt.Sprint(rules)`, New: `name := fmt.Sprint(len(rules))`},
	{File: "checker.go", Old: `question{rule, label}`, New: `question{rule, 0}`},
	{File: "checker.go", Old: `	if err := proof.validate(c.network, limits); err != nil {
		return nil, err
	}
`, New: ``},
	{File: "pass.go", Old: `if p.stamp == math.MaxInt32 {`, New: `if false {`},
	// The form of a certificate.
	{File: "form.go", Old: `case c.Schema < 1 || c.Schema > Schema:`, New: `case false:`},
	{File: "form.go", Old: `c.Schema < 1 || `, New: ``},
	{File: "form.go", Old: `case c.HashVersion < 0 || c.HashVersion > model.HashVersion:`,
		New: `case c.HashVersion < 0:`},
	{File: "form.go", Old: `case c.HashVersion < 0 || c.HashVersion > model.HashVersion:`,
		New: `case c.HashVersion > model.HashVersion:`},
	{File: "form.go", Old: `case c.Network != n.Hash:`, New: `case false:`},
	{File: "form.go", Old: `case c.Label < 0 || c.Label >= n.Classes():`, New: `case c.Label < 0:`},
	{File: "form.go", Old: `case len(c.Input) != n.Inputs():`, New: `case false:`},
	{File: "form.go", Old: `case len(c.Rules)+len(c.Units)+len(c.Tighter)+len(c.Margins) > 0:`, New: `case false:`},
	{File: "form.go", Old: `case len(c.Point) != n.Inputs():`, New: `case false:`},
	{File: "form.go", Old: `case c.Class < 0 || c.Class >= n.Classes() || c.Class == c.Label:`,
		New: `case c.Class < 0 || c.Class >= n.Classes():`},
	{File: "form.go", Old: `case c.Class < 0 || c.Class >= n.Classes() || c.Class == c.Label:`,
		New: `case c.Class == c.Label:`},
	{File: "form.go", Old: `if len(c.Point) > 0 {`, New: `if false {`},
	{File: "form.go", Old: `if !r.known() || slices.Contains(c.Rules[:i], r) {`,
		New: `if !r.known() || len(c.Rules) > 99 && slices.Contains(c.Rules[:i], r) {`},
	{File: "form.go", Old: `if !r.known() || slices.Contains(c.Rules[:i], r) {`,
		New: `if slices.Contains(c.Rules[:i], r) {`},
	{File: "form.go", Old: `if !m.Rule.known() {`, New: `if false {`},
	{File: "form.go", Old: `seen[c.Label] = true`, New: ``},
	{File: "form.go", Old: `m.Class < 0 || m.Class >= classes || seen[m.Class]`,
		New: `m.Class < 0 || m.Class >= classes`},
	{File: "form.go", Old: `		if !ok {
			return Refused("class`, New: `		if !ok && classes < 0 {
			return Refused("class`},
	{File: "form.go", Old: `if !u.in(units) || listed[u] {`, New: `if !u.in(units) {`},
	{File: "form.go", Old: `if !u.in(units) || listed[u] {`, New: `if listed[u] {`},
	{File: "form.go", Old: `if !p.Unit.in(units) || proved[s] {`, New: `if !p.Unit.in(units) {`},
	{File: "form.go", Old: `if len(p.Multipliers) > len(c.Units) {`, New: `if false {`},
	{File: "form.go", Old: `nodes > limits.Nodes {`, New: `false {`},
	{File: "form.go", Old: `			nodes += len(t.Splits)
			if len(p.`, New: `			if len(p.`},
	{File: "form.go", Old: `len(p.Multipliers) > 0 || `, New: ``},
	{File: "form.go", Old: `!t.even(len(c.Units))`, New: `false`},
	{File: "form.go", Old: `return leaves > 0 && `, New: `return `},
	{File: "form.go", Old: `len(t.Multipliers)%leaves == 0 && `, New: ``},
	{File: "form.go", Old: ` && len(t.Multipliers)/leaves <= units`, New: ``},
	{File: "form.go", Old: `if !t.whole(len(c.Units)) || `, New: `if `},
	{File: "form.go", Old: `if !t.whole(len(c.Units)) || !t.inOrder(len(c.Units)) {`,
		New: `if !t.whole(len(c.Units)) {`},
	{File: "form.go", Old: ` || !t.inOrder(len(c.Units)) {
				return Refused("a bound`, New: ` {
				return Refused("a bound`},
	{File: "form.go", Old: `if j < 0 || j >= units || `, New: `if j >= units || `},
	{File: "form.go", Old: `if j < 0 || j >= units || `, New: `if j < 0 || `},
	{File: "form.go", Old: ` || i > 0 && j <= t.Of[i-1] {`, New: ` {`},
	{File: "form.go", Old: `return len(t.Of) == 0 || len(t.Multipliers) == t.Leaves()*len(t.Of)`, New: `return true`},
	{File: "form.go", Old: `case c.Schema < splitAt:`, New: `case false:`},
	{File: "form.go", Old: `case len(t.At) != len(t.Splits)/2:`, New: `case false:`},
	{File: "form.go", Old: `case !allAllowed(t.At):`, New: `case false:`},
	{File: "form.go", Old: `if t := c.Tighter[i].Tree; t != nil {`, New: `if t := c.Tighter[i].Tree; false {`},
	{File: "form.go", Old: `if t := c.Margins[i].Tree; t != nil {`, New: `if t := c.Margins[i].Tree; false {`},
	{File: "limits.go", Old: `if k.bounds.region.bends(`,
		New: `if k.bounds.Unstable(relu, unit) && k.bounds.region.bends(`},

	// What must be positive, and trees.
	{File: "check.go", Old: `if !(lower > 0) {`, New: `if false {`},
	{File: "tree.go", Old: `if w.next != len(w.tree.Splits) {`, New: `if false {`},
	{File: "tree.go", Old: `w.least = min(w.least, bound)`, New: `w.least = bound`},
	{File: "check.go", Old: `w.sign = sign`, New: ``},
	{File: "check.go", Old: `w.margin = true`, New: ``},
	{File: "check.go", Old: `if err := k.memory(); err != nil {`, New: `if err := error(nil); err != nil {`},
	{File: "check.go", Old: `j >= 0 && j < len(nu)`, New: `j >= 0`},
	{File: "tree.go", Old: `if w.next >= len(w.tree.Splits) {`, New: `if false {`},
	{File: "tree.go", Old: `if split < 0 || split >= len(w.unitOf) {`, New: `if split >= len(w.unitOf) {`},
	{File: "tree.go", Old: `if split < 0 || split >= len(w.unitOf) {`, New: `if split < 0 {`},
	{File: "tree.go", Old: `w.lower[i], w.upper[i] = l, u
`, New: ``},
	{File: "tree.go", Old: `for _, above := range []bool{true, false} {`,
		New: `for _, above := range []bool{true} {`},
	{File: "tree.go", Old: `w.lower[i] = max(l, s)`, New: `w.lower[i] = max(l, s+0.05)`},
	{File: "tree.go", Old: `w.upper[i] = min(u, s)`, New: `w.upper[i] = min(u, s-0.05)`},
	{File: "tree.go", Old: `w.lower[i] = max(l, s)`, New: `w.lower[i] = max(l, 0)`},
	{File: "tree.go", Old: `if w.cut >= len(w.tree.At) {`, New: `if false {`},
	{File: "tree.go", Old: `if w.depth >= w.deepest() {`, New: `if false {`},
	{File: "tree.go", Old: `	if len(w.tree.At) == 0 {
		return len(w.Units)
	}
`, New: ``},
	{File: "tree.go", Old: `if l > w.upper[i] {`, New: `if l >= w.upper[i] {`},
	{File: "tree.go", Old: `if w.margin && !(bound > 0) {`, New: `if false {`},

	// Rewritten operations.
	{File: "native.go", Old: `if !r.isRelu() {`, New: `if r.kind != reluVertex {`},
	{File: "native.go", Old: `if !p.vertices[f].isRelu() {`, New: `if p.vertices[f].kind != reluVertex {`},
	{File: "native.go", Old: `if s != -1 || shift[i] != 0 {`, New: `if s != -1 {`},
	{File: "native.go", Old: `if s != -1 || shift[i] != 0 {`, New: `if shift[i] != 0 {`},
	{File: "native.go", Old: `if !ok || p.vertices[vertex].from[0] != other {`, New: `if !ok {`},
	{File: "native.go", Old: `if !ok || p.vertices[q].from[0] != x {`, New: `if !ok {`},
	{File: "native.go", Old: `if w != 0 && (j != i || scale[i] != 0) {`, New: `if false {`},
	{File: "native.go", Old: `		add(down(bend), up(bend))
`, New: ``},
	{File: "native.go", Old: `	add(u, u)
`, New: ``},
	{File: "native.go", Old: `max(from, l[i])`, New: `from`},
	{File: "native.go", Old: `max(to, u[i])`, New: `to`},

	// No number is lost.
	{File: "round.go", Old: `return math.Abs(x) <= largest`, New: `return true`},
	{File: "round.go", Old: `if math.IsNaN(bound) || math.IsInf(bound, 1) {`, New: `if math.IsInf(bound, 1) {`},
	{File: "lower.go", Old: `if !allowed(p.h[i]) || !allowed(nu) {`, New: `if false {`},
	{File: "lower.go", Old: `if !allowed(p.h[i]) || !allowed(nu) {`, New: `if !allowed(nu) {`},
	{File: "propagate.go", Old: `if !allowed(s) {`, New: `if false {`},
	{File: "network.go", Old: `if !allAllowed(v.weight.value) || !allAllowed(v.bias) {`,
		New: `if !allAllowed(v.bias) {`},
	{File: "network.go", Old: `if !allAllowed(v.weight.value) || !allAllowed(v.bias) {`,
		New: `if !allAllowed(v.weight.value) {`},
	{File: "region.go", Old: `if !(mu >= 0) {`, New: `if false {`},
	{File: "pass_relu.go", Old: "\t\tcase u <= 0:\n\t\tcase l >= 0:", New: "\t\tcase l >= 0:"},
	{File: "pass_relu.go", Old: "\t\t\tcopy(to.block[int(j)*lanes:], h)\n", New: ""},
	{File: "pass_relu.go", Old: `Kink: l <= 0 && u >= 0`, New: `Kink: false`},
	{File: "pass.go", Old: `p.lost[q] = p.lost[q] || ok[q] != 1`, New: ``},
	{File: "region.go", Old: `if !(tau >= 1/rangeL2 && tau <= rangeL2) {`, New: `if !(tau > 0) {`},
	{File: "region.go", Old: `if err := ball.CheckInput(b, x); err != nil {`,
		New: `if err := error(nil); err != nil {`},
	{File: "region.go", Old: `if err := b.Validate(); err != nil {`, New: `if err := error(nil); err != nil {`},

	// Rounding errors.
	{File: "round.go", Old: `s.partial*unit*(1+1e-9) + `, New: ``},
	{File: "round.go", Old: `s.penalty*(1+1e-9) + underflow`, New: `underflow`},
	{File: "pass.go", Old: `penalty := gamma(len(s.units)+1) * inflate(size[q])`, New: `penalty := 0.0`},
	{File: "lower.go", Old: `gamma(len(row.Units)+2)*inflate(reach)`, New: `0`},
	{File: "region.go", Old: `return down(s - gamma(len(v))*inflate(size) - underflow)`, New: `return s`},
	{File: "propagate.go", Old: `slack := gamma(len(value)+4)*2*reach[i] + underflow`, New: `slack := 0.0`},

	// Smooth activations.
	{File: "curve.go", Old: `if !convex {`, New: `if true {`},
	{File: "curve.go", Old: `return down(f.at(sign, s, z).lo + min(left, right))`,
		New: `return down(f.at(sign, s, z).lo + 0*min(left, right))`},
	{File: "curve.go", Old: `if u >= 0 {`, New: `if u >= 0 && l > 0 {`},
	{File: "curve.go", Old: `if l <= 0 {`, New: `if u <= 0 {`},
	{File: "curve.go", Old: `math.IsNaN(z) {`, New: `false {`},
	{File: "curve.go", Old: `low := x.minus(cube.over(point(3)))`, New: `low := x`},
	{File: "pass_smooth.go", Old: `if h < 0 {`, New: `if h > 0 {`},
	{File: "pass_smooth.go", Old: `low[q] += h * b`, New: `low[q] += h * other`},
	{File: "pass_smooth.go", Old: `high[q] -= h * other`, New: `high[q] -= h * b`},
	{File: "zonotope_smooth.go", Old: `row[z.symbols] = half`, New: `row[z.symbols] = half / 2`},
	{File: "span.go", Old: `point(k).times(ln2Low)`, New: `point(0)`},
	{File: "curve_cost.go", Old: `math.Copysign(1, h)`, New: `1`},
	{File: "curve_cost.go", Old: `if h == 0 || !allowed(s) {`, New: `if h == 0 {`},
	{File: "curve_cost.go", Old: `down(min(-nu*l, -nu*u)) - size`, New: `down(min(-nu*l, -nu*u)) - 0*size`},
	{File: "curve_cost.go", Old: `down(min(-nu*l, -nu*u))`, New: `down(-nu*l)`},
	{File: "lower.go", Old: `if f := c.curves[unit]; f != nil {`, New: `if f := c.curves[unit]; f != nil && l > 0 {`},
	{File: "tighten.go", Old: `return r.net.vertices[r.net.relus[relu]].curve != nil || b.Unstable(relu, unit)`,
		New: `return b.Unstable(relu, unit)`},

	// Points.
	{File: "point.go", Old: `if !Contains(c.Ball, c.Input, c.Point) {`, New: `if false {`},
	{File: "point.go", Old: `if !(excess >= 0) {`, New: `if false {`},
	{File: "point.go", Old: `b.Box != nil && (v < b.Box.Lower || v > b.Box.Upper)`, New: `false`},
	{File: "point.go", Old: `if math.Abs(d) != eps {`, New: `if true {`},
	{File: "point.go", Old: `return err <= 0`, New: `return true`},
	{File: "point.go", Old: `total = up(total + up(up(math.Abs(d))*up(math.Abs(d))))`, New: `total += d * d`},
	{File: "point.go", Old: `total = up(total + up(math.Abs(d)))`, New: `total += math.Abs(d)`},
}
