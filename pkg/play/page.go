package play

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Page is one page: one idea, its controls, and what draws it.
type Page struct {
	Name     string // of its file
	Title    string
	Short    string // for the list of pages
	Lead     string // the idea, in one sentence
	Question string // to answer before anything is dragged
	Reply    string // its answer, folded
	Notebook string // that goes on from here, such as "01_relaxations"
	Section  int    // of docs/method.md
	Note     string // what is left out or computed in another way; "": nothing
	Controls []Control
	Still    State // of the picture on the start page, where it is not the start
	draw     func(p *Player, v *values) (*Answer, error)
}

// Kind is the form of a control.
type Kind string

// The forms.
const (
	Range  Kind = "range"  // a number from Min to Max in steps
	Choice Kind = "choice" // one of the Options, by its key
	Canvas Kind = "canvas" // a drawn digit: 64 pixels, each a character of [pixelDigits]; "": none
	Action Kind = "action" // a button that counts how often it was pressed
)

// Control is one thing that a reader can change.
type Control struct {
	ID      string
	Label   string
	Kind    Kind
	Min     float64
	Max     float64
	Step    float64
	Start   string // value at the start
	Options []Option
	Help    string // under the control; "": nothing
}

// Option is one choice.
type Option struct{ Key, Label string }

// Decimals is how many decimals a value of the control shows.
func (c *Control) Decimals() int {
	if !(c.Step > 0) {
		return 0 // no range
	}
	return max(0, int(math.Ceil(-math.Log10(c.Step)-1e-9)))
}

// Format is a number as the control shows it.
func (c *Control) Format(x float64) string { return strconv.FormatFloat(x, 'f', c.Decimals(), 64) }

// State is the value of every control of a page, by its ID; what is missing is at its start.
type State map[string]string

// values is a valid state: numbers in their range and on their step, choices that exist.
type values struct {
	page  *Page
	state State
	moved string // the control that the reader moved last
	stage int    // of an answer in several stages, from 0
	width float64
}

// read makes a state valid. It returns an error for a value that is not a number or not an option, and for a control
// that the page does not have.
func (p *Page) read(s State) (*values, error) {
	v := &values{page: p, state: State{}}
	for id := range s {
		if p.control(id) == nil {
			return nil, fmt.Errorf("page %s has no control %.20q: use one of its own", p.Name, id)
		}
	}
	for i := range p.Controls {
		c := &p.Controls[i]
		text, given := s[c.ID]
		if !given {
			text = c.Start
		}
		text, err := c.valid(text)
		if err != nil {
			return nil, err
		}
		v.state[c.ID] = text
	}
	return v, nil
}

func (p *Page) control(id string) *Control {
	if i := slices.IndexFunc(p.Controls, func(c Control) bool { return c.ID == id }); i >= 0 {
		return &p.Controls[i]
	}
	return nil
}

// valid is a value as the control holds it.
func (c *Control) valid(text string) (string, error) {
	switch c.Kind {
	case Choice:
		if !slices.ContainsFunc(c.Options, func(o Option) bool { return o.Key == text }) {
			return "", fmt.Errorf("%s %.20q: use one of %s", c.Label, text, strings.Join(c.keys(), ", "))
		}
		return text, nil
	case Canvas:
		x, err := pixels(text)
		return levels(x), err
	case Action:
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return "", fmt.Errorf("%s %.20q: use a whole number", c.Label, text)
		}
		return strconv.FormatUint(n, 10), nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) {
		return "", fmt.Errorf("%s %.20q: use a number from %v to %v", c.Label, text, c.Min, c.Max)
	}
	return c.Format(c.clamp(x)), nil
}

// clamp moves a number into the control's range and onto its step.
func (c *Control) clamp(x float64) float64 {
	x = min(max(x, c.Min), c.Max)
	return min(max(c.Min+math.Round((x-c.Min)/c.Step)*c.Step, c.Min), c.Max)
}

func (c *Control) keys() (all []string) {
	for _, o := range c.Options {
		all = append(all, o.Key)
	}
	return all
}

// number is the value of a range, which read has checked.
func (v *values) number(id string) float64 {
	x, _ := strconv.ParseFloat(v.state[id], 64)
	return x + 0 // no -0
}

// choice is the key of a choice.
func (v *values) choice(id string) string { return v.state[id] }

// set moves a range.
func (v *values) set(id string, x float64) {
	c := v.page.control(id)
	v.state[id] = c.Format(c.clamp(x))
}

// label is the label of the option that a choice has.
func (v *values) label(id string) string {
	for _, o := range v.page.control(id).Options {
		if o.Key == v.state[id] {
			return o.Label
		}
	}
	return ""
}
