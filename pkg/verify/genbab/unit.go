package genbab

import "tightrope/pkg/verify/cert"

// unit is the activation of a neuron, in float64.
type unit struct {
	cert.Smooth
	smooth bool // else a relu
}

func newUnit(c *cert.Condensed, i int) (u unit) {
	u.Smooth, u.smooth = c.Curve(i)
	return u
}

// value is f(z).
func (u unit) value(z float64) float64 {
	if u.smooth {
		v, _ := u.At(z)
		return v
	}
	return max(z, 0)
}

// derivative is f'(z).
func (u unit) derivative(z float64) float64 {
	switch {
	case u.smooth:
		_, s := u.At(z)
		return s
	case z > 0:
		return 1
	}
	return 0
}

// least is about the z of [l, h] at which f f(z) - nu z is least, and the activation there.
func (u unit) least(f, nu, l, h float64) (z, value float64) {
	if u.smooth {
		return u.Least(f, nu, l, h)
	}
	z, least := l, f*max(l, 0)-nu*l
	if c := f*max(h, 0) - nu*h; c < least {
		z, least = h, c
	}
	if l < 0 && h > 0 && least > 0 {
		z = 0
	}
	return z, max(z, 0)
}

// lines are the slopes of CROWN's lines.
func (u unit) lines(l, h float64) (lower, upper float64) {
	switch {
	case u.smooth:
		return u.Slopes(cert.CROWN, l, h)
	case l >= 0:
		return 1, 1
	case h <= 0:
		return 0, 0
	}
	if h > -l {
		lower = 1
	}
	return lower, h / (h - l)
}

// slopes are the least and the largest slope of f.
func (u unit) slopes(l, h float64) (least, most float64) {
	if u.smooth {
		return u.Steepness(l, h)
	}
	return u.derivative(l), u.derivative(h)
}
