package net

import (
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/internal/testbackend"
)

// sigmoid has a role that no propagator knows.
type sigmoid struct{}

func (sigmoid) sigmoid() {}

// Spec implements Layer: a relu's, for its shapes.
func (sigmoid) Spec() LayerSpec { return LayerSpec{Type: "relu"} }

// both has two roles.
type both struct{ ReLU }

func (both) sum() {}

// TestAppendChecksRoles checks that a layer with a role that the package does not know, or with two, enters no network.
func TestAppendChecksRoles(t *testing.T) {
	for _, c := range []struct {
		layer Layer
		want  string
	}{{sigmoid{}, "net.sigmoid has 0 of the roles"}, {both{}, "net.both has 2 of the roles"}} {
		n := New("strange", 3)
		if _, err := n.Append(c.layer); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("a layer of type %T is appended with the error %v, want %q", c.layer, err, c.want)
		}
	}
}

// TestUnknownRole checks that the evaluation of a network and of its adjoint refuse a layer of unknown role by name.
func TestUnknownRole(t *testing.T) {
	n, err := Named("mlp-2x4", []int{3}, 2)
	if err != nil {
		t.Fatal(err)
	}
	n.Vertices[n.Relus()[1]].Layer = sigmoid{} // Append would refuse it
	last := len(n.Vertices) - 1
	through := func(_ int, h *Node) *Node { return h }
	for what, f := range map[string]func(s *Symbolic, x *Node) *Node{
		"forward":         func(s *Symbolic, x *Node) *Node { return s.Forward(x) },
		"pre-activations": func(s *Symbolic, x *Node) *Node { logits, _ := s.PreActivations(x); return logits },
		"backward":        func(s *Symbolic, x *Node) *Node { return s.Backward(last, nil, through, nil) },
	} {
		exec, err := NewExec(testbackend.Open(t), func(x *Node) *Node { return f(n.OnConstants(x.Graph()), x) })
		if err != nil {
			t.Fatal(err)
		}
		_, err = exec.Call([][]float32{{1, 2, 3}})
		if err == nil || !strings.Contains(err.Error(), "net.sigmoid has 0 of the roles") {
			t.Errorf("%s through a layer of unknown role gives the error %v, want one that names it", what, err)
		}
	}
}
