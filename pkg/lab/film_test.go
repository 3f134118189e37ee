package lab

import (
	"regexp"
	"strings"
	"testing"

	"tightrope/pkg/tight"
)

// TestFilmShowsTheLastFrameFirst: without scripts one frame is visible, the last; the slider reaches all of them.
func TestFilmShowsTheLastFrameFirst(t *testing.T) {
	page := filmPage([]string{"<svg>a</svg>", "<svg>b</svg>", "<svg>c</svg>"})
	if n := strings.Count(page, "display:none\"><svg>"); n != 2 {
		t.Errorf("%d frames are hidden, want 2: %s", n, page)
	}
	if !strings.Contains(page, `<div class="tightrope-frame"><svg>c</svg>`) ||
		!strings.Contains(page, `max="2" value="2"`) || !strings.Contains(page, "<output>3 of 3</output>") {
		t.Errorf("the last frame is not the one shown: %s", page)
	}
	if regexp.MustCompile(`https?://|<script`).MatchString(page) {
		t.Error("the page needs a network or a script element")
	}
}

func TestAnatomyFigureShowsUnstableNeuronsOnly(t *testing.T) {
	a := &tight.Anatomy{Bound: 0.5, PO: 0.75, R: 0.1, Neurons: []tight.Neuron{
		{Lower: 1, Upper: 2}, {Layer: 1, Unit: 2, Lower: -1, Upper: 1, Slope: 0.5, H: 0.5, Z: 0.5, Gap: 0.25,
			Distance: 0.5, Unstable: true}}}
	f, err := Anatomy(a)
	if err != nil || !strings.HasPrefix(f.Caption, "1 unstable neuron, 0 of them tight") {
		t.Errorf("%v, %v", f, err)
	}
	if name(a.Neurons[1]) != "2.3" {
		t.Errorf("name %q, want layer and unit from 1", name(a.Neurons[1]))
	}
}
