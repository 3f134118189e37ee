package play

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"testing"
)

// placed is a text of a picture with the room that it takes.
type placed struct {
	text               string
	left, right, below float64
}

// texts are all texts of a picture, in the widths of a usual system font.
func texts(t *testing.T, svg string) (all []placed, width, height float64) {
	t.Helper()
	var picture struct {
		ViewBox string `xml:"viewBox,attr"`
		Texts   []struct {
			Class  string  `xml:"class,attr"`
			Anchor string  `xml:"text-anchor,attr"`
			X      float64 `xml:"x,attr"`
			Y      float64 `xml:"y,attr"`
			Text   string  `xml:",chardata"`
		} `xml:"text"`
	}
	if err := xml.Unmarshal([]byte(svg), &picture); err != nil {
		t.Fatal(err)
	}
	box := strings.Fields(picture.ViewBox)
	width, height = number(t, box[2]), number(t, box[3])
	for _, text := range picture.Texts {
		wide := 6.1 * float64(len([]rune(text.Text)))
		if strings.HasPrefix(text.Class, "label") {
			wide *= 1.35
		}
		left := text.X - wide*map[string]float64{"start": 0, "middle": 0.5, "end": 1}[text.Anchor]
		all = append(all, placed{text.Text, left, left + wide, text.Y})
	}
	return all, width, height
}

// TestTextsFit: at every state, and on the screens of small telephones too, no text of a picture is cut off at its
// edges or written over another.
func TestTextsFit(t *testing.T) {
	player := &Player{}
	for _, page := range Pages() {
		for k := range samples {
			state := complete(t, player, page.Name, page.Sample(k)).State
			for _, width := range []float64{288, 328, 720} {
				a := answer(t, player, Request{Page: page.Name, State: state, Width: width})
				all, wide, high := texts(t, a.SVG)
				for i, p := range all {
					if p.left < -2 || p.right > wide+2 || p.below > high || p.below < 8 {
						t.Errorf("%s at width %v: %q from %.0f to %.0f, %.0f down, of %v by %v", page.Name, width,
							p.text, p.left, p.right, p.below, wide, high)
					}
					for _, q := range all[:i] {
						if math.Abs(p.below-q.below) < 9 && p.left < q.right && q.left < p.right {
							t.Errorf("%s at width %v: %q over %q", page.Name, width, p.text, q.text)
						}
					}
				}
			}
		}
	}
}

// TestWrapped: lines hold all words in order, and none is longer than the width unless it is one word.
func TestWrapped(t *testing.T) {
	const text = "solid: certified · hollow: not · cross: misread · form: the label"
	for width := range 500 {
		lines := wrapped(text, float64(width))
		if strings.Join(lines, " ") != text {
			t.Fatalf("width %d: %q", width, lines)
		}
		for _, line := range lines {
			if float64(len([]rune(line)))*letter > float64(width) && strings.Contains(line, " ") {
				t.Errorf("width %d: %q", width, line)
			}
		}
	}
	if n := len(wrapped(text, 1e4)); n != 1 {
		t.Error("a wide line is broken into " + strconv.Itoa(n))
	}
}
