package verify

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/highs"
)

// needHiGHS skips loudly without the solver.
func needHiGHS(t testing.TB) {
	t.Helper()
	if err := highs.Load(); err != nil {
		t.Skipf("*** SKIPPED, LP and MILP are NOT checked: %v", err)
	}
}

// small is a random network of an architecture, and six images labelled as it classifies them.
func small(t testing.TB, text string, shape []int, seed uint64) (*net.Network, *data.Set) {
	t.Helper()
	set := &data.Set{Name: "random", Shape: shape, Classes: 3, Upper: 1}
	arch, err := net.ParseArch(text, shape, 3)
	if err != nil {
		t.Fatal(err)
	}
	n, err := net.Build(arch)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(seed)
	rng := newRand(seed)
	size := shape[0] * shape[1] * shape[2]
	for range 6 {
		for range size {
			set.X = append(set.X, 0.2+0.6*rng.Float32())
		}
		set.Y = append(set.Y, 0)
	}
	plain := balance(t, n, set)
	for i := range set.Y {
		set.Y[i] = int32(argmax(plain.Forward(sample64(set, i))))
	}
	return n, set
}

// TestLadder: on dense, convolutional and residual networks every order that is a theorem holds, and some rungs differ.
func TestLadder(t *testing.T) {
	needHiGHS(t)
	for name, text := range map[string]string{"dense": "fc8 fc8 fc3", "conv": "conv(2,2,1,0) conv(2,2,1,1) fc5 fc3",
		"residual": "conv(2,3,1,1) block(2,1) fc3"} {
		t.Run(name, func(t *testing.T) {
			n, set := small(t, text, []int{1, 3, 3}, 5)
			radii := []float64{0.05, 0.2}
			r, all, err := Ladder(t.Context(), testbackend.Open(t), n, set,
				LadderOptions{Ball: ball.Ball{Box: ball.Unit}, Radii: radii})
			if err != nil {
				t.Fatal(err)
			}
			if len(all) != set.Len()*len(radii) || len(r.Errors) != len(Rungs())*len(radii) {
				t.Fatalf("%d ladders, %d errors", len(all), len(r.Errors))
			}
			strict := 0
			for i := range all {
				strict += checkOrder(t, &all[i])
			}
			if strict == 0 {
				t.Error("the LP is nowhere tighter than Fast-Lin: the test shows little")
			}
		})
	}
}

// checkOrder checks the theorems of one ladder and counts where the LP beats Fast-Lin.
func checkOrder(t *testing.T, l *ImageLadder) (strict int) {
	t.Helper()
	m := func(r technique.ID) float64 {
		s := l.Step(r)
		if s == nil || s.Margin == nil || s.Unfinished {
			t.Fatalf("image %d, eps %v: no margin by %v: %+v", l.Index, l.Eps, r, s)
		}
		if s.Certified != (*s.Margin > 0) && math.Abs(*s.Margin) > 1e-4 {
			t.Errorf("%v: certified %v with margin %v", r, s.Certified, *s.Margin)
		}
		return *s.Margin
	}
	for _, pair := range [][2]technique.ID{{technique.FastLin, technique.LP}, {technique.LP, technique.LPAll},
		{technique.LPAll, technique.Exact}, {technique.Exact, technique.PGD}, {technique.CROWN, technique.AlphaCROWN},
		{technique.IBP, technique.Exact}, {technique.CROWNIBP, technique.Exact},
		{technique.FastLinIBP, technique.Exact}, {technique.AlphaCROWN, technique.LPAll}} {
		if low, high := m(pair[0]), m(pair[1]); low > high+3e-5*math.Max(1, math.Abs(high)) {
			t.Errorf("image %d, eps %v: %v %v > %v %v", l.Index, l.Eps, pair[0], low, pair[1], high)
		}
	}
	if m(technique.LP) > m(technique.FastLin)+1e-6 {
		strict++
	}
	return strict
}

// TestLadderToy: the example of docs/method.md, section 8, in closed form.
func TestLadderToy(t *testing.T) {
	needHiGHS(t)
	n, set := toyNetwork(t)
	r, _, err := Ladder(t.Context(), testbackend.Open(t), n, set, LadderOptions{Radii: []float64{0.2, 0.24}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[float64]map[technique.ID]float64{
		0.2: {technique.IBP: -0.1, technique.CROWNIBP: 0.1, technique.FastLin: 0.1, technique.CROWN: 0.1,
			technique.LP: 0.1, technique.LPAll: 0.1, technique.Exact: 0.3},
		0.24: {technique.IBP: -0.26, technique.FastLin: -0.02, technique.CROWN: -0.02, technique.Exact: 0.22},
	}
	checked := 0
	for _, rung := range r.Ladder {
		named, _ := ParseRung(rung.Technique)
		if w, ok := want[rung.Eps][named]; ok {
			checked++
			if math.Abs(rung.Margin-w) > 3e-5 {
				t.Errorf("eps %v: %s gives %v, want %v", rung.Eps, rung.Technique, rung.Margin, w)
			}
		}
	}
	if checked != 11 {
		t.Errorf("%d of 11 values found in %v", checked, r.Ladder)
	}
}

// TestLadderSigns: asked for signs only, with theorems in place of programs, every technique certifies the same images.
func TestLadderSigns(t *testing.T) {
	needHiGHS(t)
	n, set := small(t, "fc10 fc10 fc3", []int{1, 2, 3}, 3)
	o := LadderOptions{Ball: ball.Ball{Box: ball.Unit}, Radii: []float64{0.003, 0.01, 0.03, 0.1}}
	full, _, err := Ladder(t.Context(), testbackend.Open(t), n, set, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Signs = true
	signs, _, err := Ladder(t.Context(), testbackend.Open(t), n, set, o)
	if err != nil {
		t.Fatal(err)
	}
	inferred, seen := 0, map[float64]bool{}
	for i, e := range full.Errors {
		if signs.Errors[i].Error != e.Error || signs.Errors[i].Unfinished != 0 {
			t.Errorf("%+v, with signs only %+v", e, signs.Errors[i])
		}
		inferred += signs.Errors[i].Inferred
		seen[e.Error] = true
	}
	if inferred == 0 || len(seen) < 3 {
		t.Errorf("%d inferred, errors %v: the test shows little", inferred, seen)
	}
}

// TestLadderResumes: a cancelled ladder continues where it was, and a piece of a line is cut off.
func TestLadderResumes(t *testing.T) {
	needHiGHS(t)
	n, set := small(t, "fc6 fc6 fc3", []int{1, 2, 3}, 4)
	dir := t.TempDir()
	o := LadderOptions{Ball: ball.Ball{Box: ball.Unit}, Radii: []float64{0.05, 0.1}, Dir: dir, Workers: 1}
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(done, total int) {
		if done == 5 {
			cancel()
		}
	}
	if _, _, err := Ladder(ctx, testbackend.Open(t), n, set, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	path := filepath.Join(dir, laddersFile)
	content, err := os.ReadFile(path)
	if err != nil || os.WriteFile(path, content[:len(content)-7], 0o600) != nil {
		t.Fatal(err)
	}
	fresh := 0
	o.Progress = func(done, total int) { fresh++ }
	r, all, err := Ladder(t.Context(), testbackend.Open(t), n, set, o)
	if err != nil || fresh != 2*set.Len()-4 {
		t.Fatalf("%v; %d images done again, want %d", err, fresh, 2*set.Len()-4)
	}
	o.Dir = ""
	want, fromScratch, err := Ladder(t.Context(), testbackend.Open(t), n, set, o)
	if err != nil || !reflect.DeepEqual(stripped(r.Errors), stripped(want.Errors)) || len(all) != len(fromScratch) {
		t.Errorf("%v: resumed %v, at once %v", err, r.Errors, want.Errors)
	}
	o.Dir, o.Radii = dir, []float64{0.3}
	if _, _, err := Ladder(t.Context(), testbackend.Open(t), n, set, o); err == nil {
		t.Error("a folder of other radii was accepted")
	}
}

// stripped leaves out what differs from run to run.
func stripped(errors []record.LadderError) []record.LadderError {
	for i := range errors {
		errors[i].Seconds = 0
	}
	return errors
}

// TestRadii: the certified radii are ordered as the theorems say, and the exact one is where the toy's margin 0.2 + ...
// is 0.
func TestRadii(t *testing.T) {
	needHiGHS(t)
	n, set := toyNetwork(t)
	start := time.Now()
	r, err := Radii(t.Context(), testbackend.Open(t), n, set, RadiusOptions{Tolerance: 1e-4})
	if err != nil {
		t.Fatal(err)
	}
	want := map[technique.ID]float64{technique.IBP: 0.175, technique.FastLin: 0.7 / 3, technique.CROWN: 0.7 / 3,
		technique.LP: 0.7 / 3, technique.Exact: 0.35, technique.PGD: 0.35}
	checked := 0
	for _, c := range r.Radii {
		named, _ := ParseRung(c.Technique)
		if c.Upper-c.Lower > 1e-4 {
			t.Errorf("%s: the interval is [%v, %v]", c.Technique, c.Lower, c.Upper)
		}
		if w, ok := want[named]; ok {
			checked++
			if c.Lower > w+2e-4 || c.Upper < w-2e-4 {
				t.Errorf("%s: [%v, %v], want %v", c.Technique, c.Lower, c.Upper, w)
			}
		}
	}
	if checked != len(want) {
		t.Errorf("only %d techniques checked", checked)
	}
	t.Logf("%v", time.Since(start))
	if _, err := Radii(t.Context(), testbackend.Open(t), n, set, RadiusOptions{Largest: -1}); err == nil {
		t.Error("a negative radius was accepted")
	}
}

// TestNeurons: the toy's one unstable neuron, of z2, is tight neither for Fast-Lin nor for the LP, and lies inside its
// triangle.
func TestNeurons(t *testing.T) {
	needHiGHS(t)
	n, set := toyNetwork(t)
	all, err := Neurons(t.Context(), n, ball.Ball{Eps: 0.24}, sample64(set, 0), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	counts, loose := map[string]int{}, 0
	for _, u := range all {
		counts[u.Technique]++
		if !u.Tight {
			loose++
		}
		if upper := u.Upper / (u.Upper - u.Lower) * (u.Z - u.Lower); u.Z < u.Lower-1e-6 || u.Z > u.Upper+1e-6 ||
			u.Out > upper+1e-5 {
			t.Errorf("%+v lies above its upper line %v, or outside [l, u]", u, upper)
		}
	}
	if counts["LP"] != 1 || counts["Fast-Lin"] != 1 || loose != 2 {
		t.Errorf("neurons %+v", all)
	}
	if _, err := Neurons(t.Context(), n, ball.Ball{Eps: 0.24}, sample64(set, 0), 1, 1); err == nil {
		t.Error("the margin of a class over itself was accepted")
	}
}

// TestLadderDual: the dual gives the linear program's margins on dense, convolutional and residual networks, with
// proofs that the checker confirms, and in l_2 balls, which have no linear program, more than CROWN.
func TestLadderDual(t *testing.T) {
	needHiGHS(t)
	rungs := []technique.ID{technique.FastLin, technique.CROWN, technique.Dual, technique.LP}
	gained, confirmed := 0, 0
	for i, text := range []string{"fc8 fc8 fc3", "conv(2,2,1,0) conv(2,2,1,1) fc5 fc3", "conv(2,3,1,1) block(2,1) fc3",
		"fc8 fc8 fc3"} {
		o := LadderOptions{Ball: ball.Ball{Box: ball.Unit}, Radii: []float64{0.03, 0.2}, Rungs: rungs}
		if i == 3 {
			o.Ball.Norm, o.Rungs = ball.L2, append(rungs[:3:3], technique.Exact)
		}
		n, set := small(t, text, []int{1, 3, 3}, 5)
		_, all, err := Ladder(t.Context(), testbackend.Open(t), n, set, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range all {
			dual, above, below := l.Step(technique.Dual), l.Step(o.Rungs[3]), l.Step(technique.FastLin)
			size := 1e-4 * math.Max(1, math.Abs(*above.Margin))
			if *dual.Margin > *above.Margin+size || i < 3 && *dual.Margin < *above.Margin-size ||
				*dual.Margin < *below.Margin {
				t.Errorf("%s, image %d, eps %v: dual %v, %v %v, Fast-Lin %v", text, l.Index, l.Eps, *dual.Margin,
					above.Rung, *above.Margin, *below.Margin)
			}
			if dual.Certified != (*dual.Margin > 0) {
				t.Errorf("margin %v, certified %v", *dual.Margin, dual.Certified)
			}
			if dual.Certified {
				confirmed++
			}
			if *dual.Margin > *below.Margin+size {
				gained++
			}
		}
	}
	if gained < 10 || confirmed < 5 {
		t.Errorf("%d gained, %d confirmed: the test shows little", gained, confirmed)
	}
}
