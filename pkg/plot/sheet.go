package plot

import (
	"image"
	"image/color"
	"image/draw"
)

// ContactSheet puts figures side by side into one image, in columns of the given width in pixels. It returns an error
// if one of them cannot be drawn.
func ContactSheet(figures []*Figure, columns, width int) (image.Image, error) {
	const gap = 24
	bottoms := make([]int, columns)
	type placed struct {
		image image.Image
		at    image.Point
	}
	var all []placed
	for _, f := range figures {
		img, err := Bitmap(f, int(float64(width)*f.pageShare()))
		if err != nil {
			return nil, err
		}
		column := 0 // the one with the most room
		for k := range bottoms {
			if bottoms[k] < bottoms[column] {
				column = k
			}
		}
		all = append(all, placed{img, image.Pt(gap+column*(width+gap), gap+bottoms[column])})
		bottoms[column] += img.Bounds().Dy() + gap
	}
	height := 0
	for _, b := range bottoms {
		height = max(height, b)
	}
	sheet := image.NewNRGBA(image.Rect(0, 0, gap+columns*(width+gap), height+gap))
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	for _, p := range all {
		draw.Draw(sheet, p.image.Bounds().Add(p.at), p.image, image.Point{}, draw.Over)
	}
	coarsen(sheet)
	return sheet, nil
}

// pageShare is the figure's width over a page's.
func (f *Figure) pageShare() float64 {
	w, _ := f.size()
	return float64(w / pageWidth)
}

// levels is how many values a channel of the contact sheet takes: as good for an overview, in two thirds of the bytes.
const levels = 32

// coarsen rounds the channels of an opaque image to [levels] values; black and white stay as they are.
func coarsen(sheet *image.NRGBA) {
	for i, v := range sheet.Pix {
		level := (int(v)*(levels-1) + 127) / 255
		sheet.Pix[i] = uint8(level * 255 / (levels - 1))
	}
}
