package exact

import (
	"fmt"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// TestUnknownKind checks that an operation of a kind that nobody knows has no value and no program, rather than zeros.
func TestUnknownKind(t *testing.T) {
	n := build(2)
	id := n.add(cert.Op{From: []int{0}, Size: 2})
	for what, f := range map[string]func(){
		"value":   func() { apply(&n.ops[id], [][]float64{{1, 2}, nil}) },
		"program": func() { encode(n, &Ball{ball.Ball{Eps: 1}, []float64{0, 0}}, &cert.Bounds{}, id, false) },
	} {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, "neither affine nor a relu nor a sum") {
					t.Errorf("an operation of unknown kind has a %s: %s", what, said)
				}
			}()
			f()
		}()
	}
}
