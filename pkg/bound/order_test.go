package bound

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/region"
)

// orderTolerance is the rounding allowed to the solvers' optima.
const orderTolerance = 1e-6

// TestOrder checks the theorems of docs/method.md, section 9, against solvers' optima on the reference networks: every
// relaxation is at most the LP on the same intermediate bounds, the LP with all bounds tightened, the exact minimum,
// and every sampled margin. Lipschitz bounds are no relaxations, and are compared with the last two only.
func TestOrder(t *testing.T) {
	compared := 0
	for _, file := range referenceFiles(t) {
		name := referenceName(file)
		if slowCompiler() && name != "N2" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			network, cases := readReference(t, file)
			network.DType = dtypes.Float64
			for _, group := range groupByBall(t, cases) {
				var x []float64
				var labels []int32
				for _, c := range group.cases {
					x, labels = append(x, c.X...), append(labels, c.Label)
				}
				for _, b := range boundAll(t, network, soundTechniques, []ball.Ball{group.ball}, x, labels) {
					compared += compareOrder(t, b, group.cases)
				}
			}
		})
	}
	if compared == 0 {
		t.Error("no solver's optimum was compared")
	}
}

func compareOrder(t *testing.T, b boundsOf, cases []referenceCase) (compared int) {
	solvers := []string{"milp"}
	if slices.Contains(relaxations, b.technique) {
		solvers = append(solvers, "lp_tightened")
	}
	switch b.technique {
	case FastLin{}:
		solvers = append(solvers, "lp_fastlin_bounds")
	case CROWN{}:
		solvers = append(solvers, "lp_crown_bounds")
	}
	for s, c := range cases {
		for _, solver := range solvers {
			compared += atMost(t, b, s, c, solver, solverOptima(t, c, solver))
		}
		var sampled []float64
		if raw, ok := c.Results["sampled_min_margins_500"]; ok {
			if err := json.Unmarshal(raw, &sampled); err != nil {
				t.Fatal(err)
			}
		}
		compared += atMost(t, b, s, c, "sampled", sampled)
	}
	return compared
}

// solverOptima are a solver's margins; nil if it is absent or did not finish.
func solverOptima(t *testing.T, c referenceCase, solver string) []float64 {
	var result struct {
		Margins    []float64 `json:"margins"`
		AllOptimal *bool     `json:"all_optimal"`
	}
	if raw, ok := c.Results[solver]; ok {
		if err := json.Unmarshal(raw, &result); err != nil {
			t.Fatal(err)
		}
	}
	if result.AllOptimal != nil && !*result.AllOptimal {
		return nil
	}
	return result.Margins
}

func atMost(t *testing.T, b boundsOf, sample int, c referenceCase, what string, optima []float64) (compared int) {
	t.Helper()
	for i, optimum := range optima {
		if got := b.Margins[sample][c.Targets[i]]; got > optimum+orderTolerance*max(1, optimum, -optimum) {
			t.Errorf("%s of sample %d over class %d: %v is above %s %v", b.technique.Name(), sample, c.Targets[i], got,
				what, optimum)
		}
		compared++
	}
	return compared
}

// TestNested checks that on the same intermediate bounds a smaller region never gives a lower bound: l_1 in l_2 in
// l_inf of equal radius, each with the box in the same without it, and a smaller radius in a larger one.
func TestNested(t *testing.T) {
	network := mlp(t, 31, 4, 6, 5, 3)
	rng := rand.New(rand.NewPCG(17, 18))
	x, labels := randomInputs(5, 4, rng), []int32{0, 1, 2, 0, 1}
	const eps = 0.2
	chains := [][]ball.Ball{
		{{Norm: ball.L1, Eps: eps, Box: ball.Unit}, {Norm: ball.L2, Eps: eps, Box: ball.Unit},
			{Norm: ball.Linf, Eps: eps, Box: ball.Unit}, {Norm: ball.Linf, Eps: eps}},
		{{Norm: ball.L1, Eps: eps, Box: ball.Unit}, {Norm: ball.L1, Eps: eps}, {Norm: ball.L2, Eps: eps},
			{Norm: ball.Linf, Eps: eps}},
		{{Norm: ball.L2, Eps: eps / 2, Box: ball.Unit}, {Norm: ball.L2, Eps: eps / 2}, {Norm: ball.L2, Eps: eps}},
	}
	if slowCompiler() {
		chains = chains[:1]
	}
	techniques := []Technique{IBP{}, FastLin{}, CROWN{}}
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) (out []*Node) {
		s := network.On(args[2:])
		spec := Margins(args[1], 3, args[0])
		known := IBP{}.Layers(&Problem{Net: s, Region: region.At(ball.Ball{Eps: eps}, args[0])})
		for _, technique := range techniques {
			for _, chain := range chains {
				for _, b := range chain {
					out = append(out, technique.Bound(&Problem{Net: s, Region: region.At(b, args[0]), Spec: spec,
						Intermediate: known}).Margins)
				}
			}
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	results, err := exec.Call(problemArgs(network, x, labels)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, technique := range techniques {
		for _, chain := range chains {
			var before []float64
			for i, b := range chain {
				margins := make([]float64, results[0].Size())
				if err := floats.Read(margins, results[0]); err != nil {
					t.Fatal(err)
				}
				results = results[1:]
				for k := range before {
					if margins[k] > before[k]+1e-12 {
						t.Errorf("%s: %v on %s is above %v on %s inside it", technique.Name(), margins[k], describe(b),
							before[k], describe(chain[i-1]))
					}
				}
				before = margins
			}
		}
	}
}
