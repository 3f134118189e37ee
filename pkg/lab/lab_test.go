package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"tightrope/pkg/plot"
	"tightrope/pkg/record"
	"tightrope/pkg/relax"
)

// fakeScreen keeps what a notebook would show.
type fakeScreen struct {
	shown chan string
	moved chan [2]int // controls, and where they were put
}

func (f fakeScreen) update(html string)          { f.shown <- html }
func (f fakeScreen) place(control, position int) { f.moved <- [2]int{control, position} }

// startSession runs a live cell without a browser.
func startSession(t *testing.T, draw func() (*plot.Figure, error), controls ...Control) (*session, fakeScreen,
	chan struct{}) {
	t.Helper()
	s := newSession(draw, controls)
	screen := fakeScreen{make(chan string, 100), make(chan [2]int, 100)}
	s.screen = screen
	ended := make(chan struct{})
	go func() { s.loop(); close(ended) }()
	return s, screen, ended
}

func next(t *testing.T, screen fakeScreen) string {
	t.Helper()
	select {
	case html := <-screen.shown:
		return html
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was drawn")
		return ""
	}
}

func waitFor(t *testing.T, ended chan struct{}) {
	t.Helper()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the live cell did not end")
	}
}

func TestMovingASliderRedraws(t *testing.T) {
	l, kind := Slider("l", -2, 0, -1), Select("kind", "first", "second")
	s, screen, ended := startSession(t, func() (*plot.Figure, error) {
		f, err := plot.Neuron(l.Value, 1)
		f.Caption += " Of the " + kind.Option() + " kind."
		return f, err
	}, l, kind)
	if html := next(t, screen); !strings.Contains(html, "<title>An unstable neuron, −1.00") ||
		!strings.Contains(html, "the first kind") || !strings.Contains(html, "<svg") {
		t.Errorf("first picture %.200s", html)
	}
	s.changed(0, -150)
	if html := next(t, screen); !strings.Contains(html, "<title>An unstable neuron, −1.50") {
		t.Errorf("after the slider: %.200s", html)
	}
	s.changed(1, 1)
	if html := next(t, screen); !strings.Contains(html, "the second kind") {
		t.Errorf("after the selection: %.200s", html)
	}
	s.stopped()
	waitFor(t, ended)
	if len(screen.moved) > 0 {
		t.Errorf("control moved back: %v", <-screen.moved)
	}
}

func TestManyChangesAreOneRedraw(t *testing.T) {
	l := Slider("l", -2, 0, -1)
	drawing, release := make(chan struct{}, 100), make(chan struct{}, 100)
	s, screen, ended := startSession(t, func() (*plot.Figure, error) {
		drawing <- struct{}{}
		<-release
		return plot.Neuron(l.Value, 1)
	}, l)
	<-drawing
	for position := range 50 {
		s.changed(0, -200+position)
	}
	release <- struct{}{}
	next(t, screen)
	release <- struct{}{}
	if html := next(t, screen); !strings.Contains(html, "−1.51") {
		t.Errorf("the second picture is not of the last position: %.100s", html)
	}
	s.stopped()
	waitFor(t, ended)
	if len(drawing) != 1 {
		t.Errorf("%d more pictures, want 1 for all changes", len(drawing))
	}
}

func TestErrorsWhileLiveAreShown(t *testing.T) {
	s, screen, ended := startSession(t, func() (*plot.Figure, error) { return nil, errors.New("l < u is needed") })
	if html := next(t, screen); !strings.Contains(html, "l &lt; u is needed") ||
		!strings.Contains(html, "No picture: l &lt; u") {
		t.Errorf("shown %s", html)
	}
	s.stopped()
	waitFor(t, ended)
}

func TestPatienceEndsACell(t *testing.T) {
	defer func(d time.Duration) { Patience = d }(Patience)
	Patience = 10 * time.Millisecond
	_, _, ended := startSession(t, func() (*plot.Figure, error) { return plot.Neuron(-1, 1) })
	waitFor(t, ended)
}

// TestHandshake: a browser that misses the first questions is asked again, with fresh widgets; one that never answers
// is told how to continue.
func TestHandshake(t *testing.T) {
	defer func(d time.Duration) { browserPatience = d }(browserPatience)
	browserPatience = 5 * time.Millisecond
	answered := make(chan struct{})
	close(answered)
	for answersAt := range handshakes + 2 {
		asked, removed := 0, 0
		show := func() <-chan struct{} {
			asked++
			if asked-1 == answersAt {
				return answered
			}
			return nil
		}
		got := handshake(show, func() { removed++ })
		if want := answersAt < handshakes; got != want || asked != min(answersAt+1, handshakes) ||
			removed != min(answersAt, handshakes) {
			t.Errorf("answer to question %d: %v after %d questions, %d taken away", answersAt, got, asked, removed)
		}
	}
	if text := noAnswer(31 * time.Second); !strings.Contains(text, "Run this cell again") ||
		!strings.Contains(text, "31 seconds") {
		t.Errorf("says %q", text)
	}
}

// output runs f and returns what it prints, what it prints as errors, and its exit status.
func output(t *testing.T, f func()) (out, errs string, status int) {
	t.Helper()
	oldOut, oldErr, oldExit := os.Stdout, os.Stderr, exit
	defer func() { os.Stdout, os.Stderr, exit = oldOut, oldErr, oldExit }()
	outR, outW, _ := os.Pipe()
	errR, errW, _ := os.Pipe()
	os.Stdout, os.Stderr = outW, errW
	type ended struct{ status int }
	exit = func(status int) { panic(ended{status}) }
	func() {
		defer func() {
			switch e := recover().(type) {
			case nil:
			case ended:
				status = e.status
			default:
				panic(e)
			}
		}()
		f()
	}()
	outW.Close()
	errW.Close()
	return read(outR), read(errR), status
}

func read(r io.Reader) string {
	var b bytes.Buffer
	io.Copy(&b, r)
	return b.String()
}

func TestOutsideANotebook(t *testing.T) {
	if !Batch() {
		t.Error("not a batch run, although there is no notebook")
	}
	out, _, status := output(t, func() {
		Live(func() (*plot.Figure, error) { return plot.Neuron(-1, 1) },
			Slider("l", -2, 0, -1))
	})
	if status != 0 || !strings.Contains(out, "[figure] An unstable neuron") {
		t.Errorf("status %d, printed %q", status, out)
	}
	out, _, _ = output(t, func() { Table([]string{"a", "b"}, []string{"1", "2"}) })
	if out != "a  b\n1  2\n\n" {
		t.Errorf("table %q", out)
	}
}

func TestErrorsEndTheCell(t *testing.T) {
	for want, f := range map[string]func(){
		"a slope in [0, 1]":          func() { Must(fmt.Errorf("use\na slope in [0, 1]")) },
		"no record at":               func() { Get(record.Read("nowhere")) },
		"needs l < u":                func() { Show(plot.Neuron(1, 0)) },
		"lowest <= value":            func() { Slider("x", 0, 1, 2) },
		"start the first below":      func() { Slider("l", 0, 1, 0.5).Below(Slider("u", 0, 1, 0.5)) },
		"give at least one":          func() { Select("x") },
		"row 0 of the table has 1 c": func() { Table([]string{"a", "b"}, []string{"1"}) },
	} {
		_, errs, status := output(t, f)
		if status != 1 || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("status %d, said %q, want one line with %q", status, errs, want)
		}
	}
}

func TestLinesOfANeuron(t *testing.T) {
	out, _, status := output(t, func() { Lines(-1, 1, relax.FastLin{}, relax.Interval{}) })
	// Fast-Lin: a parallelogram of height 1/2 over a range of 2; the interval: a rectangle of 2 by 1.
	for _, want := range []string{"0.5 z + 0.5  1.000  -1, 0, 1",
		"IBP         0           1            2.000  -1 to 0, 1"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("printed\n%s\nwithout %q", out, want)
		}
	}
	for _, c := range []struct {
		l, u float64
		want string
	}{{-1, 2, "-1, 0 to 2"}, {-2, 1, "-2 to 0, 1"},
		{0.5, 1, "0.5 to 1"}, {-2, -1, "-2 to -1"}} {
		if got := touching(Get(relax.CROWN{}.Lines(c.l, c.u)), c.l, c.u); got != c.want {
			t.Errorf("CROWN on [%v, %v] touches relu at %q, want %q", c.l, c.u, got, c.want)
		}
	}
}

func TestToyTables(t *testing.T) {
	out, _, status := output(t, func() {
		Points(record.ToyPoint{X: [2]float64{0.1, 0.7}, XStar: [2]float64{0.3, 0.5}, Label: 1, Bound: 0.2, Exact: 0.2,
			D: -1e-17, Unstable: 2})
	})
	if want := "(0.10, 0.70)  1      2         0.200      0.200       0  0  (0.30, 0.50)"; status != 0 ||
		!strings.Contains(out, want) {
		t.Errorf("printed\n%s, want %q", out, want)
	}
	r := &record.Record{Ladder: []record.Rung{{Technique: "IBP", Eps: 0.2, Margin: -0.1},
		{Technique: "IBP", Eps: 0.3, Margin: -0.3}, {Technique: "exact", Eps: 0.2, Margin: 0.3}}}
	out, _, status = output(t, func() { Ladder(r, 0.2) })
	if status != 0 || out != "bound  ε = 0.2\nIBP    -0.100\nexact  0.300\n\n" {
		t.Errorf("printed %q", out)
	}
	_, errs, status := output(t, func() { Ladder(r, 0.25) })
	if status != 1 || !strings.Contains(errs, "no rung at eps = 0.25") {
		t.Errorf("status %d, said %q", status, errs)
	}
}
