package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/verify/cert"
)

// TestExactCheck: --exact has the second checker confirm what the first one confirmed, and says where a network is too
// large for it.
func TestExactCheck(t *testing.T) {
	for _, c := range []struct {
		network imported
		arch    string
		want    string
	}{
		{imported{text: "fc16 fc10", names: []string{"0", "2"}}, "fc16 fc10", ""},
		{imported{text: "fc1000 fc1000 fc10", names: []string{"0", "2", "4"}}, "fc1000 fc1000 fc10",
			"too large for exact"},
	} {
		path, out := c.network.write(t, 5), filepath.Join(t.TempDir(), "v")
		must(t, tightrope(t, "verify", path, "--arch", c.arch, "--data", "digits", "--eps", "0.001", "--samples", "12",
			"--until", "crown", "--out", out))
		check := []string{"check", out, "--model", path, "--arch", c.arch}
		must(t, tightrope(t, check...))
		text, code := output(t, tightrope(t, append(check, "--exact")...))
		if c.want == "" && (code != 0 || !strings.Contains(text, "proved on the ball")) ||
			c.want != "" && (code != 1 || !strings.Contains(text, c.want)) {
			t.Errorf("%s: exit code %d, want %q:\n%s", c.arch, code, c.want, text)
		}
	}
}

// TestExactChecker: the second checker's refusal is the command's, although the first one is not asked.
func TestExactChecker(t *testing.T) {
	a, err := model.ParseArch("2-2", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(a)
	if err != nil {
		t.Fatal(err)
	}
	copy(m.Layers[0].Params[0].Data, []float64{1, 0, 0, 1})
	n, err := cert.NewNetwork(m)
	if err != nil {
		t.Fatal(err)
	}
	// the margin is x0 - x1 = 0.5 - 2 eps
	for eps, holds := range map[float64]bool{0.2: true, 0.25: false, 0.3: false} {
		c := cert.ByRule(n, ball.Ball{Eps: eps}, []float64{1, 0.5}, 0, "test", nil, cert.CROWN)
		if err := exactChecker(m)(t.Context(), c); (err == nil) != holds || !holds && !errors.Is(err, cert.ErrRefused) {
			t.Errorf("eps %v: %v", eps, err)
		}
	}
}
