package parallel

import (
	"sync/atomic"
	"testing"
)

// TestDo: every piece is done once, and no more of them at the same time than there are workers.
func TestDo(t *testing.T) {
	for _, workers := range []int{-1, 0, 1, 2, 7, 100} {
		for _, n := range []int{0, 1, 5, 60} {
			done := make([]atomic.Int32, n)
			var now, most atomic.Int32
			Do(workers, n, func(i int) {
				for at := now.Add(1); ; {
					if seen := most.Load(); at <= seen || most.CompareAndSwap(seen, at) {
						break
					}
				}
				done[i].Add(1)
				now.Add(-1)
			})
			for i := range done {
				if done[i].Load() != 1 {
					t.Errorf("%d workers, %d pieces: piece %d was done %d times", workers, n, i, done[i].Load())
				}
			}
			if int(most.Load()) > max(workers, 1) {
				t.Errorf("%d workers: %d pieces at the same time", workers, most.Load())
			}
		}
	}
}
