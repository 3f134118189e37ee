package train

import (
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
)

// TestMethodsAreComplete checks that every row of the table has what a training asks it for.
func TestMethodsAreComplete(t *testing.T) {
	for id := range Method(len(methods)) {
		m, found := methods[id]
		if !found || m.name == "" || m.loss == nil || m.certifier == nil || m.certifier(Config{Method: id}) == nil {
			t.Errorf("method %d: %+v lacks its name, loss or certifier", id, m)
		}
		if back, err := ParseMethod(m.name); err != nil || back != id {
			t.Errorf("%q is read as method %d, %v; want %d", m.name, back, err, id)
		}
		if m.rows && m.bound == nil {
			t.Errorf("%s pushes rows, but names no bound", m.name)
		}
	}
}

// TestTechniques checks the bounds behind steps and certificates.
func TestTechniques(t *testing.T) {
	beta := Range{Start: 1, End: 0.5}
	for _, c := range []struct {
		config    Config
		bound     bound.Technique
		known     bool
		certifier bound.Technique
	}{
		{Config{}, bound.FastLin{}, true, bound.FastLin{}},
		{Config{Projections: 50}, bound.Projected{K: 50}, true, bound.FastLin{}},
		{Config{Method: IBP}, bound.IBP{}, true, bound.IBP{}},
		{Config{Method: CROWNIBP}, bound.CROWNIBP(), true, bound.IBP{}},
		{Config{Method: CROWNIBP, Beta: beta}, bound.CROWNIBP(), true, bound.CROWNIBP()},
		{Config{Method: PGD}, bound.IBP{}, false, bound.FastLin{}},
		{Config{Method: EXPIBP}, bound.IBP{}, false, bound.CROWNIBP()},
		{Config{Method: DiffAI}, bound.Hybrid{}, true, bound.FastLin{}},
		{Config{Method: DiffAI, Domain: BoxDomain}, bound.IBP{}, true, bound.IBP{}},
	} {
		got, known := c.config.Technique()
		if certifier := c.config.Certifier(); got != c.bound || known != c.known || certifier != c.certifier {
			t.Errorf("%v: bound %v (%v), certifier %v; want %+v", c.config.Method, got, known, certifier, c)
		}
	}
	if beta := (Config{Method: CROWNIBP}).Dearest().Beta; beta.End != 1 {
		t.Errorf("the dearest steps of CROWN-IBP have beta %v", beta)
	}
	if err := (Config{Method: DiffAI, Domain: 9, Epochs: 1, Eps: 0.1}).Validate(); err == nil ||
		!strings.Contains(err.Error(), "hybrid") {
		t.Errorf("DiffAI accepts an unknown domain, or does not name the known ones: %v", err)
	}
	if err := (Config{Method: SABR, Norm: ball.L2, Epochs: 1, Eps: 0.1,
		Attack: Attack{Steps: 1, StepSize: 0.1}}).Validate(); err == nil {
		t.Error("SABR accepts l_2")
	}
}
