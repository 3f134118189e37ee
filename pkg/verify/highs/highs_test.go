package highs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// need skips a test where HiGHS is not installed; any other trouble fails it.
func need(t testing.TB) {
	t.Helper()
	if err := Load(); errors.Is(err, ErrNotFound) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// solve is New, Solve, Close.
func solve(t testing.TB, p *Problem, o Options) *Result {
	t.Helper()
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Solve(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t testing.TB, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-7*max(1, math.Abs(want))) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// diet is Chvatal's: minimise 2x+3y, x+y >= 4, x+3y >= 6, 0 <= x,y <= 10: (3,1), 9,
// multipliers 1.5 and 0.5.
func diet() *Problem {
	p := &Problem{Cost: []float64{2, 3}, ColLower: []float64{0, 0}, ColUpper: []float64{10, 10},
		A: NewMatrix(), RowLower: []float64{4, 6}, RowUpper: []float64{math.Inf(1), math.Inf(1)}}
	p.A.AppendRow([]int32{0, 1}, []float64{1, 1})
	p.A.AppendRow([]int32{0, 1}, []float64{1, 3})
	return p
}

// knapsack has n items whose values and weights are correlated: hard for its size.
func knapsack(n int, rows int, seed uint64) *Problem {
	random := rand.New(rand.NewPCG(seed, 1))
	p := &Problem{A: NewMatrix()}
	index := make([]int32, n)
	sum := make([]float64, n)
	for j := range n {
		index[j] = int32(j)
		p.ColLower, p.ColUpper, p.Integer = append(p.ColLower, 0), append(p.ColUpper, 1), append(p.Integer, true)
	}
	for range rows {
		weight, total := make([]float64, n), 0.0
		for j := range n {
			weight[j] = float64(1 + random.IntN(1000))
			total += weight[j]
			sum[j] += weight[j]
		}
		p.A.AppendRow(index, weight)
		p.RowLower, p.RowUpper = append(p.RowLower, math.Inf(-1)), append(p.RowUpper, math.Floor(total/2))
	}
	for j := range n {
		p.Cost = append(p.Cost, -(sum[j]/float64(rows) + float64(random.IntN(500))))
	}
	return p
}

func TestLP(t *testing.T) {
	need(t)
	p := diet()
	p.Offset = 100
	r := solve(t, p, Options{})
	if r.Status != Optimal {
		t.Fatal(r.Status)
	}
	near(t, "objective", r.Objective, 109)
	near(t, "dual bound", r.DualBound, 109)
	for i, want := range []float64{3, 1} {
		near(t, "x", r.X[i], want)
		near(t, "reduced cost", r.ColDual[i], 0)
	}
	for i, want := range []float64{1.5, 0.5} {
		near(t, "multiplier", r.RowDual[i], want)
	}
}

func TestMILP(t *testing.T) {
	need(t)
	p := diet() // with 7x + 5y >= 30 and integers: enumerate
	p.A.AppendRow([]int32{0, 1}, []float64{7, 5})
	p.RowLower, p.RowUpper = append(p.RowLower, 30.5), append(p.RowUpper, math.Inf(1))
	p.Integer = []bool{true, true}
	want := math.Inf(1)
	for x := range 11 {
		for y := range 11 {
			if x+y >= 4 && x+3*y >= 6 && 7*x+5*y >= 31 {
				want = min(want, float64(2*x+3*y))
			}
		}
	}
	for _, o := range []Options{{}, {NoPresolve: true}, {NoSearch: true},
		{NoPresolve: true, NoSearch: true, Feasibility: 1e-8}} {
		r := solve(t, p, o)
		if r.Status != Optimal {
			t.Fatal(o, r.Status)
		}
		near(t, "objective", r.Objective, want)
		near(t, "dual bound", r.DualBound, want)
		if r.RowDual != nil {
			t.Error("a MIP has no multipliers")
		}
	}
}

func TestStatuses(t *testing.T) {
	need(t)
	infeasible := diet()
	infeasible.ColUpper = []float64{1, 1}
	unbounded := diet()
	unbounded.Cost, unbounded.ColUpper = []float64{-1, 0}, []float64{math.Inf(1), 10}
	for want, p := range map[Status]*Problem{Infeasible: infeasible, Unbounded: unbounded} {
		r := solve(t, p, Options{})
		if r.Status != want {
			t.Errorf("got %v, want %v", r.Status, want)
		}
		if !math.IsInf(r.DualBound, -1) {
			t.Errorf("%v: dual bound %v", want, r.DualBound)
		}
	}
}

func TestRestartAfterNewCost(t *testing.T) {
	need(t)
	s, err := New(diet())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct{ x, y, want float64 }{{2, 3, 9}, {1, 0, 0}, {0, 1, 0}, {1, 1, 4}, {-1, 0, -10},
		{2, 3, 9}} {
		if err := s.SetCost([]float64{c.x, c.y}, 1); err != nil {
			t.Fatal(err)
		}
		r, err := s.Solve(context.Background(), Options{NoPresolve: true})
		if err != nil || r.Status != Optimal {
			t.Fatal(r, err)
		}
		near(t, "objective", r.Objective, c.want+1)
	}
}

func TestTimeLimit(t *testing.T) {
	need(t)
	s, err := New(knapsack(150, 12, 3))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 { // the second run has its own limit
		r, err := s.Solve(context.Background(), Options{TimeLimit: 300 * time.Millisecond})
		if err != nil || r.Status != TimeLimit {
			t.Fatal(r, err)
		}
		if r.Duration < 250*time.Millisecond || r.Duration > 5*time.Second {
			t.Errorf("took %v", r.Duration)
		}
		if !(r.DualBound <= r.Objective) || r.X == nil {
			t.Errorf("bound %v, incumbent %v", r.DualBound, r.Objective)
		}
	}
}

func TestCancel(t *testing.T) {
	need(t)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	s, err := New(knapsack(150, 12, 4))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Solve(ctx, Options{})
	if err != nil || r.Status != Interrupted || r.Duration > 5*time.Second {
		t.Fatal(r, err)
	}
	if r, err = s.Solve(ctx, Options{}); err != nil || r.Status != Interrupted || r.X != nil {
		t.Fatal("a context that has ended must not start a solve", r, err)
	}
	r, err = s.Solve(context.Background(), Options{TimeLimit: 200 * time.Millisecond}) // usable afterwards
	if err != nil || r.Status != TimeLimit {
		t.Fatal(r, err)
	}
}

func TestCancelLP(t *testing.T) {
	need(t)
	p := knapsack(1500, 900, 5)
	p.Integer = nil
	whole := solve(t, p, Options{NoPresolve: true})
	if whole.Status != Optimal {
		t.Fatal(whole.Status)
	}
	ctx, cancel := context.WithTimeout(context.Background(), whole.Duration/4)
	defer cancel()
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Solve(ctx, Options{NoPresolve: true})
	if err != nil || r.Status != Interrupted || r.Duration > whole.Duration {
		t.Fatalf("%v after %v of %v, %v", r.Status, r.Duration, whole.Duration, err)
	}
}

func TestCutoff(t *testing.T) {
	need(t)
	p := knapsack(150, 12, 6)
	limited := solve(t, p, Options{TimeLimit: 500 * time.Millisecond})
	worse := limited.Objective * 0.9 // minimisation of a negative sum
	r := solve(t, p, Options{TimeLimit: 30 * time.Second, Cutoff: Cutoff{AtPrimal: true, Primal: worse}})
	if r.Status != CutOff || !(r.Objective < worse) {
		t.Errorf("primal: %v, %v", r.Status, r.Objective)
	}
	lower := limited.DualBound * 1.1
	r = solve(t, p, Options{TimeLimit: 30 * time.Second, Cutoff: Cutoff{AtDual: true, Dual: lower}})
	if r.Status != CutOff || !(r.DualBound > lower) {
		t.Errorf("dual: %v, %v", r.Status, r.DualBound)
	}
}

func TestStart(t *testing.T) {
	need(t)
	p := knapsack(150, 12, 7)
	best := solve(t, p, Options{TimeLimit: 2 * time.Second})
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.SetStart(best.X); err != nil {
		t.Fatal(err)
	}
	r, err := s.Solve(context.Background(), Options{TimeLimit: 50 * time.Millisecond})
	if err != nil || !(r.Objective <= best.Objective+1e-6) {
		t.Errorf("%v, %v: started from %v", r.Objective, err, best.Objective)
	}
}

func TestThreads(t *testing.T) {
	need(t)
	one := solve(t, diet(), Options{Threads: 1})
	for _, threads := range []int{2, 1, 3, 2} { // the library keeps a scheduler per thread
		r := solve(t, knapsack(40, 4, 9), Options{Threads: threads, Cutoff: Cutoff{AtPrimal: true, Primal: -1e9}})
		if r.Status != Optimal {
			t.Errorf("%d threads: %v", threads, r.Status)
		}
	}
	near(t, "objective", one.Objective, 9)
}

// TestThreadsAfterOthers solves with changing numbers of threads on one thread of the operating system, while the
// solvers before are still open: closing one would reset the library's scheduler of that thread.
func TestThreadsAfterOthers(t *testing.T) {
	need(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, threads := range []int{1, 2, 1, 3, 2, 1} {
		s, err := New(knapsack(14, 2, 9))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r, err := s.Solve(context.Background(), Options{Threads: threads})
		if err != nil || r.Status != Optimal {
			t.Errorf("%d threads: %v, %v", threads, r.Status, err)
		}
	}
}

// TestNoLeak watches the resident memory over 1000 solvers.
func TestNoLeak(t *testing.T) {
	need(t)
	if _, err := os.Stat("/proc/self/statm"); err != nil {
		t.Skip("no /proc here")
	}
	lp, mip := knapsack(30, 10, 1), knapsack(6, 1, 2)
	lp.Integer = nil
	cycles := func(n int) {
		for range n {
			solve(t, lp, Options{})
			solve(t, mip, Options{})
		}
	}
	cycles(100)
	before := resident(t)
	cycles(1000)
	if grown := resident(t) - before; grown > 16<<20 {
		t.Errorf("2000 solvers left %d KiB behind", grown>>10)
	}
	count := 0
	watches.Range(func(any, any) bool { count++; return true })
	if count != 0 {
		t.Errorf("%d watches left behind", count)
	}
}

// resident returns the resident memory of this process in bytes.
func resident(t testing.TB) int {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(raw))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func TestConcurrent(t *testing.T) {
	need(t)
	want := make([]float64, 20)
	for i := range want {
		want[i] = solve(t, knapsack(14, 2, uint64(i)), Options{}).Objective
	}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for i := range want {
				s, err := New(knapsack(14, 2, uint64(i)))
				if err != nil {
					t.Error(err)
					return
				}
				r, err := s.Solve(context.Background(), Options{})
				s.Close()
				if err != nil || math.Abs(r.Objective-want[i]) > 1e-6 {
					t.Errorf("problem %d: got %v (%v), want %v", i, r, err, want[i])
				}
			}
		})
	}
	group.Wait()
}

func TestRefusals(t *testing.T) {
	need(t)
	broken := map[string]func(p *Problem){
		"no columns":   func(p *Problem) { *p = Problem{A: NewMatrix()} },
		"short bounds": func(p *Problem) { p.ColLower = p.ColLower[:1] },
		"short rows":   func(p *Problem) { p.RowUpper = p.RowUpper[:1] },
		"NaN cost":     func(p *Problem) { p.Cost[0] = math.NaN() },
		"NaN entry":    func(p *Problem) { p.A.Value[0] = math.NaN() },
		"NaN bound":    func(p *Problem) { p.RowLower[0] = math.NaN() },
		"far column":   func(p *Problem) { p.A.Index[0] = 2 },
		"bad start":    func(p *Problem) { p.A.Start[1] = 9 },
		"integers":     func(p *Problem) { p.Integer = []bool{true} },
	}
	for name, spoil := range broken {
		p := diet()
		spoil(p)
		if s, err := New(p); err == nil {
			s.Close()
			t.Errorf("%s: accepted", name)
		}
	}
	s, err := New(diet())
	if err != nil {
		t.Fatal(err)
	}
	if s.SetCost([]float64{math.NaN(), 0}, 0) == nil || s.SetCost([]float64{1}, 0) == nil || s.SetStart(nil) == nil {
		t.Error("bad costs or start accepted")
	}
	if _, err := s.Solve(context.Background(), Options{Feasibility: -1}); err == nil {
		t.Error("negative tolerance accepted")
	}
	s.Close()
	s.Close()
	if _, err := s.Solve(context.Background(), Options{}); err == nil || s.SetCost([]float64{1, 1}, 0) == nil {
		t.Error("closed solver accepted")
	}
}

// TestFind builds a project folder and looks for the library from inside it.
func TestFind(t *testing.T) {
	root := t.TempDir()
	inside := filepath.Join(root, "pkg", "deep")
	place := filepath.Join(root, ".venv", "lib", "python3.11", "site-packages", "highsbox", "highs_dist", "lib")
	for _, folder := range []string{inside, place} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	library := filepath.Join(place, "libhighs.so")
	for _, file := range []string{library, filepath.Join(place, "libhighs.dylib"), filepath.Join(root, "go.mod")} {
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := findAbove(inside); filepath.Dir(got) != place {
		t.Errorf("found %q", got)
	}
	t.Setenv(PathVariable, library)
	if got, err := find(); err != nil || got != library {
		t.Error(got, err)
	}
	t.Setenv(PathVariable, filepath.Join(root, "nothing"))
	if _, err := find(); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), PathVariable) {
		t.Error(err)
	}
	if got := findAbove(t.TempDir()); got != "" && strings.HasPrefix(got, os.TempDir()) {
		t.Errorf("found %q without a go.mod", got)
	}
}

func Example() {
	problem := &Problem{Cost: []float64{2, 3}, ColLower: []float64{0, 0}, ColUpper: []float64{10, 10},
		A: NewMatrix(), RowLower: []float64{4, 6}, RowUpper: []float64{math.Inf(1), math.Inf(1)}}
	problem.A.AppendRow([]int32{0, 1}, []float64{1, 1}) // x + y >= 4
	problem.A.AppendRow([]int32{0, 1}, []float64{1, 3}) // x + 3y >= 6
	solver, err := New(problem)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer solver.Close()
	result, err := solver.Solve(context.Background(), Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v %.6g\n", result.Status, result.Objective)
	// prints: optimal 9 (compiled only: not every machine has HiGHS; TestLP solves it)
}
