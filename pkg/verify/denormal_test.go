package verify

import (
	"runtime"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// denormal is a number that the compiler does not know.
//
//go:noinline
func denormal() float64 { return 0x1p-1060 }

// keepsDenormals reports whether this thread computes with denormals: as operands and as results.
func keepsDenormals() bool {
	small, smaller, normal := denormal(), denormal(), denormal()*0x1p60
	return small+smaller == 0x1p-1059 && small/2 == 0x1p-1061 && normal*0x1p-65 == 0x1p-1065 && small*0x1p60 == normal
}

// TestDenormalsAfterPrograms: engines may set the processor to round denormals to 0 on their own threads, and must not
// leave it so on those that Go runs on: the checkers of certificates compute there.
func TestDenormalsAfterPrograms(t *testing.T) {
	if !keepsDenormals() {
		t.Fatal("denormals are lost before anything was run")
	}
	backend, plain, x := testbackend.Open(t), tinyNetwork(t), []float64{0.5}
	before := plain.Forward(x)
	if before[0] != 0x1p-1061 {
		t.Fatalf("the network's logits are %v", before)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			runtime.LockOSThread() // each goroutine has a thread of its own, and looks at that
			defer runtime.UnlockOSThread()
			for range 5 {
				product(t, backend)
				if got := plain.Forward(x); !keepsDenormals() || got[0] != before[0] {
					t.Errorf("denormals are lost on a thread that has run a program: logits %v", got)
				}
			}
		})
	}
	group.Wait()
	for range 8 {
		group.Go(func() {
			runtime.LockOSThread()
			if !keepsDenormals() {
				t.Error("denormals are lost on another thread")
			}
		})
	}
	group.Wait()
	checkTiny(t, plain, x)
}

// tinyNetwork has the logits (2^-1060 x, 0).
func tinyNetwork(t *testing.T) *cert.Network {
	n := net.New("tiny", 1)
	n.DType = dtypes.Float64
	if _, err := n.Append(net.Dense{Units: 2}); err != nil {
		t.Fatal(err)
	}
	copy(n.Params[0].Data, []float64{0x1p-1060, 0})
	return plainOf(t, n)
}

// product compiles and runs a program of some work.
func product(t *testing.T, backend compute.Backend) {
	exec, err := NewExec(backend, func(x *Node) *Node { return ReduceAllSum(Exp(Neg(Square(Dot(x, x).Product())))) })
	if err != nil {
		t.Error(err)
		return
	}
	defer exec.Finalize()
	x := floats.Tensor(make([]float64, 128*128), dtypes.Float32, 128, 128)
	out, err := exec.Call(x)
	if err != nil {
		t.Error(err)
		return
	}
	out[0].MustFinalizeAll()
}

// checkTiny bounds the network's margin: as a lower bound it may not be above the margin, however small that is.
func checkTiny(t *testing.T, plain *cert.Network, x []float64) {
	r, err := cert.NewRegion(plain, ball.Ball{Eps: 0.25}, x)
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Bounds(t.Context(), cert.FastLin)
	if err != nil {
		t.Fatal(err)
	}
	if m := r.Margin(b, cert.FastLin, 0, 1); m > 0x1p-1062 {
		t.Errorf("bound %v of a margin of 2^-1062", m)
	}
}
