package bound

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/gzfile"
	"tightrope/pkg/internal/testbackend"
	architectures "tightrope/pkg/model"
	"tightrope/pkg/net"
)

// referenceCase is what the tests read of a case (schema robust-golden-1, testdata/reference/README.md).
type referenceCase struct {
	X       []float64                  `json:"x"`
	Label   int32                      `json:"label"`
	Targets []int                      `json:"targets"`
	Eps     float64                    `json:"eps"`
	Norm    string                     `json:"norm"`
	Clip    bool                       `json:"clip_to_unit_box"`
	Logits  []float64                  `json:"logits"`
	Results map[string]json.RawMessage `json:"results"`
}

type referenceResult struct {
	Margins []float64 `json:"margins"`
	Layers  []struct {
		L []float64 `json:"l"`
		U []float64 `json:"u"`
	} `json:"layers"`
}

func (c referenceCase) ball(t *testing.T) ball.Ball {
	norm, err := ball.ParseNorm(c.Norm)
	if err != nil {
		t.Fatal(err)
	}
	b := ball.Ball{Norm: norm, Eps: c.Eps}
	if c.Clip {
		b.Box = ball.Unit
	}
	return b
}

// techniquesOf names the files' methods that must agree to rounding.
var techniquesOf = map[string]Technique{
	"ibp":         IBP{},
	"fastlin":     FastLin{},
	"fastlin_ibp": FastLin{Intermediate: IBP{}},
	"crown":       CROWN{},
	"crown_ibp":   CROWNIBP(),
}

// referenceFiles are the project's own copy, or those of the folder TIGHTROPE_REFERENCE.
func referenceFiles(t *testing.T) []string {
	dir := os.Getenv("TIGHTROPE_REFERENCE")
	if dir == "" {
		dir = filepath.Join("testdata", "reference")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no *.json in %q: TIGHTROPE_REFERENCE must name a folder by an absolute path (%v)", dir, err)
	}
	return files
}

// referenceName is the name of a file's network, such as N2.
func referenceName(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	return name
}

func readReference(t *testing.T, file string) (*net.Network, []referenceCase) {
	content, err := gzfile.Read(file, 1<<28)
	if err != nil {
		t.Fatal(err)
	}
	network, err := net.ReadReference(content)
	if errors.Is(err, architectures.ErrUnsupported) {
		t.Skipf("%s: %v", filepath.Base(file), err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Cases []referenceCase `json:"cases"`
	}
	if err := json.Unmarshal(content, &f); err != nil {
		t.Fatal(err)
	}
	return network, f.Cases
}

// TestReference compares with three independent programs, in float64 and float32.
func TestReference(t *testing.T) {
	for _, file := range referenceFiles(t) {
		name := referenceName(file)
		t.Run(name, func(t *testing.T) {
			network, cases := readReference(t, file)
			double, single := true, network.DType == dtypes.Float32
			if slowCompiler() && os.Getenv("TIGHTROPE_REFERENCE") == "" {
				double, single = compiledPrecisions(name)
			}
			if !double && !single {
				t.Skip("takes long to compile: set TIGHTROPE_REFERENCE to run it")
			}
			if double {
				t.Run("float64", func(t *testing.T) { compareAll(t, network, cases, dtypes.Float64, 1e-9) })
			}
			if single {
				t.Run("float32", func(t *testing.T) { compareAll(t, network, cases, dtypes.Float32, 5e-5) })
			}
		})
	}
}

// compiledPrecisions is what a backend that compiles for seconds checks of a file by default: each kind of layer, norm
// and precision once. The pure-Go backend, and TIGHTROPE_REFERENCE on every backend, check all.
func compiledPrecisions(name string) (double, single bool) {
	switch name {
	case "N2_f64", "N6_l2":
		return true, false
	case "N3", "N4", "N6_l1":
		return false, true
	}
	return false, false
}

func compareAll(t *testing.T, network *net.Network, cases []referenceCase, dtype dtypes.DType, tol float64) {
	network = network.Clone()
	network.DType = dtype
	compared := 0
	for method, technique := range techniquesOf {
		for _, group := range groupByBall(t, cases) {
			e, err := NewEvaluator(testbackend.Open(t), network,
				Options{Technique: technique, Ball: group.ball, Layers: true, Batch: len(group.cases)})
			if err != nil {
				t.Fatal(err)
			}
			compared += compareGroup(t, e, method, group.cases, tol)
			e.Close()
		}
	}
	if compared == 0 {
		t.Error("no value compared")
	}
}

type ballGroup struct {
	ball  ball.Ball
	cases []referenceCase
}

func groupByBall(t *testing.T, cases []referenceCase) []ballGroup {
	var groups []ballGroup
next:
	for _, c := range cases {
		b := c.ball(t)
		for i, g := range groups {
			if g.ball.Norm == b.Norm && g.ball.Eps == b.Eps && g.ball.Box == b.Box {
				groups[i].cases = append(g.cases, c)
				continue next
			}
		}
		groups = append(groups, ballGroup{b, []referenceCase{c}})
	}
	return groups
}

func compareGroup(t *testing.T, e *Evaluator, method string, cases []referenceCase, tol float64) int {
	var x []float64
	var labels []int32
	for _, c := range cases {
		x, labels = append(x, c.X...), append(labels, c.Label)
	}
	out, err := Evaluate(e, x, labels)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for i, c := range cases {
		raw, ok := c.Results[method]
		if !ok {
			continue
		}
		var want referenceResult
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		for k, target := range c.Targets {
			compared += near(t, method+" margin", out.Margins[i][target], want.Margins[k], tol)
		}
		for k, layer := range want.Layers {
			compared += nearAll(t, method+" l", out.Lower[i][k], layer.L, tol)
			compared += nearAll(t, method+" u", out.Upper[i][k], layer.U, tol)
		}
	}
	return compared
}

func nearAll(t *testing.T, what string, got, want []float64, tol float64) int {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		near(t, what, got[i], want[i], tol)
	}
	return len(got)
}

func near(t *testing.T, what string, got, want, tol float64) int {
	t.Helper()
	if !(math.Abs(got-want) <= tol*max(1, math.Abs(want))) {
		t.Errorf("%s: got %.12g, want %.12g (off by %.2g)", what, got, want, got-want)
	}
	return 1
}
