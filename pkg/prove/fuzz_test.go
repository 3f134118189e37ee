package prove

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/onnx"
	"tightrope/pkg/property"
	"tightrope/pkg/vnnlib"
)

// solveAny works on files that may be anything: no panic, an answer in time, and a proof that its check confirms. It
// returns the answer, and "" where the files were refused.
func solveAny(t *testing.T, network, text []byte) property.Answer {
	t.Helper()
	g, err := onnx.Parse(network, onnx.Options{MaxBytes: 1 << 20, MaxMessages: 1 << 12, MaxValues: 1 << 12,
		MaxWork: 1 << 16})
	if err != nil {
		return ""
	}
	o := vnnlib.Options{MaxBytes: 1 << 16, MaxInputs: 100, MaxCases: 20, MaxValues: 1 << 12}
	near, err := vnnlib.Parse(text, o)
	if err != nil {
		return ""
	}
	o.Rounding = vnnlib.Outward
	wide, err := vnnlib.Parse(text, o)
	if err != nil {
		return ""
	}
	p, err := property.New(g, near, wide)
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	r, err := Solve(ctx, p, Options{Workers: 1})
	if err != nil {
		return ""
	}
	if r.Proof != nil {
		if _, err := property.Check(t.Context(), p, r.Proof, property.Options{Workers: 1}); err != nil {
			t.Fatalf("%s, and its proof does not hold: %v", r.Answer, err)
		}
	} else if r.Answer == property.Sat || r.Answer == property.Unsat {
		t.Fatalf("%s without a proof", r.Answer)
	}
	return r.Answer
}

// seeds are networks of every operation, smooth ones among them, each with a property.
func seeds(t testing.TB) (networks, texts [][]byte) {
	t.Helper()
	r := rand.New(rand.NewPCG(6, 5))
	paths, err := filepath.Glob("../onnx/testdata/cases/*.onnx")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		networks = append(networks, b)
	}
	for range 40 {
		networks = append(networks, onnxgen.Network(r, onnxgen.Options{Smooth: true}))
	}
	for _, b := range networks {
		g, err := onnx.Parse(b, onnx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, []byte(onnxgen.Property(r, g.Values[g.Input].Size(), g.Values[g.Output].Size(), 1)))
	}
	return networks, texts
}

// flip changes bits of a few bytes.
func flip(r *rand.Rand, b []byte) []byte {
	b = append([]byte(nil), b...)
	for range r.IntN(4) {
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	}
	return b
}

// TestDamagedProblems solves whatever is left of damaged networks, whose weights may be of any size, with properties
// that are damaged, too.
func TestDamagedProblems(t *testing.T) {
	networks, texts := seeds(t)
	r, count := rand.New(rand.NewPCG(9, 5)), map[property.Answer]int{}
	for round := range 3 * len(networks) {
		k := round % len(networks)
		text := texts[k]
		if round%4 == 0 {
			text = flip(r, text)
		}
		count[solveAny(t, flip(r, networks[k]), text)]++
	}
	t.Logf("%v", count)
	if count[property.Sat] < 30 || count[property.Unsat] < 30 || count[""] < 50 {
		t.Errorf("answers %v", count)
	}
}

// FuzzSolve looks for files that make the reader, the search or the check panic, or contradict each other.
func FuzzSolve(f *testing.F) {
	networks, texts := seeds(f)
	for k, b := range networks {
		f.Add(b, texts[k])
	}
	f.Fuzz(func(t *testing.T, network, text []byte) { solveAny(t, network, text) })
}
