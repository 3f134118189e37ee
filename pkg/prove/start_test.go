package prove

import (
	"math/rand/v2"
	"testing"

	"tightrope/pkg/property"
)

// TestStarts: the attack begins at corners, inside, and on faces of every number of fixed inputs; always in the box.
func TestStarts(t *testing.T) {
	g := &property.Group{Lower: []float64{-1, 0, 2, 3, -5}, Upper: []float64{1, 0.5, 2, 7, 5}} // one does not move
	a := &attacker{random: rand.New(rand.NewPCG(1, 20))}
	seen := map[int]int{}
	for number := range 3000 {
		extreme := 0
		for k, v := range a.start(g, number) {
			l, u := g.Lower[k], g.Upper[k]
			if v < l || v > u {
				t.Fatalf("start %d: input %d is %v, outside [%v, %v]", number, k, v, l, u)
			}
			if l < u && (v == l || v == u) {
				extreme++
			}
		}
		seen[extreme]++
	}
	for extreme := range 5 {
		if seen[extreme] < 50 {
			t.Errorf("%d of 3000 starts have %d inputs at an end", seen[extreme], extreme)
		}
	}
}
