package model

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tightrope/pkg/internal/strictjson"
)

// InputNode is the index by which a layer reads the network's input.
const InputNode = -1

// LayerSpec describes a layer as data: its type and the fields that the type uses.
type LayerSpec struct {
	Type     string    `json:"type"` // a key of kinds: "dense", "conv", "relu", "tanh", "flatten", "add", ...
	Units    int       `json:"units,omitempty"`
	Channels int       `json:"channels,omitempty"` // output channels
	Kernel   []int     `json:"kernel,omitempty"`   // [height, width]
	Stride   []int     `json:"stride,omitempty"`   // [height, width]; none: 1
	Padding  []int     `json:"padding,omitempty"`  // zeros on both sides of [height, width]; none: 0
	Mean     []float64 `json:"mean,omitempty"`     // of each channel
	Std      []float64 `json:"std,omitempty"`      // of each channel
	Variance []float64 `json:"variance,omitempty"` // of each channel
	Epsilon  float64   `json:"epsilon,omitempty"`  // added to the variance
	Inputs   []int     `json:"inputs,omitempty"`   // layers read; empty: the one before

	assumed bool // Epsilon is the default because the text does not name it
}

// Param is one parameter of a network, on the host in float64 (exact for float32 weights).
type Param struct {
	Name   string // "0.weight", "0.bias", "1.weight", ... in layer order
	Shape  []int
	Data   []float64
	Source string // name of the tensor in the file that it was read from; empty: none, the values are 0
}

// ParamShape is the name ("weight", "bias") and shape of one parameter of a layer.
type ParamShape struct {
	Name     string
	Shape    []int
	FanIn    int     // number of inputs of one output unit: the scale of the initialisation; 0: starts at Constant
	Constant float64 // value before and after initialisation where FanIn is 0
}

// kind is what a type of layer is: one line a type, in [kinds].
type kind struct {
	fields string // the fields of [LayerSpec] that it uses, besides type and inputs
	// complete fills in what the spec leaves out and checks its values; nil: nothing to do.
	complete func(s *LayerSpec) error
	// shape is the output's shape, or an error that names the remedy. The spec is complete.
	shape func(s *LayerSpec, in [][]int) ([]int, error)
	// params lists the parameters; nil: none.
	params func(s *LayerSpec, in []int) []ParamShape
}

// kinds are the types of layers.
var kinds = map[string]kind{
	"dense": {fields: "units", complete: completeDense, shape: denseShape, params: denseParams},
	"conv": {fields: "channels kernel stride padding", complete: completeConv, shape: convShape,
		params: convParams},
	"avgpool": {fields: "kernel stride padding", complete: completeWindow, shape: poolShape},
	"batchnorm": {fields: "mean variance epsilon", complete: completeBatchNorm, shape: batchNormShape,
		params: batchNormParams},
	"normalize": {fields: "mean std", shape: normalizeShape},
	"relu":      {shape: sameShape},
	"sigmoid":   {shape: sameShape},
	"softplus":  {shape: sameShape},
	"tanh":      {shape: sameShape},
	"flatten":   {shape: flatShape},
	"add":       {shape: sumShape},
}

// Kinds are the types of layers, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// ErrUnsupported marks a layer type that this version cannot read.
var ErrUnsupported = fmt.Errorf("unsupported layer")

// Complete returns the spec with all fields that its type uses filled in. It returns an error for an unknown type, a
// field that the type does not use, and a value that makes no sense.
func (s LayerSpec) Complete() (LayerSpec, error) {
	k, ok := kinds[s.Type]
	if !ok && strings.Contains(s.Type, "maxpool") {
		return s, fmt.Errorf("max pooling has no linear bound here: use average pooling, avgpool(k,s,p), or a " +
			"convolution of stride 2 instead")
	}
	if !ok {
		return s, fmt.Errorf("%w type %.40q", ErrUnsupported, s.Type)
	}
	for _, name := range s.given() {
		if !slices.Contains(strings.Fields(k.fields), name) {
			return s, fmt.Errorf("a layer of type %s has no %s", s.Type, name)
		}
	}
	if k.complete != nil {
		if err := k.complete(&s); err != nil {
			return s, fmt.Errorf("%s: %w", s.Type, err)
		}
	}
	return s, nil
}

// given names the fields that are set, besides type and inputs.
func (s *LayerSpec) given() (names []string) {
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"units", s.Units != 0}, {"channels", s.Channels != 0}, {"kernel", s.Kernel != nil},
		{"stride", s.Stride != nil},
		{"padding", s.Padding != nil}, {"mean", s.Mean != nil}, {"std", s.Std != nil}, {"variance", s.Variance != nil},
		{"epsilon", s.Epsilon != 0},
	} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}

// Shapes are the output's shape of a complete spec, and its parameters, for inputs of the shapes given, without the
// batch axis: [units] or [channels, height, width]. It returns an error for shapes that do not fit, and for layers
// beyond [MaxValues].
func (s LayerSpec) Shapes(in ...[]int) (out []int, params []ParamShape, err error) {
	k := kinds[s.Type]
	if out, err = k.shape(&s, in); err != nil {
		return nil, nil, err
	}
	if k.params != nil {
		params = k.params(&s, in[0])
	}
	for _, shape := range append([][]int{out}, shapesOf(params)...) {
		if err := checkSize(shape); err != nil {
			return nil, nil, fmt.Errorf("layer of type %s: %w", s.Type, err)
		}
	}
	return out, params, nil
}

func shapesOf(params []ParamShape) (shapes [][]int) {
	for _, p := range params {
		shapes = append(shapes, p.Shape)
	}
	return shapes
}

// The largest networks that are built: a larger number is nearly always a typing error, and would exhaust the memory.
// The largest networks of the field have some 10^7 parameters.
const (
	MaxValues = 1 << 27 // of one layer's output for one sample, and of one parameter
	MaxParams = 1 << 28 // values of all parameters, 2 GiB on the host
)

// checkSize refuses shapes of more values than [MaxValues] without computing a product that overflows.
func checkSize(shape []int) error {
	total := 1
	for _, d := range shape {
		if d < 1 || d > MaxValues/total {
			return fmt.Errorf("the shape %v has more than %d values, or none: use smaller layers", shape, MaxValues)
		}
		total *= d
	}
	return nil
}

// Size is the number of values of a shape.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// finite refuses numbers that are not.
func finite(what string, values ...float64) error {
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s[%d] is %v: it must be finite", what, i, v)
		}
	}
	return nil
}

// Arch is a network without its parameters, as data.
type Arch struct {
	Name   string      `json:"name"`
	Input  []int       `json:"input"` // shape of one sample
	Layers []LayerSpec `json:"layers"`
}

// String is the architecture as one line of JSON.
func (a Arch) String() string {
	b, err := json.Marshal(a)
	if err != nil { // NaN or an infinity, which [New] refuses
		return fmt.Sprintf("architecture %q: %v", a.Name, err)
	}
	return string(b)
}

// ReadArch reads an architecture from JSON, strictly: an unknown property of a layer is an error that names it.
func ReadArch(text string) (Arch, error) {
	var a Arch
	if err := strictjson.Unmarshal([]byte(text), &a); err != nil {
		return Arch{}, fmt.Errorf("%w (a layer's property that is not known here may change what the network computes)",
			err)
	}
	return a, nil
}
