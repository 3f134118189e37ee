//go:build !js

package data

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

// meter counts the bytes of a step and reports them.
type meter struct {
	report      func(done, total int64)
	done, total int64
}

// start begins a new step of total bytes (0: unknown), done of them there already.
func (m *meter) start(done, total int64) {
	m.done, m.total = 0, total
	m.add(done)
}

func (m *meter) add(n int64) {
	m.done += n
	if m.report != nil {
		m.report(m.done, max(m.total, 0))
	}
}

// reader counts what passes through it, and stops where ctx is cancelled.
type reader struct {
	ctx   context.Context
	in    io.Reader
	meter *meter
}

func (r reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	n, err := r.in.Read(p)
	r.meter.add(int64(n))
	return n, err
}

// watchdog cancels something unless it is fed in time.
type watchdog struct {
	timer *time.Timer
	limit time.Duration
	bit   atomic.Bool
}

func newWatchdog(limit time.Duration, cancel func()) *watchdog {
	w := &watchdog{limit: limit}
	w.timer = time.AfterFunc(limit, func() {
		w.bit.Store(true)
		cancel()
	})
	return w
}

func (w *watchdog) feed(limit time.Duration) { w.timer.Reset(limit) }

// fedReader feeds a watchdog with every piece that arrives.
type fedReader struct {
	in    io.Reader
	dog   *watchdog
	limit time.Duration
}

func (r fedReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if n > 0 {
		r.dog.feed(r.limit)
	}
	return n, err
}
