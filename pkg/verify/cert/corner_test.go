package cert

import (
	"testing"

	"tightrope/pkg/net"
)

// TestCorner checks that units behind sums of branches, like those of convolutions, begin their windows where the other
// channels of their position do, so that a pass carries units of few windows.
func TestCorner(t *testing.T) {
	n, err := net.Named("conv(3,3,1,1) block(3,1) block(4,2) fc5 fc3", []int{1, 8, 8}, 3)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewNetwork(n.Init(1).Model())
	if err != nil {
		t.Fatal(err)
	}
	sums := 0
	for k, relu := range p.relus {
		from := p.vertices[relu].from[0]
		if p.vertices[from].kind == sumVertex {
			sums++
		}
		shape := n.ShapeOf(n.Relus()[k])
		positions := p.vertices[relu].size / shape[0]
		if len(shape) == 1 {
			positions = 1
		}
		for unit := range p.vertices[relu].size {
			if got, want := p.corner(from, unit), p.corner(from, unit%positions); got != want {
				t.Fatalf("relu %d: the corner of unit %d is %d, of channel 0 there %d", k, unit, got, want)
			}
		}
	}
	if sums != 2 {
		t.Errorf("%d relus read sums, want 2", sums)
	}
}
