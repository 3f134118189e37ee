package exact

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/gzfile"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// refFile is one file of schema robust-golden-1 (the reference folder's README).
type refFile struct {
	Schema     string
	Name       string
	InputShape []int `json:"input_shape"`
	Net        struct{ Layers []refLayer }
	Cases      []refCase
}

type refLayer struct {
	Type        string
	Inputs      []int
	OutFeatures int `json:"out_features"`
	InChannels  int `json:"in_channels"`
	OutChannels int `json:"out_channels"`
	Kernel      [2]int
	Stride      [2]int
	Padding     [2]int
	Weight      []float64
	Bias        []float64
}

type refCase struct {
	X       []float64
	Label   int
	Targets []int
	Eps     float64
	Norm    string
	Clip    bool `json:"clip_to_unit_box"`
	Logits  []float64
	Results refResults
}

type refResults struct {
	FastLin   refMethod  `json:"fastlin"`
	Crown     refMethod  `json:"crown"`
	CrownIBP  refMethod  `json:"crown_ibp"`
	IBP       refMethod  `json:"ibp"`
	LPFastLin *refMethod `json:"lp_fastlin_bounds"`
	LPCrown   *refMethod `json:"lp_crown_bounds"`
	LPAll     *refMethod `json:"lp_tightened"`
	Alpha     refMethod  `json:"alpha_crown_fixed_intermediate"`
	Joint     refMethod  `json:"alpha_crown_joint"`
	MILP      *struct {
		Margins    []float64
		AllOptimal bool      `json:"all_optimal"`
		DualBounds []float64 `json:"dual_bounds"`
		Details    []struct {
			Value    float64
			Optimal  bool
			WitnessX []float64 `json:"witness_x"`
		}
	}
}

type refMethod struct {
	Margins []float64
	Layers  []struct{ L, U []float64 }
}

// bounds returns the method's l, u.
func (m *refMethod) bounds() *cert.Bounds {
	b := &cert.Bounds{}
	for _, layer := range m.Layers {
		b.Lower, b.Upper = append(b.Lower, layer.L), append(b.Upper, layer.U)
	}
	return b
}

// need skips a test where HiGHS is not installed; any other trouble fails it.
func need(t testing.TB) {
	t.Helper()
	if err := highs.Load(); errors.Is(err, highs.ErrNotFound) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// references reads the folder of reference files.
func references(t testing.TB) []refFile {
	t.Helper()
	folder := os.Getenv("TIGHTROPE_REFERENCE")
	if folder == "" {
		folder = filepath.Join("..", "..", "bound", "testdata", "reference")
	}
	names, _ := filepath.Glob(filepath.Join(folder, "*.json*"))
	if len(names) == 0 {
		t.Fatalf("no reference files in %s: set TIGHTROPE_REFERENCE", folder)
	}
	var files []refFile
	for _, name := range names {
		raw, err := gzfile.Read(name, 1<<28)
		if err != nil {
			t.Fatal(err)
		}
		var file refFile
		if err := json.Unmarshal(raw, &file); err != nil || file.Schema != "robust-golden-1" {
			t.Fatal(name, file.Schema, err)
		}
		files = append(files, file)
	}
	return files
}

// shape of a node, [channels, height, width] of images.
type shape struct{ c, h, w int }

// build turns the layers into a Net.
func (f *refFile) build(t testing.TB) *Net {
	t.Helper()
	s := shape{f.InputShape[0], 1, 1}
	if len(f.InputShape) == 3 {
		s = shape{f.InputShape[0], f.InputShape[1], f.InputShape[2]}
	}
	n := build(s.c * s.h * s.w)
	ids, shapes := []int{}, []shape{}
	for i, layer := range f.Net.Layers {
		from, in := 0, s
		if len(layer.Inputs) > 0 {
			from, in = ids[layer.Inputs[0]], shapes[layer.Inputs[0]]
		} else if i > 0 {
			from, in = ids[i-1], shapes[i-1]
		}
		id, out := layer.addTo(t, n, from, in, ids)
		ids, shapes = append(ids, id), append(shapes, out)
	}
	return n
}

// addTo adds one layer and returns its node and shape.
func (l *refLayer) addTo(t testing.TB, n *Net, from int, in shape, ids []int) (int, shape) {
	switch l.Type {
	case "linear":
		return n.Dense(from, l.Weight, l.Bias), shape{len(l.Bias), 1, 1}
	case "conv2d":
		c := Conv{InChannels: l.InChannels, Height: in.h, Width: in.w, OutChannels: l.OutChannels,
			KernelHeight: l.Kernel[0], KernelWidth: l.Kernel[1], StrideY: l.Stride[0], StrideX: l.Stride[1],
			PadY: l.Padding[0], PadX: l.Padding[1]}
		h, w := c.OutputSize()
		return n.Conv(from, c, l.Weight, l.Bias), shape{l.OutChannels, h, w}
	case "relu":
		return n.ReLU(from), in
	case "flatten":
		return from, in
	case "add":
		var sum []int
		for _, i := range l.Inputs {
			sum = append(sum, ids[i])
		}
		return n.Add(sum...), in
	}
	t.Fatalf("unknown layer %q", l.Type)
	return 0, in
}

// ball returns the case's threat.
func (c *refCase) ball() *Ball {
	norms := map[string]ball.Norm{"inf": ball.Linf, "1": ball.L1, "2": ball.L2}
	b := &Ball{ball.Ball{Norm: norms[c.Norm], Eps: c.Eps}, c.X}
	if c.Clip {
		b.Box = ball.Unit
	}
	return b
}

// rows returns the margins' coefficients, logit[label] - logit[target].
func (c *refCase) rows() [][]float64 {
	var rows [][]float64
	for _, target := range c.Targets {
		row := make([]float64, len(c.Logits))
		row[c.Label], row[target] = 1, -1
		rows = append(rows, row)
	}
	return rows
}

// each calls check for every case of every file.
func each(t *testing.T, check func(t *testing.T, n *Net, c *refCase)) {
	t.Helper()
	count := 0
	for _, file := range references(t) {
		n := file.build(t)
		t.Run(file.Name, func(t *testing.T) {
			for i := range file.Cases {
				check(t, n, &file.Cases[i])
				count++
			}
		})
	}
	if count == 0 {
		t.Error("nothing was compared")
	}
}

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// atMost asserts an order that is a theorem.
func atMost(t testing.TB, what string, small, large float64) {
	t.Helper()
	if !(small <= large+1e-6*max(1, math.Abs(large))) {
		t.Errorf("%s: %v > %v", what, small, large)
	}
}

func TestForwardReference(t *testing.T) {
	each(t, func(t *testing.T, n *Net, c *refCase) {
		out := n.forward(c.X)
		for i, want := range c.Logits {
			near(t, "logit", out[i], want, 1e-9)
		}
	})
}
