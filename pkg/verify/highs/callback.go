package highs

import (
	"sync"
	"sync/atomic"
)

// Kinds of callback (highs_c_api.h): the points where a solve may be interrupted.
const (
	callbackSimplex  int32 = 1
	callbackInterior int32 = 2
	callbackMIP      int32 = 6
)

// callbackOut mirrors HighsCallbackDataOut up to the fields that are read.
type callbackOut struct {
	data              uintptr
	logType           int32
	runningTime       float64
	simplexIterations int32
	ipmIterations     int32
	pdlpIterations    int32
	objective         float64
	mipNodes          int64
	mipLPIterations   int64
	mipPrimalBound    float64
	mipDualBound      float64
	mipGap            float64
	rest              [12]uintptr // not read; room, so that the layout check stays inside
}

// callbackIn mirrors the first field of HighsCallbackDataIn.
type callbackIn struct {
	userInterrupt int32
}

// reason says why a watch stopped its solve.
type reason int32

const (
	notStopped reason = iota
	cancelled
	cutoff
)

// watch decides during a solve whether it continues.
type watch struct {
	stop   atomic.Bool // set when the context ends
	why    atomic.Int32
	cutoff Cutoff
}

// watches maps the number given to HiGHS as user data to its watch: C must not hold a Go pointer.
var (
	watches   sync.Map // uint64 -> *watch
	lastWatch atomic.Uint64
)

// onCallback is what HiGHS calls at its interrupt points, on the solving thread.
func onCallback(kind int32, _ uintptr, out *callbackOut, in *callbackIn, id uintptr) {
	value, ok := watches.Load(uint64(id))
	if !ok || in == nil {
		return
	}
	in.userInterrupt = 0 // HiGHS keeps the value of an earlier solve
	if value.(*watch).ends(kind, out) {
		in.userInterrupt = 1
	}
}

// ends reports whether the solve is to stop, and notes why.
func (w *watch) ends(kind int32, out *callbackOut) bool {
	if w.stop.Load() {
		w.why.CompareAndSwap(int32(notStopped), int32(cancelled))
		return true
	}
	if kind == callbackMIP && out != nil && w.cutoff.reached(out.mipDualBound, out.mipPrimalBound) {
		w.why.CompareAndSwap(int32(notStopped), int32(cutoff))
		return true
	}
	return false
}
