package bound

import "tightrope/pkg/memory"

// DefaultMemory is half of the memory that is free for this process (see [memory.Free]), in bytes: the rest is for the
// process itself, for what the cost model misses and for other programs. It returns an error if $TIGHTROPE_MEMORY is
// not a size.
func DefaultMemory() (int64, error) {
	free, err := memory.Free(memory.Options{})
	return free / 2, err
}
