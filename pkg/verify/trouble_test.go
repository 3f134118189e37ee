package verify

import (
	"context"
	"math"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// troubled is an image of a cascade whose programs were prepared, to be disturbed.
func troubled(t *testing.T, perImage time.Duration) (*image, *cascade) {
	t.Helper()
	n, set := small(t, "fc8 fc8 fc3", []int{1, 2, 3}, 9)
	plain := plainOf(t, n)
	o := CascadeOptions{Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}, PerImage: perImage}.withDefaults()
	c := &cascade{CascadeOptions: o, network: n, plain: plain, exact: newExactNet(plain), set: set, ledger: noLedger(), summary: &outcome.Summary{Samples: set.Len()}}
	for i := range set.Len() {
		m := &image{cascade: c, whole: t.Context(), Decision: c.decision(i, outcome.CROWN), x: c.input(i), begin: time.Now()}
		if _, err := m.programs(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(m.solve.cheap.UnstableUnits()) > 3 {
			return m, c
		}
	}
	t.Fatal("no image with unstable neurons")
	return nil, nil
}

// TestInfeasible: programs without a feasible point, which say "the minimum is +infinity", certify nothing.
func TestInfeasible(t *testing.T) {
	needHiGHS(t)
	for name, stage := range map[string]func(*image, context.Context) (bool, error){"LP": (*image).lp, "LP-all": (*image).lpAll, "MILP": (*image).milp} {
		m, c := troubled(t, time.Minute)
		u := m.solve.cheap.UnstableUnits()[0]
		m.solve.bounds[u.Relu].Lower[u.Unit], m.solve.bounds[u.Relu].Upper[u.Unit] = 999, 1000 // far outside of what z can be
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		done, err := stage(m, ctx)
		cancel()
		if done || err != nil || c.summary.Done() != 0 {
			t.Errorf("%s without a feasible point: decided %v, %v, %+v", name, done, err, c.summary)
		}
	}
}

// TestFalseBounds: bounds that cut inputs off make programs whose optimum is too high; the checker refuses their certificates.
func TestFalseBounds(t *testing.T) {
	needHiGHS(t)
	m, c := troubled(t, time.Minute)
	for _, u := range m.solve.cheap.UnstableUnits() {
		l, up := m.solve.bounds[u.Relu].Lower, m.solve.bounds[u.Relu].Upper
		mid := (l[u.Unit] + up[u.Unit]) / 2
		l[u.Unit], up[u.Unit] = mid-1e-6*math.Abs(mid), mid+1e-6*math.Abs(mid)
	}
	_, err := m.lp(t.Context())
	if err != nil || c.summary.Certified != 0 {
		t.Errorf("%v, %+v", err, c.summary)
	}
}

// TestNoTime: without time for any program every image that the cheap bounds do not decide is unknown.
func TestNoTime(t *testing.T) {
	needHiGHS(t)
	n, set := small(t, "fc8 fc8 fc3", []int{1, 2, 3}, 9)
	o := CascadeOptions{Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}, PerImage: time.Nanosecond, Skip: []outcome.Stage{outcome.PGD, outcome.IBP}}
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
	plain := plainOf(t, n)
	wrong := &data.Set{Name: "wrong", Shape: set.Shape, Classes: 3, Upper: 1, X: set.X, Y: append([]int32(nil), set.Y...)}
	for i := range wrong.Y {
		wrong.Y[i] = (wrong.Y[i] + 1) % 3 // no margin of a wrong label is positive
	}
	c := &cascade{CascadeOptions: CascadeOptions{Ball: ball.Ball{Eps: 0.01, Box: ball.Unit}}, plain: plain, set: wrong, ledger: noLedger(), summary: &outcome.Summary{Samples: set.Len()}}
	for i := range wrong.Len() {
		proof := cert.ByRule(plain, c.Ball, c.input(i), int(wrong.Y[i]), "", []cert.Rule{cert.CROWN}, cert.CROWN)
		if done, err := c.confirm(t.Context(), c.decision(i, outcome.CROWN), proof); done || err != nil {
			t.Errorf("image %d: decided %v, %v", i, done, err)
		}
	}
	if c.summary.Done() != 0 {
		t.Errorf("%+v", c.summary)
	}
}
