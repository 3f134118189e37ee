package lab

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"
	"github.com/janpfeifer/gonb/gonbui/dom"
	"github.com/janpfeifer/gonb/gonbui/widgets"
)

// Control is something the reader can change: a [Number] or a [Choice].
type Control interface {
	// show builds the widget in the page's element; position gets what the reader set.
	show(parent string, position func(int))
	// move takes a widget's position over into the value.
	move(position int)
	// String is the control with its value, e.g. "eps = 0.20".
	String() string
}

// Number is a slider's value, a multiple of a round step.
type Number struct {
	Value       float64
	label       string
	step        float64
	first, last int // positions, in steps from 0
}

// Slider makes a number between lowest and greatest that starts at value, each rounded to the slider's step (about a
// hundredth of the range); an empty range or a value outside it ends the cell.
func Slider(label string, lowest, greatest, value float64) *Number {
	if !(lowest < greatest && lowest <= value && value <= greatest) {
		Must(fmt.Errorf("slider %q from %v to %v starts at %v: use lowest <= value <= greatest", label, lowest,
			greatest, value))
	}
	step := roundStep((greatest - lowest) / 200)
	n := &Number{label: label, step: step, first: steps(lowest, step), last: steps(greatest, step)}
	n.move(steps(value, step))
	return n
}

// roundStep is the smallest of 1, 2, 5 times a power of ten that is at least x.
func roundStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

func steps(value, step float64) int { return int(math.Round(value / step)) }

// position is the place of the value on the slider.
func (n *Number) position() int { return steps(n.Value, n.step) }

func (n *Number) move(position int) {
	position = max(n.first, min(n.last, position))
	// Dividing keeps 0.3 at 0.3, not 0.30000000000000004.
	n.Value = float64(position) / math.Round(1/n.step)
	if n.step >= 1 {
		n.Value = float64(position) * n.step
	}
}

// String implements Control.
func (n *Number) String() string {
	decimals := max(0, int(math.Ceil(-math.Log10(n.step)-1e-9)))
	return n.label + " = " + strings.Replace(strconv.FormatFloat(n.Value, 'f', decimals, 64), "-", "−", 1)
}

func (n *Number) show(parent string, position func(int)) {
	s := widgets.Slider(n.first, n.last, n.position())
	comms.Subscribe(s.Address(), func(_ string, value int) { position(value) })
	dom.Append(parent, label(n.label))
	s.AppendTo(parent).Done()
}

// Choice is the option that a reader selected.
type Choice struct {
	Index   int
	label   string
	options []string
}

// Select makes a choice between options that starts at the first; no option ends the cell.
func Select(label string, options ...string) *Choice {
	if len(options) == 0 {
		Must(fmt.Errorf("selection %q has no options: give at least one", label))
	}
	return &Choice{label: label, options: options}
}

// Option is the text of the selected option.
func (c *Choice) Option() string { return c.options[c.Index] }

func (c *Choice) move(position int) { c.Index = max(0, min(len(c.options)-1, position)) }

// String implements Control.
func (c *Choice) String() string { return c.label + ": " + c.Option() }

func (c *Choice) show(parent string, position func(int)) {
	s := widgets.Select(c.options).SetDefault(c.Index)
	comms.Subscribe(s.Address(), func(_ string, value int) { position(value) })
	dom.Append(parent, label(c.label))
	s.AppendTo(parent).Done()
}

func label(text string) string {
	return fmt.Sprintf(`<label style="margin:0 0.4em 0 1em">%s</label>`, html.EscapeString(text))
}

// button shows a button; clicked is called for each click.
func button(parent, text string, clicked func()) {
	address := "/tightrope/button/" + gonbui.UniqueID()
	// The button announces itself with the count 0.
	comms.Subscribe(address, func(_ string, count int) {
		if count > 0 {
			clicked()
		}
	})
	widgets.Button(text).WithAddress(address).AppendTo(parent).Done()
}
