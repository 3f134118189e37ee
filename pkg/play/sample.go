package play

import (
	"math/rand/v2"
	"strings"
)

// Sample is the k-th of a page's states for tests, drawn at random but always the same.
func (p *Page) Sample(k int) State {
	rng := rand.New(rand.NewPCG(uint64(k), uint64(len(p.Name))))
	s := State{}
	for _, c := range p.Controls {
		switch c.Kind {
		case Range:
			s[c.ID] = c.Format(c.clamp(c.Min + rng.Float64()*(c.Max-c.Min)))
		case Choice:
			s[c.ID] = c.Options[rng.IntN(len(c.Options))].Key
		case Canvas:
			if k%3 == 2 { // the others are images of the data set
				s[c.ID] = drawnDigit(rng)
			}
		}
	}
	return s
}

// drawnDigit is a board with a thick stroke.
func drawnDigit(rng *rand.Rand) string {
	var b strings.Builder
	left, width := 1+rng.IntN(4), 1+rng.IntN(2)
	for range board {
		for i := range board / 4 {
			if i >= left && i < left+width {
				b.WriteByte('f')
			} else {
				b.WriteByte('0')
			}
		}
	}
	return b.String()
}
