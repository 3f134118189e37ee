package main

import (
	"bytes"
	"image/gif"
	"image/png"
	"path/filepath"
	"strings"
	"testing"
)

// TestExplain: an image is drawn in each format, its text says what the picture claims, and what cannot be drawn is
// named before anything is computed.
func TestExplain(t *testing.T) {
	const model = "../../figures/results/digits/mlp-2x100-digits-quick-lambda0-gamma3-seed0.safetensors"
	dir := t.TempDir()
	explain := func(out string, more ...string) (string, int) {
		return output(t, tightrope(t, append([]string{"explain", model, "--out", filepath.Join(dir, out)}, more...)...))
	}
	for out, c := range map[string]struct{ eps, claim string }{
		"small.svg": {"0.02", "Certified: no change of at most ε = 0.02 turns this 4 into another class."},
		"large.png": {"0.5", "Broken: an attack within ε = 0.5 changes the class of this 4."},
		"both.gif":  {"0.5", "Broken: an attack within ε = 0.5 changes the class of this 4."},
	} {
		text, code := explain(out, "--image", "0", "--eps", c.eps, "--frames", "3")
		if code != 0 || !strings.Contains(text, c.claim) {
			t.Errorf("%s: exit code %d: %s", out, code, text)
		}
	}
	if svg := read(t, dir, "small.svg"); !strings.Contains(svg, "Certified: no change") {
		t.Errorf("the SVG does not say its claim: %.300s", svg)
	}
	if _, err := png.Decode(strings.NewReader(read(t, dir, "large.png"))); err != nil {
		t.Error(err)
	}
	if g, err := gif.DecodeAll(bytes.NewReader([]byte(read(t, dir, "both.gif")))); err != nil || len(g.Image) != 3 {
		t.Errorf("%d frames, %v", len(g.Image), err)
	}
	for _, c := range []struct {
		out, message string
		more         []string
	}{
		{"x.pdf", "name a file that ends in .svg, .png or .gif", nil},
		{"x.svg", "--image: sample 360000", []string{"--image", "360000"}},
		{"x.gif", "--frames", []string{"--frames", "0"}},
	} {
		if text, code := explain(c.out, c.more...); code == 0 || !strings.Contains(text, c.message) {
			t.Errorf("%s %v: exit code %d: %s", c.out, c.more, code, text)
		}
	}
}
