package plot

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"maps"
	"slices"
	"time"
)

// Animation is a GIF of figures, one after the other for ever, width pixels wide; 0 means 720. Each is shown for delay,
// the last one four times as long. Frames are as high as the highest figure. It returns an error if there are no
// figures, or one cannot be drawn.
func Animation(figures []*Figure, width int, delay time.Duration) ([]byte, error) {
	if len(figures) == 0 {
		return nil, fmt.Errorf("an animation of no figures: give at least one")
	}
	frames, err := framesOf(figures, cmp.Or(width, 720))
	if err != nil {
		return nil, err
	}
	colors := commonest(frames)
	g := gif.GIF{}
	for i, f := range frames {
		hundredths := int(delay / (10 * time.Millisecond))
		if i == len(frames)-1 {
			hundredths *= 4
		}
		g.Image, g.Delay = append(g.Image, paletted(f, colors)), append(g.Delay, hundredths)
		g.Disposal = append(g.Disposal, gif.DisposalNone)
	}
	for i := len(frames) - 1; i > 0; i-- {
		leaveOut(g.Image[i], g.Image[i-1])
	}
	var out bytes.Buffer
	err = gif.EncodeAll(&out, &g)
	return out.Bytes(), err
}

// framesOf draws the figures on white ground of one size.
func framesOf(figures []*Figure, width int) (frames []*image.NRGBA, err error) {
	var bitmaps []image.Image
	size := image.Point{}
	for _, f := range figures {
		b, err := Bitmap(f, width)
		if err != nil {
			return nil, err
		}
		bitmaps = append(bitmaps, b)
		size = image.Point{max(size.X, b.Bounds().Dx()), max(size.Y, b.Bounds().Dy())}
	}
	for _, b := range bitmaps {
		frame := image.NewNRGBA(image.Rectangle{Max: size})
		draw.Draw(frame, frame.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(frame, frame.Rect, b, b.Bounds().Min, draw.Over)
		frames = append(frames, frame)
	}
	return frames, nil
}

// transparent is the palette's index of what a frame leaves as it was.
const transparent = 0

// leaveOut makes the pixels transparent that are as in the frame before: most of them, which packs much smaller.
func leaveOut(frame, before *image.Paletted) {
	for i, c := range frame.Pix {
		if c == before.Pix[i] {
			frame.Pix[i] = transparent
		}
	}
}

// commonest are transparent and the 255 colours that most pixels have. Figures have few colours beside the shades of
// their edges.
func commonest(frames []*image.NRGBA) color.Palette {
	count := map[color.NRGBA]int{}
	for _, f := range frames {
		for i := 0; i < len(f.Pix); i += 4 {
			count[color.NRGBA{f.Pix[i], f.Pix[i+1], f.Pix[i+2], 255}]++
		}
	}
	all := slices.SortedFunc(maps.Keys(count), func(a, b color.NRGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G),
			cmp.Compare(a.B, b.B))
	})
	palette := color.Palette{color.NRGBA{}}
	for _, c := range all[:min(len(all), 255)] {
		palette = append(palette, c)
	}
	return palette
}

// paletted replaces every pixel's colour by the nearest of a palette.
func paletted(frame *image.NRGBA, colors color.Palette) *image.Paletted {
	nearest := map[color.NRGBA]uint8{}
	p := image.NewPaletted(frame.Rect, colors)
	for i := range p.Pix {
		c := color.NRGBA{frame.Pix[4*i], frame.Pix[4*i+1], frame.Pix[4*i+2], 255}
		index, known := nearest[c]
		if !known {
			index = uint8(1 + colors[1:].Index(c))
			nearest[c] = index
		}
		p.Pix[i] = index
	}
	return p
}
