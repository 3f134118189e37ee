package verify

import (
	"math"
	"slices"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// troubled is an image whose programs were prepared, to be disturbed, and some margin of which rules do not prove.
func troubled(t *testing.T) (*subject, *programs) {
	t.Helper()
	n, set := small(t, "fc8 fc8 fc3", []int{1, 2, 3}, 9)
	prover, err := newProver(n)
	if err != nil {
		t.Fatal(err)
	}
	for i := range set.Len() {
		s := prover.subject(ball.Ball{Eps: 0.1, Box: ball.Unit}, sample64(set, i), int(set.Y[i]))
		p, err := s.programsOn(t.Context(), bab.Rules)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.root.Bounds.UnstableUnits()) > 3 && len(p.open()) > 0 {
			own := &cert.Bounds{} // the rules' bounds stay as they are
			for k := range p.bounds.Lower {
				own.Lower = append(own.Lower, slices.Clone(p.bounds.Lower[k]))
				own.Upper = append(own.Upper, slices.Clone(p.bounds.Upper[k]))
			}
			p.bounds = own
			return s, p
		}
	}
	t.Fatal("no image with unstable neurons")
	return nil, nil
}

// everyProgram are the methods that ask HiGHS.
var everyProgram = map[string]program{"LP": (*programs).lp, "LP-all": (*programs).lpAll, "MILP": (*programs).milp}

// TestInfeasible: programs without a feasible point, which say "the minimum is +infinity", certify nothing.
func TestInfeasible(t *testing.T) {
	needHiGHS(t)
	for name, ask := range everyProgram {
		for _, signs := range []bool{false, true} {
			s, p := troubled(t)
			s.signs = signs
			u := p.root.Bounds.UnstableUnits()[0]
			p.bounds.Lower[u.Relu][u.Unit], p.bounds.Upper[u.Relu][u.Unit] = 999, 1000 // far outside of what z can be
			f, err := s.ask(t.Context(), time.Now().Add(time.Minute), onBounds(ask, bab.Rules...))
			if f.verdict != "" || err != nil {
				t.Errorf("%s without a feasible point, signs %v: %+v, %v", name, signs, f, err)
			}
		}
	}
}

// TestFalseBounds: bounds that cut inputs off make programs whose optimum is too high; the checker refuses their
// certificates.
func TestFalseBounds(t *testing.T) {
	needHiGHS(t)
	s, p := troubled(t)
	for _, u := range p.root.Bounds.UnstableUnits() {
		l, up := p.bounds.Lower[u.Relu], p.bounds.Upper[u.Relu]
		mid := (l[u.Unit] + up[u.Unit]) / 2
		l[u.Unit], up[u.Unit] = mid-1e-6*math.Abs(mid), mid+1e-6*math.Abs(mid)
	}
	f, err := s.ask(t.Context(), time.Time{}, onBounds((*programs).lp, bab.Rules...))
	if err != nil || f.verdict == outcome.Certified {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestSolversWord: what mixed-integer programs alone decide is robust but unchecked, for every policy; a point that
// they find falsifies.
func TestSolversWord(t *testing.T) {
	needHiGHS(t)
	n, set := small(t, "fc8 fc8 fc3", []int{1, 2, 3}, 9)
	prover, err := newProver(n)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[outcome.Verdict]int{}
	for _, eps := range []float64{0.005, 0.02, 0.07} {
		o := CascadeOptions{Ball: ball.Ball{Eps: eps, Box: ball.Unit}, Skip: []outcome.Stage{outcome.PGD, outcome.IBP,
			outcome.CROWNIBP, outcome.FastLin, outcome.CROWN, outcome.AlphaCROWN, outcome.BranchAndBound, outcome.LP,
			outcome.LPAll}}
		c, err := Cascade(t.Context(), testbackend.Open(t), n, set, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, signs := range []bool{false, true} {
			counts := map[outcome.Verdict]int{}
			for i := range set.Len() {
				s := prover.subject(o.Ball, sample64(set, i), int(set.Y[i]))
				s.signs = signs
				f, err := s.ask(t.Context(), time.Time{}, onBounds((*programs).milp)) // intervals prove little
				if err != nil {
					t.Fatal(err)
				}
				counts[f.verdict]++
				seen[f.verdict]++
			}
			robust := counts[outcome.Unchecked] + counts[outcome.Certified]
			if counts[outcome.Falsified] != c.Falsified || robust != c.Unchecked+c.Certified || counts[""] > 0 {
				t.Errorf("eps %v, signs %v: %v; the cascade: %+v", eps, signs, counts, c)
			}
		}
		seen[outcome.Unchecked] += c.Unchecked
	}
	if seen[outcome.Unchecked] == 0 || seen[outcome.Falsified] == 0 {
		t.Errorf("%v: the test shows little", seen)
	}
}

// TestNoTime: without time for any program every image that the cheap bounds do not decide is unknown.
func TestNoTime(t *testing.T) {
	needHiGHS(t)
	n, set := small(t, "fc8 fc8 fc3", []int{1, 2, 3}, 9)
	o := CascadeOptions{Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}, PerImage: time.Nanosecond,
		Skip: []outcome.Stage{outcome.PGD, outcome.IBP}}
	s, err := Cascade(t.Context(), testbackend.Open(t), n, set, o)
	if err != nil || s.Unknown == 0 || s.Unchecked != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, stage := range s.Stages {
		if stage.Stage > outcome.CROWN && stage.Certified > 0 {
			t.Errorf("%v certified %d images in no time", stage.Stage, stage.Certified)
		}
	}
	o.PerImage = time.Minute
	if again, err := Cascade(t.Context(), testbackend.Open(t), n, set, o); err != nil || again.Unknown != 0 {
		t.Errorf("with time: %+v, %v", again, err)
	}
}

// TestRefusedProof: a proof that the checker refuses leaves the image undecided.
func TestRefusedProof(t *testing.T) {
	n, set := small(t, "fc8 fc8 fc3", []int{1, 2, 3}, 9)
	prover, err := newProver(n)
	if err != nil {
		t.Fatal(err)
	}
	for i, y := range set.Y { // no margin of a wrong label is positive
		s := prover.subject(ball.Ball{Eps: 0.01, Box: ball.Unit}, sample64(set, i), int(y+1)%3)
		f := finding{proof: ruledBy[technique.CROWN].proof(s)}
		if err := s.confirm(t.Context(), &f); f.verdict != "" || f.proof != nil || err != nil {
			t.Errorf("image %d: %+v, %v", i, f, err)
		}
	}
}
