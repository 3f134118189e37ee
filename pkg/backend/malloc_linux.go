package backend

import "github.com/ebitengine/purego"

// Parameters of glibc's mallopt, from its malloc.h.
const (
	mTrimThreshold = -1
	mTopPad        = -2
	mMmapMax       = -4
)

// keepMemory lets the C library keep what XLA frees, for the next step to use. A training
// step allocates and frees the same hundreds of megabytes; by default glibc gives each large
// block back to the kernel, which clears every page again on its first use: a third of a
// step of mlp-2x100. The process keeps its peak memory but for what compilations leave behind (see posix_memalign). Without glibc
// nothing changes.
func keepMemory() {
	address, err := purego.Dlsym(purego.RTLD_DEFAULT, "mallopt")
	if err != nil || address == 0 {
		return
	}
	var mallopt func(param, value int32) int32
	purego.RegisterFunc(&mallopt, address)
	mallopt(mMmapMax, 0)
	mallopt(mTrimThreshold, -1) // never
	mallopt(mTopPad, 64<<20)
}
