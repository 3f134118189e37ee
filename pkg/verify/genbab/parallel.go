package genbab

import (
	"sync"
	"sync/atomic"
)

// parallel does n things, some of them at the same time.
func parallel(workers, n int, do func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(workers, n) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	wait.Wait()
}
