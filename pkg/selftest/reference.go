package selftest

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/bound/testdata/reference"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
)

// referenceTolerance is that of the reference values' own tests, relative to the larger of 1 and the value.
var referenceTolerance = map[dtypes.DType]float64{dtypes.Float32: 5e-5, dtypes.Float64: 1e-9}

// referenceCase is an input with its bounds by independent programs (pkg/bound/testdata/reference/README.md).
type referenceCase struct {
	X       []float64                  `json:"x"`
	Label   int32                      `json:"label"`
	Targets []int                      `json:"targets"`
	Eps     float64                    `json:"eps"`
	Norm    string                     `json:"norm"`
	Clip    bool                       `json:"clip_to_unit_box"`
	Results map[string]json.RawMessage `json:"results"` // by method, each in a form of its own
}

// margins are the values of one method; none if the case has not got them.
func (c referenceCase) margins(method string) ([]float64, error) {
	var r struct {
		Margins []float64 `json:"margins"`
	}
	if raw, found := c.Results[method]; found {
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", method, err)
		}
	}
	return r.Margins, nil
}

// referenceMethods names the values that must agree to rounding, and what computes them here.
var referenceMethods = map[string]bound.Technique{
	"fastlin": bound.FastLin{}, "crown": bound.CROWN{}, "crown_ibp": bound.CROWNIBP(), "ibp": bound.IBP{},
}

// references compares the margins of embedded networks, in the precision of their weights, and where those are float32
// in float64 too.
func (s *session) references(files ...string) func() (string, error) {
	return func() (string, error) {
		compared, worst := 0, map[dtypes.DType]float64{}
		for _, file := range files {
			content, err := reference.Read(file)
			if err != nil {
				return "", err
			}
			n, err := s.compare(content, worst)
			if err != nil {
				return "", fmt.Errorf("%s: %w", file, err)
			}
			compared += n
		}
		return fmt.Sprintf("%d margins, off by %.1e in float32 and %.1e in float64 at most",
			compared, worst[dtypes.Float32], worst[dtypes.Float64]), nil
	}
}

// compare checks one file and returns how many margins it compared.
func (s *session) compare(content []byte, worst map[dtypes.DType]float64) (compared int, err error) {
	n, err := net.ReadReference(content)
	if err != nil {
		return 0, err
	}
	var f struct {
		Cases []referenceCase `json:"cases"`
	}
	if err := json.Unmarshal(content, &f); err != nil {
		return 0, err
	}
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		if dtype == dtypes.Float32 && n.DType != dtypes.Float32 {
			continue // weights that float32 does not hold
		}
		n := n.Clone()
		n.DType = dtype
		for method, technique := range referenceMethods {
			if s.options.Quick && method != "fastlin" && method != "ibp" {
				continue
			}
			count, err := s.compareBy(n, technique, method, f.Cases, worst)
			if err != nil {
				return 0, fmt.Errorf("%s in %s: %w", method, dtype, err)
			}
			compared += count
		}
	}
	if compared == 0 {
		return 0, fmt.Errorf("no value was compared")
	}
	return compared, nil
}

// compareBy compiles a technique once for each kind of ball, and bounds each case at its own radius.
func (s *session) compareBy(
	n *net.Network, t bound.Technique, method string, cases []referenceCase, worst map[dtypes.DType]float64,
) (compared int, err error) {
	type kind struct {
		norm ball.Norm
		clip bool
	}
	evaluators := map[kind]*bound.Evaluator{}
	defer func() {
		for _, e := range evaluators {
			e.Close()
		}
	}()
	for i, c := range cases {
		norm, err := ball.ParseNorm(c.Norm)
		if err != nil {
			return 0, err
		}
		at := kind{norm, c.Clip}
		e := evaluators[at]
		if e == nil {
			o := bound.Options{Technique: t, Ball: ball.Ball{Norm: norm}, Batch: 1}
			if c.Clip {
				o.Ball.Box = ball.Unit
			}
			if e, err = bound.NewEvaluator(s.backend, n, o); err != nil {
				return 0, err
			}
			evaluators[at] = e
		}
		out, err := bound.EvaluateAt(e, c.X, []int32{c.Label}, c.Eps)
		if err != nil {
			return 0, err
		}
		want, err := c.margins(method)
		if err == nil {
			err = c.agrees(out.Margins[0], want, n.DType, worst)
		}
		if err != nil {
			return 0, fmt.Errorf("case %d: %w", i, err)
		}
		compared += len(want)
	}
	return compared, nil
}

// agrees compares the margins of one case [classes] with the reference's [targets].
func (c referenceCase) agrees(margins, want []float64, dtype dtypes.DType, worst map[dtypes.DType]float64) error {
	for k, w := range want {
		got := margins[c.Targets[k]]
		off := math.Abs(got-w) / max(1, math.Abs(w))
		if !(off <= referenceTolerance[dtype]) {
			return fmt.Errorf("margin over class %d is %.12g, the reference says %.12g", c.Targets[k], got, w)
		}
		worst[dtype] = max(worst[dtype], off)
	}
	return nil
}

// same compares a result with what it must be, bit for bit.
func same(result *tensors.Tensor, want []float64) error {
	got := make([]float64, result.Size())
	if err := floats.Read(got, result); err != nil {
		return err
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d values instead of %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			return fmt.Errorf("entry %d is %.9g instead of %.9g: products are rounded (TF32?), and no bound "+
				"computed here is one", i, got[i], want[i])
		}
	}
	return nil
}
