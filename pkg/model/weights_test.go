package model

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// entry is a tensor to be written: a name and a shape; its values count from 1.
type entry struct {
	name  string
	shape []int
	dtype string // empty: F32
}

// file writes a safetensors file.
func file(t *testing.T, architecture string, entries ...entry) string {
	t.Helper()
	var metadata map[string]string
	if architecture != "" {
		metadata = map[string]string{ArchitectureKey: architecture}
	}
	path := filepath.Join(t.TempDir(), "n.safetensors")
	if err := os.WriteFile(path, encode(t, metadata, entries...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// encode is the content of a safetensors file.
func encode(t *testing.T, metadata map[string]string, entries ...entry) []byte {
	t.Helper()
	header, data := map[string]any{}, []byte{}
	for _, e := range entries {
		from := len(data)
		if e.dtype == "" {
			e.dtype = "F32"
		}
		for i := range Size(e.shape) {
			if e.dtype == "F32" {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(i+1)))
			} else {
				data = binary.LittleEndian.AppendUint64(data, uint64(i+1))
			}
		}
		header[e.name] = TensorHeader{DType: e.dtype, Shape: e.shape, Offsets: [2]int{from, len(data)}}
	}
	if metadata != nil {
		header[MetadataKey] = metadata
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	content := append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
	return append(content, data...)
}

// TestNothingIsMisread: a file whose meaning is not certain is an error that says why; the others are read right.
func TestNothingIsMisread(t *testing.T) {
	image := []int{1, 4, 4}
	statistics := []entry{{"bn1.running_mean", []int{2}, ""}, {"bn1.running_var", []int{2}, ""}, {"bn1.num_batches_tracked", []int{1}, "I64"}}
	normalised := []entry{{"bn1.weight", []int{2}, ""}, {"bn1.bias", []int{2}, ""}, {"conv1.weight", []int{2, 1, 3, 3}, ""},
		{"fc.weight", []int{3, 32}, ""}, {"fc.bias", []int{3}, ""}}
	two := func(a, b string) []entry {
		return []entry{{a + ".weight", []int{16, 16}, ""}, {a + ".bias", []int{16}, ""}, {b + ".weight", []int{3, 16}, ""}, {b + ".bias", []int{3}, ""}}
	}
	for name, c := range map[string]struct {
		arch    string
		order   []string
		entries []entry
		want    string // empty: read
	}{
		"numbers":                {"fc16 fc3", nil, two("0", "2"), ""},
		"numbers of two digits":  {"fc16 fc3", nil, two("layers.9", "layers.10"), ""},
		"a prefix":               {"fc16 fc3", nil, two("module.net.0", "module.net.2"), ""},
		"words":                  {"fc16 fc3", nil, two("fc_in", "fc_out"), "--layers"},
		"words in order":         {"fc16 fc3", []string{"zeta", "alpha"}, two("zeta", "alpha"), ""},
		"words in no order":      {"fc16 fc3", []string{"zeta", "beta"}, two("zeta", "alpha"), `no layer "beta"`},
		"an order too short":     {"fc16 fc3", []string{"zeta"}, two("zeta", "alpha"), "name each"},
		"a name twice":           {"fc16 fc3", []string{"zeta", "zeta"}, two("zeta", "alpha"), "no layer"},
		"kinds tell":             {"conv(2,3,1,1) bn fc3", nil, append(normalised, statistics...), ""},
		"no statistics":          {"conv(2,3,1,1) bn fc3", nil, normalised, "needs both"},
		"one statistic":          {"conv(2,3,1,1) bn fc3", nil, append(normalised, statistics[0]), "needs both"},
		"a tensor left over":     {"fc16 fc3", nil, append(two("0", "2"), entry{"0.beta", []int{16}, ""}), "0.beta"},
		"a layer left over":      {"fc16 fc3", nil, append(two("0", "2"), entry{"4.weight", []int{3, 3}, ""}), "4.weight"},
		"a norm left over":       {"fc16 fc3", nil, append(two("0", "2"), entry{"1.weight", []int{16}, ""}), "1.weight"},
		"statistics left over":   {"fc16 fc3", nil, append(two("0", "2"), entry{"1.running_mean", []int{16}, ""}), "1.running_mean"},
		"counted training":       {"fc16 fc3", nil, append(two("0", "2"), entry{"0.num_batches_tracked", []int{1}, "I64"}), "num_batches_tracked"},
		"a layer missing":        {"fc16 fc16 fc3", nil, two("0", "2"), "want [16 16]"},
		"the last layer missing": {"fc16 fc3 fc3", nil, two("0", "2"), "no weights for layer"},
		"no bias":                {"fc3", nil, []entry{{"0.weight", []int{3, 16}, ""}}, ""},
		"no weight":              {"fc3", nil, []entry{{"0.bias", []int{3}, ""}}, "0.bias"},
		"whole numbers":          {"fc3", nil, []entry{{"0.weight", []int{3, 16}, "I64"}}, "F32 or F64"},
		"transposed":             {"fc3", nil, []entry{{"0.weight", []int{16, 3}, ""}}, "has shape [16 3], want [3 16]"},
	} {
		a, err := ParseArch(c.arch, image, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Load(file(t, "", c.entries...), LoadOptions{Arch: &a, Order: c.order})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestUnknownProperties: a property of a layer that is not known, or that its type does not have, is an error that
// names it.
func TestUnknownProperties(t *testing.T) {
	weights := []entry{{"0.weight", []int{2, 1, 3, 3}, ""}, {"0.bias", []int{2}, ""}, {"1.weight", []int{3, 8}, ""}, {"1.bias", []int{3}, ""}}
	conv := `{"type":"conv","channels":2,"kernel":[3,3]%s}`
	arch := func(layer string) string {
		return `{"name":"t","input":[1,4,4],"layers":[` + layer + `,{"type":"relu"},{"type":"flatten"},{"type":"dense","units":3}]}`
	}
	if _, err := Load(file(t, arch(strings.Replace(conv, "%s", "", 1)), weights...), LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, property := range []string{`"dilation":[1,1]`, `"groups":1`, `"padding_mode":"zeros"`, `"negative_slope":0`, `"eps":0`, `"count_include_pad":true`,
		`"Channels":2`, `"units":3`, `"mean":[0,0]`, `"std":[1,1]`, `"variance":[1,1]`, `"epsilon":0.001`} {
		_, err := Load(file(t, arch(strings.Replace(conv, "%s", ","+property, 1)), weights...), LoadOptions{})
		name := strings.Split(property, `"`)[1]
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", property, err)
		}
	}
}

// TestGraph: layers that are not read, that read later ones, or an output that is not the last layer are errors.
func TestGraph(t *testing.T) {
	dense := func(inputs ...int) LayerSpec { return LayerSpec{Type: "dense", Units: 3, Inputs: inputs} }
	for name, c := range map[string]struct {
		layers []LayerSpec
		want   string
	}{
		"a chain":             {[]LayerSpec{dense(), dense()}, ""},
		"a dangling layer":    {[]LayerSpec{dense(), dense(-1)}, "read by no other"},
		"a dangling branch":   {[]LayerSpec{dense(), dense(), dense(0)}, "read by no other"},
		"a residual sum":      {[]LayerSpec{dense(), dense(), {Type: "add", Inputs: []int{0, 1}}}, ""},
		"a sum with itself":   {[]LayerSpec{dense(), {Type: "add", Inputs: []int{0, 0}}}, ""},
		"a loop":              {[]LayerSpec{dense(0), dense()}, "earlier"},
		"a later layer":       {[]LayerSpec{dense(1), dense()}, "earlier"},
		"before the input":    {[]LayerSpec{dense(-2), dense()}, "earlier"},
		"no layers":           {nil, "no layers"},
		"one output":          {[]LayerSpec{{Type: "dense", Units: 1}}, ""},
		"two inputs":          {[]LayerSpec{dense(), dense(0, 0)}, "flatten"},
		"a relu of two":       {[]LayerSpec{dense(), {Type: "relu", Inputs: []int{0, 0}}}, "one input"},
		"an infinite mean":    {[]LayerSpec{dense(), {Type: "normalize", Mean: []float64{0, 0, math.Inf(1)}, Std: []float64{1, 1, 1}}}, "finite"},
		"an undefined spread": {[]LayerSpec{dense(), {Type: "normalize", Mean: []float64{0, 0, 0}, Std: []float64{1, 1, math.NaN()}}}, "finite"},
		"an infinite epsilon": {[]LayerSpec{dense(), {Type: "batchnorm", Epsilon: math.Inf(1)}}, "finite"},
	} {
		_, err := New(Arch{Name: "t", Input: []int{3}, Layers: c.layers})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestClassifies: a network of one output is no classifier.
func TestClassifies(t *testing.T) {
	for units, want := range map[int]bool{1: false, 2: true} {
		m, err := New(Arch{Name: "t", Input: []int{3}, Layers: []LayerSpec{{Type: "dense", Units: units}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Classifies(); (err == nil) != want {
			t.Errorf("%d outputs: %v", units, err)
		}
	}
}

// TestHash: the hash changes with everything that changes the function, not with the name, and stays what it was.
func TestHash(t *testing.T) {
	build := func() *Model {
		m, err := New(Arch{Name: "t", Input: []int{2, 3, 3}, Layers: []LayerSpec{
			{Type: "normalize", Mean: []float64{0.1, 0.2}, Std: []float64{1, 2}},
			{Type: "conv", Channels: 2, Kernel: []int{3}, Padding: []int{1}},
			{Type: "batchnorm", Mean: []float64{0, 0}, Variance: []float64{1, 1}},
			{Type: "add", Inputs: []int{0, 2}}, {Type: "relu"}, {Type: "avgpool", Kernel: []int{1}},
			{Type: "flatten"}, {Type: "dense", Units: 2}, {Type: "dense", Units: 2}}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	seen := map[string]string{build().Hash(): "the network itself"}
	for name, change := range map[string]func(m *Model){
		"a weight":        func(m *Model) { m.Layers[1].Params[0].Data[3] = 1 },
		"the last bias":   func(m *Model) { m.Layers[8].Params[1].Data[1] = 1e-30 },
		"the precision":   func(m *Model) { m.Float64 = true },
		"the input":       func(m *Model) { m.Input = []int{2, 9, 1} },
		"a mean":          func(m *Model) { m.Layers[0].Spec.Mean[1] = math.Nextafter(0.2, 1) },
		"a spread":        func(m *Model) { m.Layers[0].Spec.Std[1] = 3 },
		"a statistic":     func(m *Model) { m.Layers[2].Spec.Variance[0] = 2 },
		"epsilon":         func(m *Model) { m.Layers[2].Spec.Epsilon = 1e-3 },
		"a stride":        func(m *Model) { m.Layers[5].Spec.Stride = []int{1, 2} },
		"a padding":       func(m *Model) { m.Layers[5].Spec.Padding = []int{1, 1} },
		"a kernel":        func(m *Model) { m.Layers[5].Spec.Kernel = []int{1, 2} },
		"another branch":  func(m *Model) { m.Layers[3].Inputs = []int{1, 2} },
		"another pairing": func(m *Model) { m.Layers[3].Inputs = []int{2, 0} },
		"a layer's type":  func(m *Model) { m.Layers[4].Spec.Type = "flatten" },
		"a layer less":    func(m *Model) { m.Layers = m.Layers[:8] },
	} {
		m := build()
		change(m)
		if before, twice := seen[m.Hash()]; twice {
			t.Errorf("%s: the same hash as %s", name, before)
		}
		seen[m.Hash()] = name
	}
	m := build()
	m.Name = "another"
	if m.Hash() != build().Hash() {
		t.Error("the name changes the hash")
	}
	// Of a certificate written before the network had a package of its own: these must stay checkable.
	const old = "4bbbd05e89df8ccc9085b804e6c1230d383cb8b6f230a793cbdefd63650799c5"
	if got := build().Hash(); got != old {
		t.Errorf("hash %s, older certificates have %s", got, old)
	}
}
