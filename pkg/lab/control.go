package lab

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Control is something the reader can change: a [Number] or a [Choice].
type Control interface {
	// widget is how the page shows the control.
	widget() widget
	// move takes a widget's position over into the value, as near to it as the control allows.
	move(position int)
	// position is the place of the value on the widget.
	position() int
	// String is the control with its value, e.g. "eps = 0.20".
	String() string
}

// Number is a slider's value, a multiple of a round step.
type Number struct {
	Value       float64
	label       string
	step        float64
	first, last int     // positions, in steps from 0
	above       *Number // the number that this one stays above
	below       *Number // the number that this one stays below
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

// Below keeps n at least one step (the larger of the two) below the other number: the slider that the reader moves
// stops there. Values that do not start in this order end the cell.
func (n *Number) Below(other *Number) {
	if other.Value-n.Value < max(n.step, other.step)-1e-9 {
		Must(fmt.Errorf("slider %q starts at %v, %q at %v: start the first below the second", n.label, n.Value,
			other.label, other.Value))
	}
	n.below, other.above = other, n
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

func (n *Number) position() int { return steps(n.Value, n.step) }

func (n *Number) move(position int) {
	position = max(n.first, min(n.last, position))
	if n.below != nil {
		most := n.below.Value - max(n.step, n.below.step)
		position = min(position, int(math.Floor(most/n.step+1e-6)))
	}
	if n.above != nil {
		least := n.above.Value + max(n.step, n.above.step)
		position = max(position, int(math.Ceil(least/n.step-1e-6)))
	}
	n.Value = n.at(position)
}

// at is the value at a position.
func (n *Number) at(position int) float64 {
	if n.step >= 1 {
		return float64(position) * n.step
	}
	// Dividing keeps 0.3 at 0.3, not 0.30000000000000004.
	return float64(position) / math.Round(1/n.step)
}

// String implements Control.
func (n *Number) String() string { return n.label + " = " + n.text() }

// text is the value with the decimals of the step and a true minus sign.
func (n *Number) text() string {
	return strings.Replace(strconv.FormatFloat(n.Value, 'f', n.decimals(), 64), "-", "−", 1)
}

func (n *Number) decimals() int { return max(0, int(math.Ceil(-math.Log10(n.step)-1e-9))) }

func (n *Number) widget() widget {
	return widget{Label: n.label, Text: n.text(), First: n.first, Last: n.last, Position: n.position(), Step: n.step,
		Decimals: n.decimals()}
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

func (c *Choice) position() int { return c.Index }

func (c *Choice) move(position int) { c.Index = max(0, min(len(c.options)-1, position)) }

// String implements Control.
func (c *Choice) String() string { return c.label + ": " + c.Option() }

func (c *Choice) widget() widget {
	return widget{Label: c.label, Options: c.options, Position: c.Index}
}
