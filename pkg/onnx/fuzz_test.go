package onnx

import (
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/proto"
)

// small are limits that keep a damaged file from taking time.
var small = Options{MaxBytes: 1 << 20, MaxMessages: 1 << 12, MaxValues: 1 << 16, MaxWork: 1 << 20}

// check reads bytes that may be anything, evaluates what was read, and turns it into layers.
func check(t *testing.T, b []byte) bool {
	t.Helper()
	g, err := Parse(b, small)
	if err != nil {
		return false
	}
	if f, err := Fold(g); err == nil && f.Model == nil {
		t.Fatal("no layers and no error")
	}
	x := make([]float32, g.Values[g.Input].Size())
	for i := range x {
		x[i] = float32(i%7) - 3
	}
	y, err := NewEvaluator[float32](g).Run(x)
	if err != nil || len(y) != g.Values[g.Output].Size() {
		t.Fatalf("%d values of output, want %d: %v", len(y), g.Values[g.Output].Size(), err)
	}
	if _, err := NewEvaluator[float64](g).Run(values[float64](x)); err != nil {
		t.Fatal(err)
	}
	return true
}

// damage flips bits, cuts, repeats or removes bytes.
func damage(r *rand.Rand, b []byte) []byte {
	b = append([]byte{}, b...)
	for range 1 + r.IntN(4) {
		at := r.IntN(len(b) + 1)
		end := min(len(b), at+r.IntN(20))
		switch r.IntN(4) {
		case 0:
			b = append(b[:at:at], b[end:]...)
		case 1:
			b = append(b[:at:at], append(append([]byte{}, b[at:end]...), b[at:]...)...)
		case 2:
			if r.IntN(4) == 0 {
				b = b[:at]
			}
		case 3:
			if at < len(b) {
				b[at] ^= 1 << r.IntN(8)
			}
		}
	}
	return b
}

// extremes are integers that readers compute wrongly with.
var extremes = []int64{0, -1, 1, 2, 3, -2, 5, 1 << 16, 1<<31 - 1, 1 << 31, 1 << 32, -1 << 31, math.MaxInt64,
	math.MinInt64, 1 << 62}

func extreme(r *rand.Rand) int64 { return extremes[r.IntN(len(extremes))] }

// distort changes a model's meaning and leaves it well encoded.
func distort(r *rand.Rand, m *protos.ModelProto) {
	g := m.Graph
	n := g.Node[r.IntN(len(g.Node))]
	switch r.IntN(8) {
	case 0:
		for name := range operations {
			n.OpType = name // in Go's random order
			break
		}
	case 1:
		m.OpsetImport[0].Version = int64(7 + r.IntN(14))
	case 2:
		if len(n.Input) > 0 {
			n.Input[r.IntN(len(n.Input))] = anyName(r, g)
		}
	case 3:
		n.Input = append(n.Input, anyName(r, g))
	case 4:
		size(g.Input[0], r.IntN(len(g.Input[0].Type.GetTensorType().Shape.Dim)), extreme(r))
	default:
		distortNumbers(r, g, n)
	}
}

func anyName(r *rand.Rand, g *protos.GraphProto) string {
	names := []string{"", "x"}
	for _, i := range g.Initializer {
		names = append(names, i.Name)
	}
	for _, n := range g.Node {
		names = append(names, n.Output...)
	}
	return names[r.IntN(len(names))]
}

// distortNumbers changes an attribute, or a constant of integers.
func distortNumbers(r *rand.Rand, g *protos.GraphProto, n *protos.NodeProto) {
	if len(n.Attribute) > 0 && r.IntN(2) == 0 {
		a := n.Attribute[r.IntN(len(n.Attribute))]
		a.I = extreme(r)
		if len(a.Ints) > 0 {
			a.Ints[r.IntN(len(a.Ints))] = extreme(r)
		}
		return
	}
	if len(g.Initializer) == 0 {
		return
	}
	i := g.Initializer[r.IntN(len(g.Initializer))]
	if len(i.Dims) > 0 && r.IntN(3) == 0 {
		i.Dims[r.IntN(len(i.Dims))] = extreme(r)
	}
	if i.DataType == int32(Int64) && len(i.RawData) >= 8 {
		v := uint64(extreme(r))
		for k := range 8 {
			i.RawData[k] = byte(v >> (8 * k))
		}
	}
}

// TestMutations reads more than ten thousand damaged and distorted models: no panic, and little memory.
func TestMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	paths := cases(t)
	damaged, distorted := 0, 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const rounds = 10_000
	for k := range rounds {
		b, err := os.ReadFile(paths[k%len(paths)])
		if err != nil {
			t.Fatal(err)
		}
		if check(t, damage(r, b)) {
			damaged++
		}
		m := &protos.ModelProto{}
		if err := proto.Unmarshal(b, m); err != nil {
			t.Fatal(err)
		}
		for range 1 + r.IntN(3) {
			distort(r, m)
		}
		if b, err = proto.Marshal(m); err != nil {
			t.Fatal(err)
		}
		if check(t, b) {
			distorted++
		}
	}
	runtime.ReadMemStats(&after)
	if mean := (after.TotalAlloc - before.TotalAlloc) / (2 * rounds); mean > 1<<20 {
		t.Errorf("reading takes %d bytes on average", mean)
	}
	t.Logf("of %d models each, %d damaged and %d distorted ones are still models", rounds, damaged, distorted)
	if damaged < rounds/20 || distorted < rounds/20 || damaged > rounds*9/10 || distorted > rounds*9/10 {
		t.Errorf("the mutations are too weak or too strong")
	}
}

// TestTruncated reads every beginning of a model: none is a model.
func TestTruncated(t *testing.T) {
	b, err := os.ReadFile("testdata/cases/opset_13.onnx")
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for n := range b {
		if _, err := Parse(b[:n], Options{}); err == nil {
			accepted++
		}
	}
	// The last field is the import of the opset: without it, the model has none.
	if accepted > 0 {
		t.Errorf("%d beginnings of the file are read", accepted)
	}
}

// FuzzParse looks for bytes that make the reader or the evaluator panic.
func FuzzParse(f *testing.F) {
	for _, path := range cases(f) {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b) })
}
