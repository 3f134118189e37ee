package verify

import (
	"os"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/internal/testmodels"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/outcome"
)

// TestLadderAgreesWithCascade: ladder and cascade never disagree about what is certified, on random images and on the
// first ones of MNIST under published networks; with TIGHTROPE_LONG=1 on 200.
func TestLadderAgreesWithCascade(t *testing.T) {
	needHiGHS(t)
	t.Run("random", func(t *testing.T) {
		n, set, o := many(t)
		o.Until = outcome.Last
		if decided := agree(t, n, set, o); decided != set.Len() {
			t.Errorf("%d of %d images were decided by both", decided, set.Len())
		}
	})
	images := 12
	if os.Getenv("TIGHTROPE_LONG") != "" {
		images = 200
	}
	for _, model := range []string{"lpd_mlp_b_0.1", "adv_mlp_b_0.1"} {
		t.Run(model, func(t *testing.T) {
			o := CascadeOptions{Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}, PerImage: 5 * time.Second}
			decided := agree(t, testmodels.Network(t, model), testmodels.MNIST(t).Head(images), o)
			if t.Logf("%d of %d images were decided by both", decided, images); decided < images/4 {
				t.Error("the test shows little")
			}
		})
	}
}

// agree compares the two on every image, and counts those that both decide.
func agree(t *testing.T, n *net.Network, set *data.Set, o CascadeOptions) (decided int) {
	t.Helper()
	o.Dir = t.TempDir()
	if _, err := Cascade(t.Context(), testbackend.Open(t), n, set, o); err != nil {
		t.Fatal(err)
	}
	all, err := outcome.ReadDecisions(o.Dir)
	if err != nil || len(all) != set.Len() {
		t.Fatalf("%d decisions, %v", len(all), err)
	}
	_, ladders, err := Ladder(t.Context(), testbackend.Open(t), n, set,
		LadderOptions{Ball: o.Ball, Signs: true, PerProgram: o.withDefaults().PerImage})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[outcome.Verdict]int{}
	for _, d := range all {
		l := &ladders[d.Index]
		exact := l.Step(technique.Exact)
		if d.Verdict != outcome.Unknown && !exact.Unfinished {
			decided++
			counts[d.Verdict]++
		}
		compareVerdicts(t, &d, l)
	}
	t.Logf("%v", counts)
	return decided
}

// compareVerdicts compares what both say of one image.
func compareVerdicts(t *testing.T, d *outcome.Decision, l *ImageLadder) {
	t.Helper()
	certified := d.Verdict == outcome.Certified
	for _, s := range l.Steps {
		switch {
		case s.Rung == technique.PGD:
			if !s.Certified && certified {
				t.Errorf("image %d: certified, but PGD misclassifies it", d.Index)
			}
		case s.Certified && d.Verdict == outcome.Falsified, s.Unchecked && d.Verdict == outcome.Falsified:
			t.Errorf("image %d: falsified by %v, but robust for the ladder's %v", d.Index, d.Stage, s.Rung)
		case s.Certified && l.Clean && !certified && outcome.StageOf(s.Rung) > outcome.PGD && s.Rung <= technique.CROWN:
			t.Errorf("image %d: %s by %v, but certified by the ladder's %v", d.Index, d.Verdict, d.Stage, s.Rung)
		case certified && !s.Certified && outcome.StageOf(s.Rung) == d.Stage && d.Stage < outcome.AlphaCROWN,
			certified && !s.Certified && s.Rung == technique.Exact && !s.Unfinished:
			t.Errorf("image %d: certified by %v, but not by the ladder's %v: %+v", d.Index, d.Stage, s.Rung, s)
		}
	}
}
