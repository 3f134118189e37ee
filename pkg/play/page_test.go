package play

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// samples is the number of states of each page that are tried.
const samples = 10

// complete is the last answer of a page at a state, every stage of which has to be valid.
func complete(t *testing.T, p *Player, page string, s State) *Answer {
	t.Helper()
	a := answer(t, p, Request{Page: page, State: s})
	for a.Next > 0 {
		a = answer(t, p, Request{Page: page, State: a.State, Stage: a.Next})
	}
	return a
}

func answer(t *testing.T, p *Player, r Request) *Answer {
	t.Helper()
	a, err := p.Answer(r)
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	return a
}

// TestPictures: at every state and width, each page draws a picture that is well formed, within its limits and
// described, with finite numbers, valid controls and handles that lead back to their controls.
func TestPictures(t *testing.T) {
	player := &Player{}
	for _, page := range Pages() {
		for k := range samples {
			for _, width := range []float64{280, 720} {
				a := answer(t, player, Request{Page: page.Name, State: page.Sample(k), Width: width})
				checkPicture(t, page, a)
				checkHandles(t, page, a)
				again := answer(t, player, Request{Page: page.Name, State: a.State, Width: width})
				if !maps.Equal(again.State, a.State) {
					t.Errorf("%s: the state %v becomes %v when it is asked for again", page.Name, a.State, again.State)
				}
			}
		}
	}
}

func checkPicture(t *testing.T, page *Page, a *Answer) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(a.SVG))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: the picture is not well formed: %v", page.Name, err)
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, attribute := range e.Attr {
				if strings.Contains(attribute.Value, "NaN") || strings.Contains(attribute.Value, "Inf") {
					t.Errorf("%s: <%s %s=%.80q>", page.Name, e.Name.Local, attribute.Name.Local, attribute.Value)
				}
			}
		}
	}
	if !strings.Contains(a.SVG, `role="img"`) || len(a.Text) < 20 {
		t.Errorf("%s: the picture is not described: %q", page.Name, a.Text)
	}
	for name, x := range a.Numbers {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Errorf("%s at %v: %s is %v", page.Name, a.State, name, x)
		}
	}
}

// checkHandles: the place of a handle is where its controls' values are.
func checkHandles(t *testing.T, page *Page, a *Answer) {
	t.Helper()
	box := strings.Fields(between(a.SVG, `viewBox="`, `"`))
	for _, h := range a.Handles {
		for _, m := range h.Moves {
			at, size := h.X, number(t, box[2])
			if m.Vertical {
				at, size = h.Y, number(t, box[3])
			}
			want := number(t, a.State[m.Control])
			if got := m.Zero + m.Slope*at*size/100; math.Abs(got-want) > 1e-9 {
				t.Errorf("%s: handle %s is at %s = %v, which is %v", page.Name, h.ID, m.Control, got, want)
			}
		}
	}
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestNeverCrossed: whatever is asked for, l stays below u, and the one that was not moved stays where it is.
func TestNeverCrossed(t *testing.T) {
	player := &Player{}
	for _, c := range []struct{ l, u, moved, wantL, wantU string }{
		{"-1", "1.5", "l", "-1.00", "1.50"}, {"1.5", "0", "l", "-0.05", "0.00"}, {"0.5", "-1.5", "u", "0.50", "0.55"},
		{"1.5", "-1.5", "u", "1.50", "1.55"}, {"-2", "-1.5", "u", "-2.00", "-1.50"}, {"1.5", "1.5", "", "1.45", "1.50"},
		{"9", "-9", "l", "-1.55", "-1.50"},
	} {
		a := answer(t, player, Request{Page: "neuron", State: State{"l": c.l, "u": c.u}, Moved: c.moved})
		if a.State["l"] != c.wantL || a.State["u"] != c.wantU {
			t.Errorf("l = %s, u = %s, moved %q: became %s, %s, want %s, %s", c.l, c.u, c.moved, a.State["l"],
				a.State["u"], c.wantL, c.wantU)
		}
	}
}

// TestRefuses: what no control can send is refused by name.
func TestRefuses(t *testing.T) {
	for want, request := range map[string]Request{
		"use one of neuron":    {Page: "nothing"},
		"has no control":       {Page: "toy", State: State{"y": "1"}},
		"use a number":         {Page: "toy", State: State{"eps": "NaN"}},
		"use one of cross":     {Page: "toy", State: State{"net": "none"}},
		"a digit of 3":         {Page: "digit", State: State{"drawn": "abc"}},
		"the grey level":       {Page: "digit", State: State{"drawn": strings.Repeat("z", 64)}},
		"board with the char":  {Page: "digit", State: State{"drawn": strings.Repeat("g", 256)}},
		"use a whole number":   {Page: "train", State: State{"again": "-1"}},
		"slope α \"\": use a ": {Page: "neuron", State: State{"alpha": ""}},
	} {
		if _, err := (&Player{}).Answer(request); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want one with %q", request, err, want)
		}
	}
	if _, err := (&Player{}).JSON([]byte("{")); err == nil {
		t.Error("half a request is answered")
	}
}

// TestJSON: requests and answers survive their text.
func TestJSON(t *testing.T) {
	player := &Player{}
	text, err := player.JSON([]byte(`{"page":"toy","state":{"x1":"0.1"},"width":320}`))
	if err != nil {
		t.Fatal(err)
	}
	var a Answer
	if err := json.Unmarshal(text, &a); err != nil || a.State["x1"] != "0.10" || a.Numbers["unstable"] != 2 {
		t.Errorf("%v: %+v", err, a.State)
	}
}

// TestMethodSections: pages name sections of the method and notebooks that exist.
func TestMethodSections(t *testing.T) {
	method, err := os.ReadFile("../../docs/method.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Pages() {
		if !strings.Contains(string(method), "\n## "+strconv.Itoa(p.Section)+". ") {
			t.Errorf("page %s: docs/method.md has no section %d", p.Name, p.Section)
		}
		if _, err := os.Stat("../../notebooks/" + p.Notebook + ".ipynb"); err != nil {
			t.Errorf("page %s: %v", p.Name, err)
		}
	}
}

// TestDrawn: a board becomes an image of the data set's form: as high as the picture, in its middle, in sixteenths.
func TestDrawn(t *testing.T) {
	var fields [board][board]bool
	for i := 10; i < 26; i++ { // a bar of 16 by 4 fields, off the middle
		for j := 3; j < 7; j++ {
			fields[i][j] = true
		}
	}
	var b strings.Builder
	for i := range fields {
		for j := 0; j < board; j += 4 {
			value := 0
			for k := range 4 {
				value *= 2
				if fields[i][j+k] {
					value++
				}
			}
			b.WriteString(strconv.FormatInt(int64(value), 16))
		}
	}
	x, err := pixels(b.String())
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range x { // twice as large: 2 columns of 8 pixels, full
		want := 0.0
		if column := i % side; column == 3 || column == 4 {
			want = 1
		}
		if v != want {
			t.Errorf("pixel %d, %d is %v, want %v", i/side, i%side, v, want)
		}
	}
	if again, err := pixels(levels(x)); err != nil || levels(again) != levels(x) {
		t.Errorf("%v: %s becomes %s", err, levels(x), levels(again))
	}
	if x, err := pixels(strings.Repeat("0", board*board/4)); x != nil || err != nil {
		t.Errorf("an empty board becomes %v, %v", x, err)
	}
}
