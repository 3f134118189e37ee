package bound

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
)

// TestComparators checks that the comparators put the element of every rank in its place: all inputs of zeros and ones
// for few elements (by the zero-one principle, then for all inputs), random ones with ties for more.
func TestComparators(t *testing.T) {
	for n := 1; n <= 12; n++ {
		for rank := range n {
			for bits := range 1 << n {
				x := make([]float64, n)
				for i := range x {
					x[i] = float64(bits >> i & 1)
				}
				checkRank(t, x, rank)
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{13, 31, 32, 33, 50, 63, 64} {
		for range 200 {
			x := make([]float64, n)
			for i := range x {
				x[i] = float64(rng.IntN(n))
			}
			checkRank(t, x, rng.IntN(n))
		}
	}
	if few, all := len(comparators(50, 24)), len(oddEvenMergeSort(50)); few >= all {
		t.Errorf("%d of %d comparators are needed for one rank: none is left out", few, all)
	}
}

func checkRank(t *testing.T, x []float64, rank int) {
	t.Helper()
	want, got := slices.Sorted(slices.Values(x))[rank], slices.Clone(x)
	for _, c := range comparators(len(x), rank) {
		got[c.low], got[c.high] = min(got[c.low], got[c.high]), max(got[c.low], got[c.high])
	}
	if got[rank] != want {
		t.Fatalf("rank %d of %v is %v, want %v", rank, x, got[rank], want)
	}
}

// TestSelectRank checks that all ways to select an element, of which each backend uses some, give the same one, with
// ties, zeros and infinities among the elements.
func TestSelectRank(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const batch, units = 2, 3
	for _, k := range []int{1, 2, 5, 50} {
		x := make([]float64, batch*k*units)
		for i := range x {
			x[i] = math.Abs(math.Round(4*rng.NormFloat64()) / 4)
			if rng.IntN(20) == 0 {
				x[i] = math.Inf(1)
			}
		}
		rank := (k - 1) / 2
		exec, err := NewExec(testbackend.Open(t), func(x *Node) []*Node {
			ways := []*Node{selectRank(x, rank), selectByComparators(x, rank)}
			if !slowCompiler() {
				ways = append(ways, selectBits(x, rank))
			}
			return ways
		})
		if err != nil {
			t.Fatal(err)
		}
		results, err := exec.Call(floats.Tensor(x, dtypes.Float64, batch, k, units))
		if err != nil {
			t.Fatal(err)
		}
		values, err := floats.Take(results)
		if err != nil {
			t.Fatal(err)
		}
		for b := range batch {
			for u := range units {
				var column []float64
				for i := range k {
					column = append(column, x[(b*k+i)*units+u])
				}
				slices.Sort(column)
				for way, v := range values {
					if v[b*units+u] != column[rank] {
						t.Errorf("k %d, way %d: %v, want %v", k, way, v[b*units+u], column[rank])
					}
				}
			}
		}
		exec.Finalize()
	}
}
