package rational

import (
	"testing"

	"tightrope/pkg/internal/mutation"
)

// direct are the tests that must notice every mutant, without the first checker's help.
const direct = "^Test(Dense|Float32Weights|Conv|ConvSides|AvgPool|Normalize|BatchNorm|BatchNormDefaults|Add|Intervals" +
	"|ReadsLastVertex|FurtherBounds|FurtherLowerBound|PresentBounds|Tree|FalseTree|EmptyLeaves|EmptyTree|PointLeaf" +
	"|Minimum|StableUnitsGetNoMultiplier|Falsified|Refusals|FalsifiedRefusals|ZeroMargin|Weights|UnknownLayer" +
	"|TooLarge|Context|Contains|Rules|StableUnits|Tighten|NearlyStable)$"

// TestMutants takes one guard away at a time.
func TestMutants(t *testing.T) {
	mutation.Test(t, direct, mutants)
}

var mutants = []mutation.Mutant{
	// What is refused.
	{File: "check.go", Old: `c.Schema >= 1 &&`, New: ``},
	{File: "check.go", Old: `c.Schema <= cert.Schema,`, New: `true,`},
	{File: "check.go", Old: `require(c.HashVersion == 0 || c.HashVersion == 1,`, New: `require(true,`},
	{File: "check.go", Old: `require(c.Network == m.Hash(),`, New: `require(true,`},
	{File: "check.go", Old: `require(c.Label >= 0 &&`, New: `require(`},
	{File: "check.go", Old: `c.Label < classes, "label`, New: `true, "label`},
	{File: "check.go", Old: `require(len(c.Input) == inputs,`, New: `require(true,`},
	{File: "check.go", Old: `errors.Join(c.Ball.Validate(), `, New: `errors.Join(`},
	{File: "check.go", Old: `, ball.CheckInput(c.Ball, c.Input))`, New: `)`},
	{File: "check.go", Old: `require(err == nil, "%v", err)`, New: ``},
	{File: "check.go", Old: `require(c.Verdict == cert.Certified,`, New: `require(true,`},
	{File: "check.go", Old: `require(len(c.Point) == inputs,`, New: `require(true,`},
	{File: "check.go", Old: `require(c.Class >= 0 &&`, New: `require(`},
	{File: "check.go", Old: `c.Class < classes &&`, New: ``},
	{File: "check.go", Old: ` && c.Class != c.Label,`, New: `,`},
	{File: "check.go", Old: `require(k.region.contains(point),`, New: `require(true,`},
	{File: "check.go", Old: `require(y[c.Class].Cmp(y[c.Label]) >= 0,`, New: `require(y != nil,`},
	{File: "check.go", Old: `require(y[c.Class].Cmp(y[c.Label]) >= 0,`, New: `require(y[c.Class].Cmp(y[c.Label]) > 0,`},
	{File: "check.go", Old: `k.region = newRegion(ball.Ball{}, point)`, New: ``},
	{File: "check.go", Old: `if count > most {`, New: `if false {`},
	{File: "check.go", Old: "if !ok {\n\t\tpanic(failure{", New: "if false {\n\t\tpanic(failure{"},
	{File: "numbers.go", Old: `require(out[i] != nil,`, New: `require(true,`},
	{File: "network.go", Old: `require(len(unread) == 1,`, New: `require(true,`},
	{File: "network.go", Old: `delete(unread, from+1)`, New: `clear(unread)`},
	{File: "network.go", Old: `panic(failure{fmt.Errorf("layer`, New: `fmt.Sprint(failure{fmt.Errorf("layer`},
	{File: "pass.go", Old: `require(r == cert.FastLin || r == cert.CROWN || r == cert.Interval, "%v is not a rule", r)`, New: ``},
	{File: "proof.go", Old: `require(m.Class >= 0 &&`, New: `require(`},
	{File: "proof.go", Old: `m.Class < len(margins) &&`, New: ``},
	{File: "proof.go", Old: ` && !seen[m.Class],`, New: `,`},
	{File: "proof.go", Old: `{c.Label: true}`, New: `{-1: true}`},
	{File: "proof.go", Old: `require(len(seen) == len(margins),`, New: `require(true,`},
	{File: "proof.go", Old: `require(!twice,`, New: `require(!twice || true,`},
	{File: "proof.go", Old: `require(len(p.Multipliers) <= len(c.Units),`, New: `require(true,`},
	{File: "proof.go", Old: `require(u.Relu >= 0 &&`, New: `require(`},
	{File: "proof.go", Old: `u.Relu < len(k.relus),`, New: `true,`},
	{File: "proof.go", Old: `require(u.Unit >= 0 &&`, New: `require(`},
	{File: "proof.go", Old: `u.Unit < size,`, New: `true,`},
	{File: "proof.go", Old: `require(v.Sign() > 0,`, New: `require(v.Sign() >= 0,`},
	{File: "proof.go", Old: `require(v.Sign() > 0,`, New: `require(true,`},
	{File: "proof.go", Old: `require(len(w.splits)+len(w.nus) == 0,`, New: `require(len(w.nus) == 0,`},
	{File: "proof.go", Old: `require(len(w.splits)+len(w.nus) == 0,`, New: `require(len(w.splits) == 0,`},
	{File: "proof.go", Old: `require(len(w.splits) > 0,`, New: `require(true,`},
	{File: "proof.go", Old: `require(s >= 0 &&`, New: `require(`},
	{File: "proof.go", Old: `s < len(w.units),`, New: `true,`},
	{File: "proof.go", Old: `require(len(w.nus) >= units,`, New: `require(true,`},
	{File: "proof.go", Old: `limit("nodes", float64(len(t.Splits)), MaxNodes)`, New: ``},
	{File: "proof.go", Old: "w.spend(0)\n", New: "\n"},

	// Limits.
	{File: "network.go", Old: `limit("weights", entries, MaxWeights)`, New: ``},
	{File: "network.go", Old: `limit("weights", float64(volume(k.out))*float64(volume(k.area)*k.in[0]), MaxWeights)`, New: ``},
	{File: "network.go", Old: `limit("weights", float64(volume(k.out))*float64(k.area[0])*float64(k.area[1]), MaxWeights)`, New: ``},
	{File: "pass.go", Old: `limit("multiply-adds", float64(k.work), MaxWork)`, New: ``},
	{File: "pass.go", Old: `if err := k.Err(); err != nil {`, New: `if err := k.Err(); false {`},

	// Soundness of the tree.
	{File: "proof.go", Old: `b.lower[x.at], b.upper[x.at] = l, smaller(u, zero)`, New: `b.upper[x.at] = smaller(u, zero)`},
	{File: "proof.go", Old: `b.lower[x.at], b.upper[x.at] = l, smaller(u, zero)`, New: `b.lower[x.at] = l`},
	{File: "proof.go", Old: "w.node()\n\tb.upper[x.at] = u", New: "w.node()"},
	{File: "proof.go", Old: "w.node()\n\tb.upper[x.at] = u", New: "b.upper[x.at] = u"},
	{File: "proof.go", Old: `b.lower[x.at] = larger(l, zero)`, New: ``},
	{File: "proof.go", Old: `Cmp(w.z[x.op].upper[x.at]) > 0`, New: `Cmp(w.z[x.op].upper[x.at]) >= 0`},
	{File: "proof.go", Old: `v.Cmp(w.least) < 0`, New: `true`},
	{File: "proof.go", Old: `w.nus = w.nus[units:]`, New: `w.nus = w.nus[:len(w.nus)-units]`},
	{File: "proof.go", Old: `k.slot[x] = append(k.units, x), -1; k.z[x.op].open(x.at) {`, New: `k.slot[x] = append(k.units, x), -1; true {`},
	{File: "proof.go", Old: "if p.Upper {", New: "if !p.Upper {"},

	// Soundness of the backward pass.
	{File: "pass.go", Old: `value.Add(value, least)`, New: ``},
	{File: "pass.go", Old: `least = smaller(least, zero)`, New: ``},
	{File: "pass.go", Old: `sub(mul(h, larger(l, zero)), mul(nu, l))`, New: `zero`},
	{File: "pass.go", Old: `sub(mul(h, larger(u, zero)), mul(nu, u))`, New: `zero`},
	{File: "pass.go", Old: `smaller(sub(mul(h, larger(l, zero)), mul(nu, l)), `, New: `larger(sub(mul(h, larger(l, zero)), mul(nu, l)), `},
	{File: "pass.go", Old: `value.Add(value, mul(h, o.bias[j]))`, New: ``},
	{File: "pass.go", Old: `value.Add(value, k.region.minimum(rows[0]))`, New: `value`},
	{File: "pass.go", Old: `b.lower[x.at] = larger(b.lower[x.at], v)`, New: `b.lower[x.at] = v`},
	{File: "pass.go", Old: `smaller(b.upper[x.at], v.Neg(v))`, New: `v.Neg(v)`},
	{File: "pass.go", Old: `least, most = larger(least, zero), larger(most, zero)`, New: ``},
	{File: "pass.go", Old: `least, most = most, least`, New: ``},
	{File: "pass.go", Old: `h = k.relax(unit{i, j}, h, value, nu)`, New: ``},
	{File: "pass.go", Old: `case r == cert.Interval || u.Sign() <= 0:`, New: `case u.Sign() <= 0:`},
	{File: "pass.go", Old: `case r == cert.Interval || u.Sign() <= 0:`, New: `case r == cert.Interval:`},
	{File: "pass.go", Old: `case l.Sign() >= 0:`, New: `case false:`},
	{File: "pass.go", Old: `case r == cert.FastLin || h.Sign() < 0:`, New: `case h.Sign() < 0:`},
	{File: "pass.go", Old: `case r == cert.FastLin || h.Sign() < 0:`, New: `case r == cert.FastLin:`},
	{File: "pass.go", Old: `case add(l, u).Sign() > 0:`, New: `case add(l, u).Sign() >= 0:`},
	{File: "pass.go", Old: `j >= 0 && j < len(nus)`, New: `j < len(nus)`},
	{File: "pass.go", Old: `j >= 0 && j < len(nus)`, New: `j >= 0`},
	{File: "pass.go", Old: `lin && k.region.norm != ball.Linf; j++`, New: `k.region.norm < ball.Linf; j++`},
	{File: "pass.go", Old: `lin && k.region.norm != ball.Linf; j++`, New: `lin && k.region.norm >= ball.Linf; j++`},
	{File: "pass.go", Old: `if k.z[i].open(j) {`, New: `if false {`},
	{File: "pass.go", Old: `return l.Cmp(nearly) <= 0 && add(u, nearly).Sign() >= 0`, New: `return nearly != nil && l.Sign() < 0 && u.Sign() > 0`},
	{File: "pass.go", Old: `return l.Cmp(nearly) <= 0 && add(u, nearly).Sign() >= 0`, New: `return l.Cmp(nearly) <= 0`},
	{File: "pass.go", Old: `return l.Cmp(nearly) <= 0 && add(u, nearly).Sign() >= 0`, New: `return add(u, nearly).Sign() >= 0`},

	// Soundness at the input.
	{File: "region.go", Old: `radius = mul(r.eps, radii[i])`, New: `radius = radii[i]`},
	{File: "region.go", Old: `radius = mul(r.eps, radii[i])`, New: `radius = mul(r.eps, radii[i*0])`},
	{File: "region.go", Old: `l, u = larger(l, cut[0]), smaller(u, cut[1])`, New: `l = larger(l, cut[0])`},
	{File: "region.go", Old: `l, u = larger(l, cut[0]), smaller(u, cut[1])`, New: `u = smaller(u, cut[1])`},
	{File: "region.go", Old: `p.Cmp(r.hull.lower[i]) < 0 ||`, New: ``},
	{File: "region.go", Old: `|| p.Cmp(r.hull.upper[i]) > 0`, New: ``},
	{File: "region.go", Old: `&& size.Cmp(r.eps) <= 0`, New: ``},
	{File: "region.go", Old: `&& squares.Cmp(mul(r.eps, r.eps)) <= 0`, New: ``},
	{File: "region.go", Old: `room = sub(r.x[i], r.hull.lower[i])`, New: ``},
	{File: "region.go", Old: `value.Add(value, mul(v, r.x[i]))`, New: ``},
	{File: "region.go", Old: `return b.v.Cmp(a.v)`, New: `return a.v.Cmp(b.v)`},
	{File: "region.go", Old: `step := smaller(s.room, left)`, New: `step := left`},
	{File: "region.go", Old: `step := smaller(s.room, left)`, New: `step := s.room`},
	{File: "region.go", Old: `left = sub(left, step)`, New: ``},
	{File: "region.go", Old: `left.Sub(left, mul(e.room, e.room))`, New: ``},
	{File: "region.go", Old: `case now == len(slopes):`, New: `case false:`},
	{File: "region.go", Old: `now <= held ||`, New: `now >= held ||`},
	{File: "region.go", Old: `t := smaller(mul(s, e.v), e.room)`, New: `t := mul(s, e.v)`},
	{File: "region.go", Old: `t := smaller(mul(s, e.v), e.room)`, New: `t := e.room`},
	{File: "region.go", Old: `fall.Add(fall, quo(left, add(s, s)))`, New: `fall`},

	// Reading the network.
	{File: "network.go", Old: `relu: s.Type == "relu"}`, New: `relu: false}`},
	{File: "network.go", Old: `values[j] = float64(float32(v))`, New: `values[j] = v`},
	{File: "network.go", Old: `if !m.Float64 {`, New: `if false {`},
	{File: "network.go", Old: `float64(scale*mean)`, New: `float64(mean)`},
	{File: "network.go", Old: `mean = s.Mean[channel]`, New: ``},
	{File: "network.go", Old: `variance = s.Variance[channel]`, New: ``},
	{File: "network.go", Old: `cmp.Or(s.Epsilon, 1e-5)`, New: `cmp.Or(s.Epsilon, 1e-4)`},
	{File: "network.go", Old: `channels, first = 1, c`, New: `channels = 1`},
	{File: "network.go", Old: `y >= 0 && `, New: ``},
	{File: "network.go", Old: `y < k.in[1] && `, New: ``},
	{File: "network.go", Old: `x >= 0 && `, New: ``},
	{File: "network.go", Old: `x < k.in[2] && `, New: ``},
	{File: "network.go", Old: `row*k.stride[0]`, New: `row`},
	{File: "network.go", Old: `column*k.stride[1]`, New: `column`},
	{File: "network.go", Old: ` - k.padding[0]`, New: ``},
	{File: "network.go", Old: ` - k.padding[1]`, New: ``},
	{File: "network.go", Old: `j/k.area[1]%k.area[0]`, New: `j/k.area[0]%k.area[1]`},
}
