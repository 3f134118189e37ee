package onnx

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkCompetition reads, folds and evaluates one network of each family of TIGHTROPE_VNNCOMP, the largest file.
func BenchmarkCompetition(b *testing.B) {
	families, err := filepath.Glob(filepath.Join(os.Getenv("TIGHTROPE_VNNCOMP"), "*", "onnx"))
	if err != nil || os.Getenv("TIGHTROPE_VNNCOMP") == "" {
		b.Skip("TIGHTROPE_VNNCOMP names no folder of competition files")
	}
	for _, dir := range families {
		b.Run(filepath.Base(filepath.Dir(dir)), func(b *testing.B) { benchmark(b, largestFile(b, dir)) })
	}
}

func largestFile(b *testing.B, dir string) (path string) {
	b.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	most := int64(-1)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			b.Fatal(err)
		}
		if info.Size() > most {
			most, path = info.Size(), filepath.Join(dir, e.Name())
		}
	}
	return path
}

func benchmark(b *testing.B, path string) {
	g, err := Read(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := Read(path, Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("fold", func(b *testing.B) {
		for b.Loop() {
			_, _ = Fold(g) // an error for one output
		}
	})
	b.Run("float32", func(b *testing.B) { evaluations[float32](b, g) })
	b.Run("float64", func(b *testing.B) { evaluations[float64](b, g) })
}

func evaluations[T Real](b *testing.B, g *Graph) {
	e := NewEvaluator[T](g)
	x := make([]T, g.Values[g.Input].Size())
	for b.Loop() {
		if _, err := e.Run(x); err != nil {
			b.Fatal(err)
		}
	}
}
