package bound

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// softplus is an activation with a role of its own, which no propagator knows.
type softplus struct{}

// Spec implements net.Layer: a relu's, for its shapes.
func (softplus) Spec() net.LayerSpec { return net.LayerSpec{Type: "relu"} }

// TestUnknownRole replaces each relu, and each linear layer and sum in turn, by a layer with a role that no propagator
// knows: every one of them must refuse it by its name, for a guess would be a bound of another network.
func TestUnknownRole(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []*net.Network{mlp(t, 1, 6, 4, 8, 3), residual(t, 2), convolutional(t, 3)} {
		for vertex := range n.Vertices {
			old := n.Vertices[vertex].Layer
			n.Vertices[vertex].Layer = softplus{}
			for name, f := range propagators(n, vertex) {
				err := buildOn(t, n, randomInputs(1, n.InputSize(), rng), f)
				if err == nil || !strings.Contains(err.Error(), "bound.softplus has 0 of the roles") {
					t.Errorf("%s, %s, layer %d of unknown role: error %v, want one that names it",
						n.Name, name, vertex, err)
				}
			}
			n.Vertices[vertex].Layer = old
		}
	}
}

// propagators are all that push something through a network, as far as the vertex given.
func propagators(n *net.Network, vertex int) map[string]func(p *Problem) {
	all := map[string]func(p *Problem){
		"windows": func(p *Problem) { // asked for nowhere but on convolutions, whatever lies before them
			w := &windows{pass: pass{Problem: p}}
			w.over = map[int]windowRows{vertex: {windows: w, at: vertex}}
			w.backward(vertex)
		},
		"radii":          func(p *Problem) { (&linearNet{Problem: p}).reach(vertex, map[int]*Node{}) },
		"random vectors": func(p *Problem) { throughVectors(p, vertex) },
	}
	for _, t := range []Technique{IBP{}, FastLin{}, CROWN{}, CROWNIBP(), Zonotope{}, Hybrid{}, Best{}, FastLip{},
		FastLip{Intermediate: IBP{}}, Lipschitz{}, CrossLipschitz{},
		Projected{K: 2}, FastLin{Intermediate: IBP{}}} {
		all[t.Name()] = func(p *Problem) { t.Bound(p) }
	}
	return all
}

// throughVectors pushes random vectors to a vertex over relus that are known already.
func throughVectors(p *Problem, vertex int) {
	v := &randomVectors{linearNet: &linearNet{Problem: p}, at: map[int]*Node{}}
	v.at[p.Net.Vertices[vertex].Inputs[0]] = Ones(p.Region.X.Graph(), p.Region.X.Shape())
	v.push(vertex)
}

// buildOn builds a graph over a network and returns what is wrong with it.
func buildOn(t *testing.T, n *net.Network, x []float64, f func(p *Problem)) error {
	t.Helper()
	b := ball.Ball{Eps: 0.1}
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) *Node {
		x := args[0]
		f(&Problem{Net: n.On(args[3:]), Region: region.At(b, x), Spec: Margins(args[1], n.Classes(), x),
			Random: args[2]})
		return x
	})
	if err != nil {
		t.Fatal(err)
	}
	args := []any{floats.Tensor(x, n.DType, append([]int{1}, n.Input...)...),
		tensors.FromFlatDataAndDimensions([]int32{0}, 1), randomState(t, 1)}
	for _, p := range n.Tensors() {
		args = append(args, p)
	}
	_, err = exec.Call(args...)
	return err
}

// TestRolesByVisit checks that nothing tells the roles of layers apart but net.Visit and what is named here, which
// knows what to do with any other role.
func TestRolesByVisit(t *testing.T) {
	allowed := map[string]bool{
		"net/role.go":         true,
		"net/fold.go":         true, // merges what it knows, copies all else
		"net/firstrows.go":    true, // refuses what it does not know
		"bound/windowcost.go": true, // no for what it does not know
	}
	for _, folder := range []string{"net", "bound", "tight", "verify", "attack", "train", "toy"} {
		files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files of package %s: %v", folder, err)
		}
		for _, file := range files {
			name := fmt.Sprintf("%s/%s", folder, filepath.Base(file))
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tests := strings.HasSuffix(name, "_test.go")
			if strings.Contains(string(text), "Layer.(type)") && !allowed[name] && !tests {
				t.Errorf("%s switches over types of layers: use a net.Visitor, which cannot forget a role", name)
			}
		}
	}
}
