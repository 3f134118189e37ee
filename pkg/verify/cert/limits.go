package cert

import "fmt"

// Limits of the resources for checking one certificate. They are compared before memory is allocated; the context of
// [Check] limits the time.
type Limits struct {
	Memory int64 // bytes of the rows that proofs by multipliers need; 0: [DefaultMemory]
	Nodes  int   // of all trees together; 0: [DefaultNodes]
}

// The default values of [Limits].
const (
	DefaultMemory = 1 << 30
	DefaultNodes  = 1 << 24
)

func (l Limits) withDefaults() Limits {
	if l.Memory == 0 {
		l.Memory = DefaultMemory
	}
	if l.Nodes == 0 {
		l.Nodes = DefaultNodes
	}
	return l
}

// rowMemory is the number of bytes that the rows of a condensed network take.
func rowMemory(unstable, inputs, classes int) int64 {
	return 8 * int64(unstable+classes) * int64(unstable+inputs)
}

// memory refuses proofs by multipliers that need more memory than is allowed.
func (k *check) memory() error {
	unstable := 0
	for relu := range k.bounds.Lower {
		for unit := range k.bounds.Lower[relu] {
			if k.bounds.region.bends(k.bounds.Bounds, relu, unit) {
				unstable++
			}
		}
	}
	n := k.bounds.region.net
	if need := rowMemory(unstable, n.Inputs(), n.Classes()); need > k.limits.Memory {
		return fmt.Errorf("its %d unstable units take %d MiB, more than the limit of %d MiB: allow more memory",
			unstable, need>>20, k.limits.Memory>>20)
	}
	return nil
}
