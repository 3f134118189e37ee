package modelcascade

import (
	"reflect"
	"testing"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/record"
)

// TestSmoothMembers: a cascade of members with a tanh is measured and verified like any other: what is
// proved of it holds when it is checked, and is no more than bounds and attacks allow.
func TestSmoothMembers(t *testing.T) {
	v := newVerification(t)
	v.networks = membersOf(t, "fc8 tanh fc3", v.set, 3, 42)
	p, err := v.run(t.Context(), record.Refuse)
	if err != nil {
		t.Fatal(err)
	}
	e := mustMeasure(t, v.networks, v.set, Options{Ball: v.options.Ball, Technique: bound.CROWN{},
		Attack: &attack.Options{Steps: 20}})
	if !(p.Robust <= p.CleanChoice) || p.Robust == 0 || p.Robust > p.Samples-e.Hit || e.Contradicted > 0 {
		t.Errorf("proved %q, measured %+v", p.Lines(), e)
	}
	checked, err := v.check()
	if err != nil || !reflect.DeepEqual(checked.Lines(), p.Lines()) {
		t.Errorf("checked: %v, %v, want %v", checked, err, p)
	}
	for _, technique := range []bound.Technique{bound.Hybrid{}, bound.FastLip{}, bound.Lipschitz{}} {
		small := ball.Ball{Eps: 0.01, Box: ball.Unit}
		e := mustMeasure(t, v.networks, v.set, Options{Ball: small, Technique: technique})
		if e.Uncertified == e.Samples {
			t.Errorf("%s certifies nothing", technique.Name())
		}
	}
}
