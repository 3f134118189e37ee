package plot

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// HeldData says why a property is not proved: the bounds of its rows, and the row with the lowest bound in detail. A
// row is refuted if its lower bound is above 0.
type HeldData struct {
	Rows  []HeldRow
	Worst int     // the row that is shown in detail
	Bound float64 // its lower bound by Fast-Lin, in outward rounding or not
	// Neurons are the parts of the gap between Bound and the real network at the relaxed optimum, which sum to it.
	Neurons []Part
	// Inputs says how far Bound rises when one input alone is held fixed, [inputs].
	Inputs []float64
	Shape  []int // of the input, [channels, height, width]; nil: no image
}

// HeldRow is one row of a property's cases.
type HeldRow struct {
	Name    string
	Bounds  []Part  // lower bounds by technique
	Reached float64 // the row's value that the real network takes somewhere in the box
}

// Part is a value with a name.
type Part struct {
	Name  string
	Value float64
}

// heldNeurons is how many neurons have a bar of their own.
const heldNeurons = 9

func (d HeldData) validate() error {
	if len(d.Rows) == 0 || d.Worst < 0 || d.Worst >= len(d.Rows) {
		return fmt.Errorf("row %d of %d is taken apart: give at least one row, and one of them", d.Worst, len(d.Rows))
	}
	for _, r := range d.Rows {
		if len(r.Bounds) == 0 || len(r.Bounds) != len(d.Rows[0].Bounds) {
			return fmt.Errorf("row %s has %d bounds, row %s has %d: bound each row by the same techniques", r.Name,
				len(r.Bounds), d.Rows[0].Name, len(d.Rows[0].Bounds))
		}
	}
	if d.Shape != nil {
		return Picture{Title: "inputs", Shape: d.Shape, Values: d.Inputs}.validate()
	}
	return nil
}

// Held draws why bounds alone do not prove a property: the lower bounds of its rows by technique; the gap between the
// lowest bound and the real network, neuron by neuron; and the inputs that lower the bound most. It returns an error
// for data whose parts do not fit each other.
func Held(d HeldData) (*Figure, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	steps := d.steps()
	height := vg.Length(max(len(d.Rows), len(steps))+2)*tickSize*1.75 + 30
	f := &Figure{Name: "held", Caption: d.caption(), Data: d, heads: d.legend(), height: height,
		panels: [][]panel{{d.rowsPanel(), stepsPanel(steps)}}}
	if d.Shape != nil {
		f.panels[0], f.columnWidths = append(f.panels[0], d.inputsPanel()), []float64{0.41, 0.38, 0.21}
	}
	return f, nil
}

// caption says how far the property is from being proved.
func (d HeldData) caption() string {
	open := 0
	for _, r := range d.Rows {
		if slices.MaxFunc(r.Bounds, func(a, b Part) int { return cmp.Compare(a.Value, b.Value) }).Value <= 0 {
			open++
		}
	}
	if open == 0 {
		return fmt.Sprintf("Every row is refuted by a bound: the property holds. The least one, %s, has %s by "+
			"Fast-Lin.", d.Rows[d.Worst].Name, signed("%.3f", d.Bound))
	}
	return fmt.Sprintf("%d of %d rows are not refuted by any bound. %s is held back most: %s by Fast-Lin, where the "+
		"network itself has %s.", open, len(d.Rows), d.Rows[d.Worst].Name, signed("%.3f", d.Bound),
		signed("%.3f", d.Bound+d.gap()))
}

func (d HeldData) gap() (sum float64) {
	for _, n := range d.Neurons {
		sum += n.Value
	}
	return sum
}

// legend has the techniques' marks, and what the network reaches.
func (d HeldData) legend() [][]entry {
	var all []entry
	for _, b := range d.Rows[0].Bounds {
		all = append(all, entry{label: b.Name, look: techniqueLook(b.Name), mark: true})
	}
	return [][]entry{append(all, entry{label: "the network", look: reachedLook, mark: true})}
}

// reachedLook marks what the real network does.
var reachedLook = look{color: black, glyph: cross{}}

// rowsPanel has a line for each row, from its lowest bound to the network.
func (d HeldData) rowsPanel() *plot.Plot {
	p := newPanel("each row: right of 0, refuted", "lower bound of the row", "")
	low, high, _ := limits(d.values()...)
	least := d.floor()
	if low < least {
		low, p.X.Label.Text = least, "lower bound (those further left: no mark)"
	}
	p.X.Min, p.X.Max = widened(min(low, 0), max(high, 0), 0.06)
	p.Y.Min, p.Y.Max = -0.6, float64(len(d.Rows))-0.4
	p.Add(stroke(black, 1, nil, [2]float64{0, p.Y.Min}, [2]float64{0, p.Y.Max}))
	var names []string
	for i, r := range d.Rows {
		names = append(names, r.Name)
		y := float64(i)
		left, _, _ := limits(values(r.Bounds)...)
		p.Add(stroke(lightGrey, 3, nil, [2]float64{max(left, p.X.Min), y}, [2]float64{r.Reached, y}))
		for k, b := range r.Bounds {
			if b.Value >= p.X.Min {
				// One above the other: they are often nearly equal.
				above := 0.5 * (float64(k)/max(1, float64(len(r.Bounds)-1)) - 0.5)
				p.Add(mark(techniqueLook(b.Name).marker(), [2]float64{b.Value, y + above}))
			}
		}
		p.Add(mark(reachedLook.marker(), [2]float64{r.Reached, y}))
	}
	p.Y.Tick.Marker, p.Y.Tick.Length = nameTicks(names), 0
	p.Y.Scale = plot.InvertedScale{Normalizer: plot.LinearScale{}}
	return p
}

func values(parts []Part) (all []float64) {
	for _, p := range parts {
		all = append(all, p.Value)
	}
	return all
}

func (d HeldData) values() (all []float64) {
	for _, r := range d.Rows {
		all = append(append(all, values(r.Bounds)...), r.Reached)
	}
	return all
}

// floor cuts off bounds that are far looser than the median, so that the others can be told apart.
func (d HeldData) floor() float64 {
	var sizes []float64
	for _, v := range d.values() {
		sizes = append(sizes, abs(v))
	}
	slices.Sort(sizes)
	return -3 * sizes[len(sizes)/2]
}

// steps leads from the bound to the network: a bar for each neuron, the most expensive first.
func (d HeldData) steps() []span {
	at := d.Bound
	all := []span{{"bound", min(at, 0), max(at, 0), true}}
	neurons := slices.Clone(d.Neurons)
	slices.SortStableFunc(neurons, func(a, b Part) int { return cmp.Compare(b.Value, a.Value) })
	for i, n := range neurons {
		if i == heldNeurons && len(neurons) > heldNeurons+1 {
			rest := HeldData{Neurons: neurons[i:]}.gap()
			all, at = append(all, span{fmt.Sprintf("%d others", len(neurons)-i), at, at + rest, false}), at+rest
			break
		}
		all, at = append(all, span{n.Name, at, at + n.Value, false}), at+n.Value
	}
	return append(all, span{"network", min(at, 0), max(at, 0), true})
}

// span is a bar from low to high; ends are the sums at both ends of the chain.
type span struct {
	name      string
	low, high float64
	end       bool
}

// stepsPanel draws a chain of bars, one below the other.
func stepsPanel(steps []span) *plot.Plot {
	p := newPanel("its gap, neuron by neuron", "value of that row", "")
	p.Add(chain(steps))
	var names []string
	for _, s := range steps {
		names = append(names, s.name)
	}
	p.Y.Tick.Marker, p.Y.Tick.Length = nameTicks(names), 0
	p.Y.Scale = plot.InvertedScale{Normalizer: plot.LinearScale{}}
	p.X.Min, p.X.Max = widened(p.X.Min, p.X.Max, 0.05)
	return p
}

type chain []span

// DataRange implements plot.DataRanger.
func (s chain) DataRange() (xmin, xmax, ymin, ymax float64) {
	for _, b := range s {
		xmin, xmax = min(xmin, b.low, b.high), max(xmax, b.low, b.high)
	}
	return xmin, xmax, -0.6, float64(len(s)) - 0.4
}

// Plot implements plot.Plotter: bars between the ends are outlined, so that greyscale tells them from the ends.
func (s chain) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	half := 0.34 * (trY(0) - trY(1))
	for i, b := range s {
		y := trY(float64(i))
		look := look{color: darkGrey}
		if !b.end {
			look.color, look.hollow = vermillion, true
		}
		drawBox(c, look, vg.Rectangle{Min: vg.Point{X: trX(min(b.low, b.high)), Y: y - half},
			Max: vg.Point{X: trX(max(b.low, b.high)), Y: y + half}})
	}
	c.StrokeLine2(draw.LineStyle{Color: black, Width: 1}, trX(0), c.Min.Y, trX(0), c.Max.Y)
}

// inputs is a picture with a line under it.
type inputs struct {
	Picture
	note string
}

// inputsPanel is the picture of the inputs: the darker one is, the further the bound rises when it stands still.
func (d HeldData) inputsPanel() panel {
	_, most, _ := limits(append([]float64{0}, d.Inputs...)...)
	p := inputs{Picture{Title: "its inputs", Shape: d.Shape, Values: make([]float64, len(d.Inputs))},
		fmt.Sprintf("black: %+.2g", most)}
	for i, v := range d.Inputs {
		p.Values[i] = 1
		if most > 0 {
			p.Values[i] = 1 - max(v, 0)/most
		}
	}
	return p
}

// Draw implements panel.
func (p inputs) Draw(c draw.Canvas) {
	p.Picture.Draw(c)
	style := textStyle(tickSize, black)
	style.XAlign = text.XCenter
	side := min(c.Max.X-c.Min.X, c.Max.Y-c.Min.Y-textSize*1.4)
	at := vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: c.Max.Y - textSize*1.4 - side - textSize*1.3}
	c.FillText(style, at, p.note)
	at.Y -= textSize * 1.3
	c.FillText(style, at, "if it stood still")
}
