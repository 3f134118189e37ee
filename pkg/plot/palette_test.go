package plot

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// TestEncodePNG: files with and without a palette hold the same pixels, and one of few colours is smaller.
func TestEncodePNG(t *testing.T) {
	for _, colours := range []int{2, 256, 257} {
		img := image.NewNRGBA(image.Rect(3, 4, 203, 104))
		for i := range 200 * 100 {
			v := i * 7919 % colours
			img.SetNRGBA(3+i%200, 4+i/200, color.NRGBA{uint8(v), uint8(v >> 8), 7, 255})
		}
		content, err := EncodePNG(img)
		if err != nil {
			t.Fatal(err)
		}
		back, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 200 * 100 {
			x, y := i%200, i/200
			if a, b := color.NRGBAModel.Convert(back.At(x, y)), img.At(x+3, y+4); a != b {
				t.Fatalf("%d colours: pixel %d, %d is %v, want %v", colours, x, y, a, b)
			}
		}
		if _, few := back.(*image.Paletted); few != (colours <= 256) {
			t.Errorf("%d colours: paletted %v", colours, few)
		}
	}
}
