package technique

import "image/color"

// Look is how a technique is drawn everywhere: a colour, and for greyscale a dash pattern and a marker of its own.
type Look struct {
	Color  color.NRGBA
	Dashes Dashes
	Marker Marker
}

// Dashes is a line's pattern.
type Dashes int

// The patterns.
const (
	Solid Dashes = iota
	Dashed
	Dotted
	DashDot
	Long
)

// Marker is a point's form.
type Marker int

// The forms.
const (
	OpenCircle Marker = iota
	Circle
	Square
	OpenSquare
	Triangle
	Pyramid
	Plus
	Cross
)

// The colours of Okabe and Ito, told apart by all common forms of colour blindness, and greys.
var (
	Black      = color.NRGBA{0, 0, 0, 255}
	Orange     = color.NRGBA{230, 159, 0, 255}
	SkyBlue    = color.NRGBA{86, 180, 233, 255}
	Green      = color.NRGBA{0, 158, 115, 255}
	Blue       = color.NRGBA{0, 114, 178, 255}
	Vermillion = color.NRGBA{213, 94, 0, 255}
	Purple     = color.NRGBA{204, 121, 167, 255}
	DarkGrey   = color.NRGBA{77, 77, 77, 255}
	Grey       = color.NRGBA{128, 128, 128, 255}
)
