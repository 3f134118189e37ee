package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"tightrope/pkg/record"
)

// DefaultLease is long compared with the caches of network file systems and short compared with a training.
const DefaultLease = 90 * time.Second

// A claim is renewed after renewal of its lease, and given up by its owner where that failed until surrender of it.
const (
	renewal   = 1. / 6
	surrender = 3. / 4
)

// Claim is the right of this process to work on a task, until [Claim.Release].
type Claim struct {
	dir   string
	lock  *flock.Flock
	ctx   context.Context // ends when the claim is lost
	lose  context.CancelCauseFunc
	mutex sync.Mutex // of what follows
	state State
	dirty bool // there is progress that is not written
	alive time.Time
	ended chan struct{} // closed when the renewal has ended
	stop  chan struct{}
}

// Take claims the task in dir for a worker; the error is [ErrBusy] where another process has it. A claim whose owner is
// dead is taken over. ctx bounds the claim's [Claim.Context].
func Take(ctx context.Context, dir, worker string, lease time.Duration) (*Claim, error) {
	return take(ctx, dir, worker, lease, func() (bool, error) { return false, nil })
}

// errSettled means that the task had already finished and been recorded when we tried to claim it.
var errSettled = errors.New("done already")

// take is [Take] for a task that done tells to be done.
func take(ctx context.Context, dir, worker string, lease time.Duration, done func() (bool, error)) (*Claim, error) {
	if lease <= 0 {
		lease = DefaultLease
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, record.Explain(dir, err)
	}
	lock := flock.New(filepath.Join(dir, ".claim.lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, record.Explain(lock.Path(), err)
	}
	if !locked {
		return nil, ErrBusy
	}
	c := &Claim{dir: dir, lock: lock, stop: make(chan struct{}), ended: make(chan struct{}), alive: time.Now()}
	if err := c.open(worker, lease, done); err != nil {
		lock.Unlock()
		return nil, err
	}
	c.ctx, c.lose = context.WithCancelCause(ctx)
	go c.renew()
	return c, nil
}

// open makes the next claim; the lock is held.
func (c *Claim) open(worker string, lease time.Duration, done func() (bool, error)) error {
	last, renewed, err := newest(c.dir)
	if err != nil {
		return err
	}
	if ended, err := done(); err != nil || ended && !last.active() {
		return cmp.Or(err, errSettled)
	}
	me := thisHost()
	if last.active() && !last.Host.sharesLocks(me) {
		now, err := c.now()
		if err != nil {
			return err
		}
		if now.Sub(renewed) < time.Duration(last.Lease) {
			return ErrBusy
		}
	}
	c.sweep()
	now := time.Now().UTC()
	c.state = State{Schema: schema, Number: last.Number + 1, Status: Claimed, Worker: worker, Host: me,
		Lease: Duration(lease), Started: now, Updated: now, Deaths: last.Deaths}
	if last.active() {
		c.state.Deaths++
	}
	return c.link()
}

// now is the time by the clock that dates the files of the folder.
func (c *Claim) now() (time.Time, error) {
	probe, err := os.CreateTemp(c.dir, ".claim-clock.*.tmp")
	if err != nil {
		return time.Time{}, record.Explain(c.dir, err)
	}
	defer os.Remove(probe.Name())
	defer probe.Close()
	if _, err := probe.WriteString("now"); err != nil {
		return time.Time{}, record.Explain(probe.Name(), err)
	}
	info, err := probe.Stat()
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// sweep removes what owners that were killed left half-written.
func (c *Claim) sweep() {
	left, _ := filepath.Glob(filepath.Join(c.dir, ".claim-*.tmp"))
	more, _ := filepath.Glob(filepath.Join(c.dir, "..claim-*.tmp"))
	for _, path := range append(left, more...) {
		os.Remove(path)
	}
}

// link writes the claim's file under its number unless that exists: only one process can.
func (c *Claim) link() error {
	content, err := json.Marshal(c.state)
	if err != nil {
		return err
	}
	tmp := filepath.Join(c.dir, fmt.Sprintf(".claim-new.%s.%d.tmp", c.state.Host.Name, c.state.Host.PID))
	if err := record.WriteAtomic(tmp, content); err != nil {
		return err
	}
	defer os.Remove(tmp)
	err = os.Link(tmp, c.path())
	if errors.Is(err, os.ErrExist) {
		return ErrBusy
	}
	return record.Explain(c.path(), err)
}

func (c *Claim) path() string { return claimPath(c.dir, c.state.Number) }

// Context ends when the claim is lost, with [ErrLost] as its cause, or when the context given to [Take] does.
func (c *Claim) Context() context.Context { return c.ctx }

// Deaths is how many owners in a row died before a milestone.
func (c *Claim) Deaths() int { return c.state.Deaths }

// Report records the progress of the task, in one line; a milestone is progress from which the next owner would start.
// It is cheap: the file is updated within a second.
func (c *Claim) Report(progress string, milestone bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.state.Status, c.state.Progress, c.dirty = Running, progress, true
	if milestone {
		c.state.Deaths = 0
	}
}

// renew keeps the claim until it is released or lost.
func (c *Claim) renew() {
	defer close(c.ended)
	lease := time.Duration(c.state.Lease)
	tick := time.NewTicker(min(time.Second, time.Duration(renewal*float64(lease))))
	defer tick.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
		if !c.due(lease) {
			continue
		}
		err := c.write()
		if errors.Is(err, ErrLost) || err != nil && time.Since(c.alive) > time.Duration(surrender*float64(lease)) {
			c.lose(fmt.Errorf("%w: %w", ErrLost, err))
			return
		}
	}
}

func (c *Claim) due(lease time.Duration) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.dirty || time.Since(c.alive) > time.Duration(renewal*float64(lease))
}

// write renews the claim's file.
func (c *Claim) write() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	last, _, err := newest(c.dir)
	if err == nil && last.Number != c.state.Number {
		return fmt.Errorf("%w: worker %s on %s took it over", ErrLost, last.Worker, last.Host.Name)
	}
	begin := time.Now() // what a slow write takes counts against the lease
	c.state.Updated = begin.UTC()
	content, err := json.Marshal(c.state)
	if err != nil {
		return err
	}
	if err := record.WriteAtomic(c.path(), content); err != nil {
		return err
	}
	c.dirty, c.alive = false, begin
	return nil
}

// Release ends the claim with a last status, one of Done, Failed (cause says why) and Waiting.
func (c *Claim) Release(status Status, cause error) error {
	close(c.stop)
	<-c.ended
	defer c.lose(nil)
	defer c.lock.Unlock() // after the last write
	c.state.Status, c.state.Error = status, ""
	if cause != nil {
		c.state.Error = cause.Error()
	}
	if status != Waiting {
		c.state.Deaths = 0
	}
	return c.write()
}

// Retry makes a failed task wait again, and forgets how often its owners died; other tasks stay as they are.
func Retry(dir string) error {
	s, err := Look(dir)
	if err != nil || s.Status != Failed && s.Deaths == 0 {
		return err
	}
	c, err := Take(context.Background(), dir, "", DefaultLease)
	if errors.Is(err, ErrBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	c.state.Deaths = 0
	return c.Release(Waiting, nil)
}
