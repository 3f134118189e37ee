package attack

import (
	"math"
	"math/rand/v2"
)

// image is the form of an input as a picture: [channels, height, width]. Inputs that are not pictures are a row of
// pixels.
type image struct{ channels, height, width int }

func newImage(input []int) image {
	if len(input) == 3 {
		return image{input[0], input[1], input[2]}
	}
	n := 1
	for _, d := range input {
		n *= d
	}
	return image{1, 1, n}
}

func (m image) size() int { return m.channels * m.height * m.width }

// firstShare is the fraction of the pixels that the first squares change, as in AutoAttack.
const firstShare = 0.8

// halvings are the queries, of 10,000, at which it is halved (Andriushchenko et al. 2020, section 3.1).
var halvings = []int{10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000}

// shareAt is the fraction of the pixels that a query changes.
func shareAt(query, queries int) float64 {
	share := firstShare
	for _, at := range halvings {
		if query*10000 > at*queries {
			share /= 2
		}
	}
	return share
}

// window is a rectangle of an image.
type window struct{ top, left, height, width int }

// window draws a place for a square of a fraction of the pixels, with sides of at least a given length, if they fit.
func (m image) window(share float64, least int, rng *rand.Rand) window {
	side := max(int(math.Round(math.Sqrt(share*float64(m.height*m.width)))), least, 1)
	w := window{height: min(side, m.height), width: min(side, m.width)}
	switch area := share * float64(m.height*m.width); {
	case side > m.height:
		w.width = min(max(int(math.Round(area/float64(m.height))), least, 1), m.width)
	case side > m.width:
		w.height = min(max(int(math.Round(area/float64(m.width))), least, 1), m.height)
	}
	w.top, w.left = rng.IntN(m.height-w.height+1), rng.IntN(m.width-w.width+1)
	return w
}

// fill sets the values of a window in each channel of an image.
func (m image) fill(dst []float64, w window, value func(channel, row, column int) float64) {
	for c := range m.channels {
		for i := range w.height {
			row := dst[(c*m.height+w.top+i)*m.width+w.left:]
			for j := range w.width {
				row[j] = value(c, i, j)
			}
		}
	}
}

// signs are +1 or -1 of each channel.
func (m image) signs(rng *rand.Rand) []float64 {
	s := make([]float64, m.channels)
	for i := range s {
		s[i] = sign(rng)
	}
	return s
}

func sign(rng *rand.Rand) float64 { return float64(2*rng.IntN(2) - 1) }

// stripes are columns of one sign in each channel (section 3.3): all of the image.
func (m image) stripes(dst []float64, rng *rand.Rand) {
	all := make([]float64, m.channels*m.width)
	for i := range all {
		all[i] = sign(rng)
	}
	m.fill(dst, window{0, 0, m.height, m.width}, func(c, _, j int) float64 { return all[c*m.width+j] })
}

// flat is a square of one sign in each channel.
func (m image) flat(dst []float64, share float64, rng *rand.Rand) {
	w, s := m.window(share, 1, rng), m.signs(rng)
	m.fill(dst, w, func(c, _, _ int) float64 { return s[c] })
}

// leastSide of a square with a pattern of two halves.
const leastSide = 3

// pyramids is a square of the pattern of two halves, and another one that gives its length to it.
func (m image) pyramids(dst, from []float64, share float64, rng *rand.Rand) {
	m.pyramid(dst, m.window(share, leastSide, rng), rng)
	m.fill(from, m.window(share, leastSide, rng), func(int, int, int) float64 { return 1 })
}

// tiles are pyramids all over the image, five a side where there is room (section 3.3).
func (m image) tiles(dst []float64, rng *rand.Rand) {
	rows, columns := min(5, m.height), min(5, m.width)
	for i := range rows {
		for j := range columns {
			top, left := i*m.height/rows, j*m.width/columns
			m.pyramid(dst, window{top, left, (i+1)*m.height/rows - top, (j+1)*m.width/columns - left}, rng)
		}
	}
}

// pyramid fills a window by two halves of opposite signs, each high in its middle, of length 1 (equation 2).
func (m image) pyramid(dst []float64, w window, rng *rand.Rand) {
	across := w.height > 1 && (w.width == 1 || rng.IntN(2) == 0)
	s := m.signs(rng)
	values, norm := make([]float64, w.height*w.width), 0.0
	for i := range w.height {
		for j := range w.width {
			var v float64
			if across {
				v = halves(i, w.height, j, w.width)
			} else {
				v = halves(j, w.width, i, w.height)
			}
			values[i*w.width+j] = v
			norm += v * v
		}
	}
	norm = math.Sqrt(norm)
	m.fill(dst, w, func(c, i, j int) float64 { return s[c] * values[i*w.width+j] / norm })
}

// halves is the pattern at (i, j) of a window that is cut in two along i.
func halves(i, along, j, other int) float64 {
	if half := along / 2; i >= half {
		return -hill(i-half, along-half, j, other)
	}
	return hill(i, along/2, j, other)
}

// hill is the sum of 1/(k+1)^2 over the squares around the middle, from the k-th on, that hold (i, j).
func hill(i, height, j, width int) float64 {
	distance := max(abs(i-height/2), abs(j-width/2))
	total := 0.0
	for k := distance; k <= max(height, width)/2; k++ {
		total += 1 / float64((k+1)*(k+1))
	}
	return total
}

func abs(n int) int { return max(n, -n) }
