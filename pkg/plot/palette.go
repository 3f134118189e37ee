package plot

import (
	"image"
	"image/color"
)

// withPalette is the same image with a palette, which takes a fraction of the bytes; nil where it has more than 256
// colours.
func withPalette(img image.Image) *image.Paletted {
	b := img.Bounds()
	out := image.NewPaletted(b, nil)
	place := map[color.NRGBA]uint8{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			i, known := place[c]
			if !known {
				if len(out.Palette) == 256 {
					return nil
				}
				i = uint8(len(out.Palette))
				place[c], out.Palette = i, append(out.Palette, c)
			}
			out.Pix[out.PixOffset(x, y)] = i
		}
	}
	return out
}
