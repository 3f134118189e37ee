package exact

import (
	"fmt"
	"strings"
	"testing"
)

// TestUnknownKind checks that a node of a kind that nobody knows has no value and no program, rather than zeros.
func TestUnknownKind(t *testing.T) {
	n := NewNet(2)
	id := n.ReLU(0)
	n.nodes[id].kind = 99
	for what, f := range map[string]func(){
		"value":   func() { n.nodes[id].apply([][]float64{{1, 2}, nil}) },
		"program": func() { encode(n, &Ball{Center: []float64{0, 0}, Eps: 1}, make(Bounds, 1), id, false) },
	} {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, "the kind 99") {
					t.Errorf("a node of unknown kind has a %s: %s", what, said)
				}
			}()
			f()
		}()
	}
}
