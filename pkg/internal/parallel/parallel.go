// Package parallel runs pieces of work on several goroutines.
package parallel

import (
	"sync"
	"sync/atomic"
)

// Do calls do(0) to do(n-1), starting them in order, at most workers at the same time (fewer than 2: one after the
// other), and returns when all have returned.
func Do(workers, n int, do func(i int)) {
	if workers = min(workers, n); workers <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	wait.Wait()
}
