package model

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ParseArch reads an architecture in the notation of the papers, after which any text that follows a ";" is a remark:
//
//	784-100-100-10                               dense layers; the first number is the input's size
//	fc100 fc100 fc10                             dense layers
//	conv(16,4,2,1) conv(32,4,2,1) fc100 fc10     convolutions (channels, kernel, stride, padding)
//
// Further layers: avgpool(kernel,stride,padding), bn or bn(eps=1e-3) (batch normalisation with fixed statistics),
// flatten, block(channels,stride), the residual block of Wong et al. 2018, and the activations relu, sigmoid, tanh and
// softplus. A layer of another type is written as its type with a number for each of its fields. Relus follow every
// dense and convolution but the last, unless the text names activations itself; a flatten is put before the first dense
// layer. input is the shape of one sample, nil if the text tells; classes, if not 0, is the number of outputs
// that the network must have. It returns an error, which names the layer, for a text that it does not understand.
func ParseArch(text string, input []int, classes int) (Arch, error) {
	text, _, _ = strings.Cut(text, ";")
	text = strings.ToLower(strings.TrimSpace(text))
	w := &archWriter{Arch: Arch{Name: text, Input: input}}
	tokens, err := w.tokens(text)
	if err != nil {
		return Arch{}, err
	}
	if len(w.Input) == 0 {
		return Arch{}, fmt.Errorf("architecture %q does not tell the input's shape: give it, or use the form "+
			"784-100-10", text)
	}
	w.explicit = slices.ContainsFunc(tokens, func(t archToken) bool { return IsActivation(t.name) })
	w.flat = len(w.Input) == 1
	for i, t := range tokens {
		if err := w.write(t, tokens[i+1:]); err != nil {
			return Arch{}, fmt.Errorf("architecture %q, at %s: %w", text, t.text, err)
		}
	}
	if units := w.outputs(); classes > 0 && units != classes {
		return Arch{}, fmt.Errorf("architecture %q has %d outputs but there are %d classes: end it in fc%d",
			text, units, classes, classes)
	}
	return w.Arch, nil
}

// archToken is one layer of the text: a name and its numbers.
type archToken struct {
	text string
	name string
	args []int
	bn   LayerSpec // of a batch normalisation
}

var (
	dashes    = regexp.MustCompile(`^\d+(-\d+)+( relu)?$`)
	tokenForm = regexp.MustCompile(`([a-z_]+[a-z_0-9]*?)(\d*)(?:\(([^)]*)\))?(?:[\s,]+|$)`)
)

// tokens splits the text, and takes the input's size from the dashed form.
func (w *archWriter) tokens(text string) ([]archToken, error) {
	if dashes.MatchString(text) {
		return w.dashed(strings.TrimSuffix(text, " relu"))
	}
	var out []archToken
	for rest := text; rest != ""; {
		at := tokenForm.FindStringSubmatchIndex(rest)
		if at == nil || at[0] != 0 {
			return nil, fmt.Errorf("architecture %q is not understood at %q: write layers like conv(16,4,2,1) "+
				"fc100 fc10", text, rest)
		}
		m := tokenForm.FindStringSubmatch(rest)
		t := archToken{text: strings.TrimRight(m[0], " \t\n,"), name: m[1]}
		if m[2] != "" {
			m[3] = m[2]
		}
		if err := t.read(m[3]); err != nil {
			return nil, fmt.Errorf("architecture %q, at %s: %w", text, t.text, err)
		}
		out = append(out, t)
		rest = rest[at[1]:]
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the architecture is empty: write layers like fc100 fc10")
	}
	return out, nil
}

// read takes the text between the brackets.
func (t *archToken) read(arguments string) (err error) {
	switch t.name {
	case "flatten": // flatten(C,H,W) only names the order
	case "bn", "batchnorm":
		t.bn, err = readBatchNorm(arguments)
	default:
		t.args, err = Numbers(arguments)
	}
	return err
}

func (w *archWriter) dashed(text string) ([]archToken, error) {
	units, err := Numbers(strings.ReplaceAll(text, "-", ","))
	if err != nil {
		return nil, err
	}
	if len(w.Input) == 0 {
		w.Input = []int{units[0]}
	}
	if Size(w.Input) != units[0] {
		return nil, fmt.Errorf("architecture %q is for %d inputs, the data %v has %d",
			text, units[0], w.Input, Size(w.Input))
	}
	var out []archToken
	for _, u := range units[1:] {
		out = append(out, archToken{text: fmt.Sprintf("fc%d", u), name: "fc", args: []int{u}})
	}
	return out, nil
}

// Numbers reads whole numbers of at least 0, separated by commas; none from an empty text. It returns an error for
// anything else.
func Numbers(text string) ([]int, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var out []int
	for _, part := range strings.Split(text, ",") {
		v, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || v < 0 {
			return nil, fmt.Errorf("%q is not a whole number of at least 0", strings.TrimSpace(part))
		}
		out = append(out, v)
	}
	return out, nil
}

// archWriter collects layers.
type archWriter struct {
	Arch
	explicit bool // the text names its activations
	flat     bool // the shape is [units] already
}

func (w *archWriter) add(specs ...LayerSpec) { w.Layers = append(w.Layers, specs...) }

// write adds one token's layers; rest are the tokens after it.
func (w *archWriter) write(t archToken, rest []archToken) error {
	switch t.name {
	case "fc", "dense", "linear":
		return w.dense(t, rest)
	case "conv":
		if err := w.plain(t); err != nil {
			return err
		}
		w.relu(rest)
	case "bn", "batchnorm":
		w.add(t.bn)
		w.relu(rest)
	case "avgpool":
		return w.pool(t)
	case "add":
		return fmt.Errorf("layer %q cannot be written as text", t.name)
	case "flatten":
		w.add(LayerSpec{Type: "flatten"})
		w.flat = true
	case "block":
		if len(t.args) != 2 || t.args[1] < 1 || t.args[1] > 2 {
			return fmt.Errorf("write block(channels,stride) with stride 1 or 2")
		}
		w.block(t.args[0], t.args[1])
	default:
		return w.plain(t)
	}
	return nil
}

func (w *archWriter) dense(t archToken, rest []archToken) error {
	if len(t.args) != 1 {
		return fmt.Errorf("write fc100 for 100 units")
	}
	if !w.flat {
		w.add(LayerSpec{Type: "flatten"})
		w.flat = true
	}
	w.add(LayerSpec{Type: "dense", Units: t.args[0]})
	w.relu(rest)
	return nil
}

func (w *archWriter) pool(t archToken) error {
	args := t.args
	if len(args) < 1 || len(args) > 3 {
		return fmt.Errorf("write avgpool(kernel), avgpool(kernel,stride) or avgpool(kernel,stride,padding)")
	}
	if len(args) == 1 {
		args = append(args, args[0]) // as PyTorch: the stride is the kernel
	}
	if len(args) == 2 {
		args = append(args, 0)
	}
	w.add(square("avgpool", 0, args[0], args[1], args[2]))
	return nil
}

// relu adds the implied relu, after a batch normalisation that may follow, never after the last layer.
func (w *archWriter) relu(rest []archToken) {
	if w.explicit || len(rest) == 0 || rest[0].name == "bn" || rest[0].name == "batchnorm" {
		return
	}
	w.add(LayerSpec{Type: "relu"})
}

// block adds a residual block of Wong et al. 2018, section 5 (their released code): conv-relu-conv beside one
// convolution as skip connection, 1x1, or 2x2 where the block halves the image.
func (w *archWriter) block(channels, stride int) {
	from := len(w.Layers) - 1
	skip := square("conv", channels, stride, stride, 0)
	skip.Inputs = []int{from}
	w.add(square("conv", channels, 2+stride, stride, 1), LayerSpec{Type: "relu"}, square("conv", channels, 3, 1, 1),
		skip,
		LayerSpec{Type: "add", Inputs: []int{from + 3, from + 4}}, LayerSpec{Type: "relu"})
}

func (w *archWriter) outputs() int {
	for i := len(w.Layers) - 1; i >= 0; i-- {
		if w.Layers[i].Type == "dense" {
			return w.Layers[i].Units
		}
	}
	return 0
}

func square(kind string, channels, kernel, stride, padding int) LayerSpec {
	return LayerSpec{Type: kind, Channels: channels, Kernel: []int{kernel, kernel}, Stride: []int{stride, stride},
		Padding: []int{padding, padding}}
}
