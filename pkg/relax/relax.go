// Package relax holds the convex relaxations of ONE relu neuron: the lines
// that enclose a = max(z, 0) over l <= z <= u, and the points where they touch it.
// Plain mathematics, no network. Lines and slopes come twice: for numbers (to
// teach and to check) and for graph nodes (to compute with).
package relax

import "fmt"

// Status classifies a neuron by its bounds.
type Status int

// The three classes of neurons (docs/method.md, section 2).
const (
	Active   Status = iota // l >= 0: a = z
	Inactive               // u <= 0: a = 0
	Unstable               // l < 0 < u
)

// String is the status in lower case.
func (s Status) String() string { return [...]string{"active", "inactive", "unstable"}[s] }

// StatusOf classifies a neuron with bounds l <= z <= u.
func StatusOf(l, u float64) Status {
	switch {
	case l >= 0:
		return Active
	case u <= 0:
		return Inactive
	}
	return Unstable
}

// Line is a = Slope z + Intercept.
type Line struct{ Slope, Intercept float64 }

// At evaluates the line.
func (l Line) At(z float64) float64 { return l.Slope*z + l.Intercept }

// Lines encloses relu over [l, u]: Lower.At(z) <= max(z, 0) <= Upper.At(z).
type Lines struct{ Lower, Upper Line }

// Relaxation is a choice of lines for one neuron.
type Relaxation interface {
	Name() string
	// Lines encloses relu over [l, u]; it returns an error unless l <= u and both are finite.
	Lines(l, u float64) (Lines, error)
}

// FastLin uses parallel lines of slope u/(u-l) (Weng et al. 2018; the dual of Wong & Kolter 2018).
type FastLin struct{}

// CROWN uses the lower slope 1 where u > -l, else 0: the smaller area (Zhang et al. 2018). A tie gives 0.
type CROWN struct{}

// Alpha uses a lower line of any slope in [0,1].
type Alpha struct{ Slope float64 }

// Interval encloses relu by the constants max(l, 0) and max(u, 0), as interval bound propagation does.
type Interval struct{}

// Name implements Relaxation.
func (FastLin) Name() string { return "Fast-Lin" }

// Name implements Relaxation.
func (CROWN) Name() string { return "CROWN" }

// Name implements Relaxation.
func (a Alpha) Name() string { return fmt.Sprintf("alpha = %.2f", a.Slope) }

// Name implements Relaxation.
func (Interval) Name() string { return "IBP" }

// Lines implements Relaxation.
func (FastLin) Lines(l, u float64) (Lines, error) {
	return sloped(l, u, u/(u-l))
}

// Lines implements Relaxation.
func (CROWN) Lines(l, u float64) (Lines, error) {
	slope := 0.0
	if u > -l {
		slope = 1
	}
	return sloped(l, u, slope)
}

// Lines implements Relaxation; a slope outside [0,1] is an error.
func (a Alpha) Lines(l, u float64) (Lines, error) {
	if !(a.Slope >= 0 && a.Slope <= 1) {
		return Lines{}, fmt.Errorf("lower slope %v is not a relaxation of relu: use a slope in [0, 1]", a.Slope)
	}
	return sloped(l, u, a.Slope)
}

// Lines implements Relaxation.
func (Interval) Lines(l, u float64) (Lines, error) {
	if err := check(l, u); err != nil {
		return Lines{}, err
	}
	return Lines{Lower: Line{0, max(l, 0)}, Upper: Line{0, max(u, 0)}}, nil
}

func sloped(l, u, slope float64) (Lines, error) {
	if err := check(l, u); err != nil {
		return Lines{}, err
	}
	switch StatusOf(l, u) {
	case Active:
		return Lines{Line{1, 0}, Line{1, 0}}, nil
	case Inactive:
		return Lines{}, nil
	}
	k := u / (u - l)
	return Lines{Lower: Line{slope, 0}, Upper: Line{k, -k * l}}, nil
}

func check(l, u float64) error {
	if !(l <= u) || u-l > 1e308 {
		return fmt.Errorf("bounds [%v, %v]: use finite l <= u", l, u)
	}
	return nil
}

// Triangle is the convex hull of relu over [l, u], the tightest relaxation of one neuron: its corners,
// counter-clockwise from (l, 0).
func Triangle(l, u float64) [][2]float64 {
	switch StatusOf(l, u) {
	case Active:
		return [][2]float64{{l, l}, {u, u}}
	case Inactive:
		return [][2]float64{{l, 0}, {u, 0}}
	}
	return [][2]float64{{l, 0}, {0, 0}, {u, u}}
}

// Touching lists where the boundary lines of a relaxation meet relu at single
// points or ends of segments: the points at which a solution of the relaxed problem is real (Proposition 1, Figure 1).
func Touching(lines Lines, l, u float64) [][2]float64 {
	var points [][2]float64
	for _, z := range []float64{l, 0, u} {
		if z < l || z > u {
			continue
		}
		a := max(z, 0)
		if near(lines.Lower.At(z), a) || near(lines.Upper.At(z), a) {
			points = append(points, [2]float64{z, a})
		}
	}
	return points
}

func near(a, b float64) bool {
	d := a - b
	return d < 1e-12 && d > -1e-12
}
