package play

import (
	"fmt"
	"strings"
)

// side is the height and width of the digits' images, and ink their largest pixel value in the data set.
const side, ink = 8, 16

// pixelDigits are the grey levels 0 to 16 as characters.
const pixelDigits = "0123456789abcdefg"

// board is the height and width of the board on which a reader draws: 32 times 32 fields, a bit each, as 256
// hexadecimal digits.
const board = 32

// pixels reads a digit: 64 grey levels, or a drawn board, which becomes them as the data set's images became; "" is
// none. It returns grey levels in [0, 1].
func pixels(text string) ([]float64, error) {
	switch len(text) {
	case 0:
		return nil, nil
	case side * side:
		out := make([]float64, len(text))
		for i := range text {
			level := strings.IndexByte(pixelDigits, text[i])
			if level < 0 {
				return nil, fmt.Errorf("a digit with the grey level %q: use %s", text[i], pixelDigits)
			}
			out[i] = float64(level) / ink
		}
		return out, nil
	case board * board / 4:
		return normalized(text)
	}
	return nil, fmt.Errorf("a digit of %d characters: use %d grey levels or a board of %d", len(text), side*side,
		board*board/4)
}

// levels writes pixels as [pixels] reads them.
func levels(x []float64) string {
	var b strings.Builder
	for _, v := range x {
		b.WriteByte(pixelDigits[int(v*ink+0.5)])
	}
	return b.String()
}

// normalized cuts the ink of a board out and scales it to the height and width of an image, keeping its proportions, in
// the middle. A pixel is the fraction of ink in its cell, in sixteenths: that is how the data set was made of scanned
// forms.
func normalized(text string) ([]float64, error) {
	var marked [board * board]bool
	for i := range text {
		bits := strings.IndexByte(pixelDigits[:16], text[i])
		if bits < 0 {
			return nil, fmt.Errorf("a board with the character %q: use hexadecimal digits", text[i])
		}
		for k := range 4 {
			marked[4*i+k] = bits>>(3-k)&1 == 1
		}
	}
	top, left, bottom, right := extent(&marked)
	if top > bottom {
		return nil, nil
	}
	const fine = 8 // samples along a pixel
	scale := float64(max(bottom-top, right-left)+1) / (side * fine)
	middleY, middleX := float64(top+bottom+1)/2, float64(left+right+1)/2
	out := make([]float64, side*side)
	for i := range side * fine {
		for j := range side * fine {
			y := int(middleY + (float64(i)+0.5-side*fine/2)*scale)
			x := int(middleX + (float64(j)+0.5-side*fine/2)*scale)
			if y >= top && y <= bottom && x >= left && x <= right && marked[y*board+x] {
				out[i/fine*side+j/fine] += 1. / (fine * fine)
			}
		}
	}
	for i, v := range out {
		out[i] = float64(int(v*ink+0.5)) / ink
	}
	return out, nil
}

// extent is the smallest rectangle that holds all ink; top > bottom if there is none.
func extent(marked *[board * board]bool) (top, left, bottom, right int) {
	top, left, bottom, right = board, board, -1, -1
	for i, m := range marked {
		if m {
			top, bottom = min(top, i/board), max(bottom, i/board)
			left, right = min(left, i%board), max(right, i%board)
		}
	}
	return top, left, bottom, right
}

// digit draws an image of pixels as fields, under a title.
func (s *sheet) digit(x []float64, left, top, size float64, title, class string) {
	s.text("small", "middle", point{left + size/2, top - 6}, title)
	s.rect("paper "+class, left, top, size, size)
	cell := size / side
	var by [ink + 1]strings.Builder
	for i, v := range x {
		level := min(max(int(v*ink+0.5), 0), ink)
		y, x := top+float64(i/side)*cell, left+float64(i%side)*cell
		width := short(cell + 0.2) // over the seams
		fmt.Fprintf(&by[level], "M%s %sh%sv%sh-%sZ", short(x), short(y), width, width, width)
	}
	for level := 1; level <= ink; level++ {
		if by[level].Len() > 0 {
			fmt.Fprintf(s, `<path class="ink" opacity="%.3f" d="%s"/>`, float64(level)/ink, by[level].String())
		}
	}
}
