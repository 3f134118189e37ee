package plot

import (
	"bytes"
	"image"
	"image/draw"
	"image/gif"
	"testing"
	"time"
)

// certificateAt is a made-up sample whose margins fall with the radius.
func certificateAt(eps float64) Certificate {
	picture := func(title string) Picture {
		return Picture{Title: title, Shape: []int{1, 2, 2}, Values: []float64{0, eps, 0.5, 1}}
	}
	return Certificate{Clean: picture("clean"), Attacked: picture("PGD"), XStar: picture("x*"), Label: 1, Eps: eps,
		Technique: "Fast-Lin", Bounds: []float64{2 - 10*eps, 0, 1 - 10*eps},
		Attacks: []float64{2 - 5*eps, 0, 1 - 5*eps}, Span: [2]float64{-2, 2}}
}

// TestAnimation checks that the frames, put one on the other as a viewer does, are the figures, to the palette.
func TestAnimation(t *testing.T) {
	var figures []*Figure
	for _, eps := range []float64{0.05, 0.15, 0.25} {
		f, err := Explain(certificateAt(eps))
		if err != nil {
			t.Fatal(err)
		}
		figures = append(figures, f)
	}
	content, err := Animation(figures, 400, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(bytes.NewReader(content))
	if err != nil || len(g.Image) != len(figures) || g.Delay[0] != 10 || g.Delay[2] != 40 {
		t.Fatalf("%d frames, delays %v, %v", len(g.Image), g.Delay, err)
	}
	want, err := framesOf(figures, 400)
	if err != nil {
		t.Fatal(err)
	}
	screen := image.NewNRGBA(want[0].Rect)
	for i, frame := range g.Image {
		draw.Draw(screen, screen.Rect, frame, frame.Rect.Min, draw.Over)
		off := 0
		for k, v := range want[i].Pix {
			if d := int(v) - int(screen.Pix[k]); d > 40 || d < -40 {
				off++
			}
		}
		if off > len(screen.Pix)/1000 {
			t.Errorf("frame %d: %d of %d values are off", i, off, len(screen.Pix))
		}
	}
	if _, err := Animation(nil, 0, 0); err == nil {
		t.Error("an animation of nothing")
	}
}
