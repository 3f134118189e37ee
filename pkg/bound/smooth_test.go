package bound

import (
	"math/rand/v2"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
)

// smoothNetworks are networks of all smooth activations: dense, with skip connections and a relu among them, on the
// input and after sums, and convolutions whose padding has zeros where a sigmoid would have 1/2.
func smoothNetworks(t testing.TB) []*net.Network {
	layer := func(kind string, inputs ...int) net.LayerSpec { return net.LayerSpec{Type: kind, Inputs: inputs} }
	dense := func(units int) net.LayerSpec { return net.LayerSpec{Type: "dense", Units: units} }
	conv := net.LayerSpec{Type: "conv", Channels: 2, Kernel: []int{3}, Padding: []int{1}}
	return []*net.Network{
		build(t, net.Arch{Name: "tanh", Input: []int{4}, Layers: []net.LayerSpec{
			dense(6), layer("tanh"), dense(6), layer("tanh"), dense(3)}}, 21),
		build(t, net.Arch{Name: "mixed", Input: []int{5}, Layers: []net.LayerSpec{
			layer("sigmoid"), layer("add", 0, -1), layer("softplus"), dense(5), layer("relu"), layer("add", 4, 2),
			layer("tanh"), layer("tanh"), dense(4), layer("softplus"), dense(3)}}, 22),
		build(t, net.Arch{Name: "sigmoid conv", Input: []int{1, 5, 5}, Layers: []net.LayerSpec{
			conv, layer("sigmoid"), conv, layer("softplus"), conv, layer("relu"), layer("flatten"), dense(3)}}, 23),
		oneSmooth(t, "softplus", 24), oneSmooth(t, "sigmoid", 25),
	}
}

// oneSmooth is a network of one hidden layer of an activation.
func oneSmooth(t testing.TB, activation string, seed uint64) *net.Network {
	return build(t, net.Arch{Name: "one " + activation, Input: []int{4}, Layers: []net.LayerSpec{
		{Type: "dense", Units: 30}, {Type: activation}, {Type: "dense", Units: 3}}}, seed)
}

// TestSmoothSoundness searches every ball, at random and by gradients, for points that leave a bound of any technique.
func TestSmoothSoundness(t *testing.T) {
	networks, techniques := smoothNetworks(t), append([]Technique{Zonotope{}, Best{}}, soundTechniques...)
	if slowCompiler() {
		networks = networks[1:2]
		techniques = []Technique{IBP{}, FastLin{}, CROWN{}, Hybrid{}, FastLip{Intermediate: IBP{}}, Lipschitz{}}
	}
	rng := rand.New(rand.NewPCG(31, 32))
	for _, network := range networks {
		const samples, points = 3, 64
		x, labels := randomInputs(samples, network.InputSize(), rng), []int32{0, 1, 2}
		p := newProber(t, network, points)
		balls := testBalls(network.InputSize(), 0.15)
		if slowCompiler() {
			balls = balls[:1]
		}
		all := boundAll(t, network, techniques, balls, x, labels)
		for i, b := range balls {
			t.Run(network.Name+"/"+describe(b), func(t *testing.T) {
				p.t = t
				for s := range samples {
					search(p, all[i*len(techniques):(i+1)*len(techniques)], s,
						x[s*network.InputSize():(s+1)*network.InputSize()], labels[s], rng)
				}
			})
		}
	}
}

// TestSmoothAtZero: at eps 0 the bounds are the values themselves, but for the room for rounding.
func TestSmoothAtZero(t *testing.T) {
	network, balls := smoothNetworks(t)[1], testBalls(5, 0)
	techniques := append([]Technique{Zonotope{}}, soundTechniques...)
	if slowCompiler() {
		balls, techniques = balls[:1], techniques[:2]
	}
	rng := rand.New(rand.NewPCG(33, 34))
	x, labels := randomInputs(2, 5, rng), []int32{2, 0}
	p := newProber(t, network, 2)
	found := p.at([][]float64{x[:5], x[5:]}, p.weights(rng))
	for _, b := range boundAll(t, network, techniques, balls, x, labels) {
		for s := range labels {
			for c, m := range b.Margins[s] {
				near(t, b.technique.Name()+" margin at eps 0, "+describe(b.ball), m,
					found.logits[s][labels[s]]-found.logits[s][c], 1e-10)
			}
		}
	}
}

// TestSmoothOrder: on the same l, u no method of parallel lines beats its equal, DeepZ; CROWN's lines on one layer of
// small intervals are tighter than intervals.
func TestSmoothOrder(t *testing.T) {
	network := smoothNetworks(t)[0]
	rng := rand.New(rand.NewPCG(35, 36))
	x, labels := randomInputs(4, 4, rng), []int32{0, 1, 2, 0}
	techniques := []Technique{IBP{}, FastLin{}, CROWN{}, Zonotope{}}
	all := boundAll(t, network, techniques, []ball.Ball{{Eps: 0.05}}, x, labels)
	for s := range labels {
		for c := range all[0].Margins[s] {
			ibp, fastLin, crown, zonotope := all[0].Margins[s][c], all[1].Margins[s][c], all[2].Margins[s][c],
				all[3].Margins[s][c]
			near(t, "DeepZ and Fast-Lin", zonotope, fastLin, 1e-9)
			if c != int(labels[s]) && !(crown > fastLin && fastLin > ibp) {
				t.Errorf("sample %d, class %d: IBP %v, Fast-Lin %v, CROWN %v: want each above the one before", s, c,
					ibp, fastLin, crown)
			}
		}
	}
}

// TestOfRelus: techniques of which the table says that they know relus only refuse a network with tanh, and name the
// remedy; all others take it.
func TestOfRelus(t *testing.T) {
	backend, network := testbackend.Open(t), smoothNetworks(t)[0]
	for _, id := range technique.Of(technique.ForGraph) {
		graph, err := ByID(id)
		if err == nil {
			_, err = NewBounder(backend, network, graph, Options{})
		}
		switch {
		case id == technique.Projected: // an estimate
		case id.OfRelus() && (err == nil || !strings.Contains(err.Error(), "tanh: use CROWN")):
			t.Errorf("%v of a network with tanh: error %v", id, err)
		case !id.OfRelus() && err != nil:
			t.Errorf("%v of a network with tanh: error %v", id, err)
		}
	}
}

// TestSmoothStaged: bounds whose rows are cut into calls of their own are those of one call.
func TestSmoothStaged(t *testing.T) {
	backend, networks, techniques := testbackend.Open(t), smoothNetworks(t), []Technique{FastLin{}, CROWN{}, CROWNIBP()}
	if slowCompiler() {
		networks, techniques = networks[:1], techniques[:1]
	}
	for _, network := range networks {
		for _, technique := range techniques {
			x := randomInputs(1, network.InputSize(), rand.New(rand.NewPCG(37, 38)))
			var margins [][]float64
			for _, memory := range []int64{0, tightMemory(t, technique, network)} {
				e, err := NewEvaluator(backend, network, Options{Technique: technique, Ball: ball.Ball{Eps: 0.1},
					Batch: 1, Memory: memory})
				if err != nil {
					t.Fatal(err)
				}
				if staged := e.Schedule().Staged; staged != (memory > 0) {
					t.Errorf("%s of %s in %d bytes: staged %v", technique.Name(), network.Name, memory, staged)
				}
				out, err := Evaluate(e, x, []int32{1})
				if err != nil {
					t.Fatal(err)
				}
				e.Close()
				margins = append(margins, out.Margins[0])
			}
			nearAll(t, technique.Name()+" staged", margins[1], margins[0], 1e-9)
		}
	}
}

// tightMemory is less than one sample needs in one call.
func tightMemory(t *testing.T, technique Technique, network *net.Network) int64 {
	t.Helper()
	s, err := Plan(technique, network, PlanOptions{Batch: 1, Memory: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	return s.Bytes - 1
}
