package exact

import (
	"context"
	"errors"
	"sync"
)

// share hands the numbers 0 to count-1 to several workers, which read them from
// their channel until it is closed. It ends early with the context or with the
// first worker that returns an error, and returns that error.
func share(ctx context.Context, asked, count int, work func(jobs <-chan int) error) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs := make(chan int)
	var group sync.WaitGroup
	for range workers(asked, count) {
		group.Go(func() {
			if err := work(jobs); err != nil {
				cancel(err)
			}
		})
	}
	feed(inner, jobs, count)
	group.Wait()
	if err := context.Cause(inner); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return ctx.Err()
}

// feed sends the numbers until the context ends, and closes the channel.
func feed(ctx context.Context, jobs chan<- int, count int) {
	defer close(jobs)
	for i := range count {
		select {
		case jobs <- i:
		case <-ctx.Done():
			return
		}
	}
}
