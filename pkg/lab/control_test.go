package lab

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"tightrope/pkg/plot"
)

func TestSliderPositions(t *testing.T) {
	n := Slider("x", -1, 3, 0.3)
	if n.Value != 0.3 || n.String() != "x = 0.30" {
		t.Errorf("starts at %v, %s", n.Value, n)
	}
	for position := -50; position <= 150; position++ {
		n.move(position)
		if n.position() != position || math.Abs(n.Value-0.02*float64(position)) > 1e-12 {
			t.Errorf("position %d came back as %d, value %v", position, n.position(), n.Value)
		}
	}
	n.move(1000)
	if n.Value != 3 {
		t.Errorf("value %v beyond the end", n.Value)
	}
	if wide := Slider("w", 0, 1000, 500); wide.Value != 500 || wide.step != 5 || wide.String() != "w = 500" {
		t.Errorf("wide slider %v, step %v, %s", wide.Value, wide.step, wide)
	}
}

// TestNumbersStayInOrder: however two ordered numbers are moved, the first stays a step below the second, both in their
// ranges and on their steps, and a number that stops does so next to the other one.
func TestNumbersStayInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 0))
	for range 200 {
		lowest, greatest := -2*r.Float64(), 0.1+2*r.Float64()
		width := greatest - lowest
		l := Slider("l", lowest, greatest-0.2*width*r.Float64(), lowest)
		u := Slider("u", lowest+0.3*width*r.Float64(), greatest, greatest)
		l.Below(u)
		gap := max(l.step, u.step)
		for range 60 {
			n, other := l, u
			if r.IntN(2) == 0 {
				n, other = u, l
			}
			asked := n.first - 5 + r.IntN(n.last-n.first+10)
			n.move(asked)
			if u.Value-l.Value < gap-1e-9 {
				t.Fatalf("%s, %s: less than %v apart", l, u, gap)
			}
			if at := n.position(); at < n.first || at > n.last || math.Abs(n.Value-n.at(at)) > 1e-12 {
				t.Fatalf("%s is at %d, outside %d to %d or between the steps", n, at, n.first, n.last)
			}
			free := max(n.first, min(n.last, asked))
			if near := math.Abs(n.Value-other.Value) < gap+n.step; n.position() != free && !near {
				t.Fatalf("%s did not go to position %d, and %s is not in its way", n, asked, other)
			}
		}
	}
}

// TestAControlThatStopsIsMovedBack: where l would pass u, the browser's slider is put where l stopped, once.
func TestAControlThatStopsIsMovedBack(t *testing.T) {
	l, u := Slider("l", -2, 1, -1), Slider("u", -1, 2, 0.5)
	l.Below(u)
	s, screen, ended := startSession(t, func() (*plot.Figure, error) { return plot.Neuron(l.Value, u.Value) }, l, u)
	next(t, screen)
	s.changed(0, l.last)
	if html := next(t, screen); !strings.Contains(html, "<title>A neuron with 0.48") {
		t.Errorf("after l was moved beyond u: %.100s", html)
	}
	if moved := <-screen.moved; moved != [2]int{0, l.position()} || l.Value != 0.48 {
		t.Errorf("moved %v, l is %v", moved, l.Value)
	}
	s.changed(1, u.position()+10)
	next(t, screen)
	s.stopped()
	waitFor(t, ended)
	if len(screen.moved) > 0 {
		t.Errorf("moved once more: %v", <-screen.moved)
	}
}

// TestThePanelIsForEverybody: every control has a label of its own, its value in sight and as text for screen readers,
// and JupyterLab's shortcuts keep away from its keys; what the picture shows is said in a live region.
func TestThePanelIsForEverybody(t *testing.T) {
	page := newPanel("tightrope_x", []Control{Slider("l < 1", -2, 0, -1), Select("kind", "a & b", "c")}).html()
	for _, want := range []string{
		`:focus-visible`, `role="status"`, `aria-label="controls of the figure"`,
		`<label for="tightrope_x_0">l &lt; 1</label>`, `<label for="tightrope_x_1">kind</label>`,
		`aria-valuetext="−1.00"`, `<output for="tightrope_x_0">−1.00</output>`,
		`min="-200" max="0" step="1" value="-100"`, `data-step="0.01" data-decimals="2"`,
		`<option value="0" selected>a &amp; b</option><option value="1">c</option>`,
		`<button type="button" data-lm-suppress-shortcuts="true">Stop</button>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if strings.Contains(page, "ROOT") || regexp.MustCompile(`https?:|ZgotmplZ`).MatchString(page) {
		t.Errorf("the page is not complete, or needs a network:\n%s", page)
	}
	if n := strings.Count(page, `data-lm-suppress-shortcuts="true"`); n != 3 {
		t.Errorf("JupyterLab keeps the keys of %d of 3 controls: on an element around them the mark has no effect", 3-n)
	}
	if n := strings.Count(page, "<script>"); n != 1 {
		t.Errorf("%d scripts", n)
	}
}

// TestMessages: what the browser sends reaches the control that it is about, and nothing else has an effect.
func TestMessages(t *testing.T) {
	p := newPanel("x", []Control{Slider("a", -2, 0, -1), Select("b", "c", "d")})
	for text, want := range map[string]string{"ready": "ready", "stop": "stop", "0 -62": "0 to -62", "1 1": "1 to 1",
		"2 0": "", "-1 0": "", "": "", "stopped": "", "0": "", "1 x": ""} {
		got := ""
		p.heard(text, func() { got += "ready" }, func() { got += "stop" },
			func(control, position int) { got += fmt.Sprintf("%d to %d", control, position) })
		if got != want {
			t.Errorf("%q has the effect %q, want %q", text, got, want)
		}
	}
}
