package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"tightrope/pkg/record"
)

// Task is a piece of work with a folder of its own.
type Task struct {
	Name string
	Dir  string
	// Done reports whether the result is there already, whoever made it; it is the only truth about that.
	Done func() (bool, error)
	// Run does the work or continues it. When its context ends, it keeps what it has and returns an error. It tells the
	// claim how far it is.
	Run func(ctx context.Context, c *Claim) error
}

// Options of [Work]; the zero value is for processes of one machine.
type Options struct {
	Worker string        // name of this worker in the claims
	Lease  time.Duration // 0: DefaultLease
	Poll   time.Duration // between looks at tasks that others have; 0: half a second
	// MaxDeaths is how many owners in a row may die on a task, without reaching a milestone, before it counts as
	// failed; 0: 5.
	MaxDeaths int
	Log       func(string)
}

func (o Options) withDefaults() Options {
	if o.Poll == 0 {
		o.Poll = 500 * time.Millisecond
	}
	if o.MaxDeaths == 0 {
		o.MaxDeaths = 5
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	return o
}

// Work works on tasks, in their order, until every one of them is done or has failed, here or elsewhere; tasks of
// owners that died are taken over. The error names the first of the tasks that failed. It ends early if the context
// does or the folder cannot be written; the task in work is given back then, for anyone to continue with.
func Work(ctx context.Context, tasks []Task, o Options) error {
	o = o.withDefaults()
	for {
		left, worked := 0, false
		for i := range tasks {
			outcome, err := o.one(ctx, &tasks[i])
			if err != nil {
				return err
			}
			if outcome == busy {
				left++
			}
			worked = worked || outcome == ran
		}
		if left == 0 && !worked { // a pass over all that found nothing to do
			return Failures(tasks)
		}
		if worked {
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(o.Poll):
		}
	}
}

// outcome of one look at a task.
type outcome int

const (
	settled outcome = iota // done or failed, before this look
	ran                    // by this worker, now
	busy                   // another one has it
)

// one works on a task if nobody else does. An error ends the worker; a task's own failure is none.
func (o Options) one(ctx context.Context, t *Task) (outcome, error) {
	if err := ctx.Err(); err != nil {
		return busy, context.Cause(ctx)
	}
	if done, err := t.Done(); done || err != nil {
		return settled, wrap(t, err)
	}
	if s, err := Look(t.Dir); err != nil || s.Status == Failed {
		return settled, wrap(t, err)
	}
	c, err := take(ctx, t.Dir, o.Worker, o.Lease, t.Done)
	if errors.Is(err, errSettled) {
		return settled, nil
	}
	if errors.Is(err, ErrBusy) {
		return busy, nil
	}
	if err != nil {
		return busy, wrap(t, err)
	}
	return o.work(ctx, t, c)
}

// work is one with the claim in hand.
func (o Options) work(ctx context.Context, t *Task, c *Claim) (outcome, error) {
	if done, err := t.Done(); done || err != nil { // by an owner that died before it could say so
		return ran, errors.Join(wrap(t, err), c.Release(Done, nil))
	}
	if n := c.Deaths(); n >= o.MaxDeaths {
		o.Log(fmt.Sprintf("%s: given up after %d deaths", t.Name, n))
		return ran, c.Release(Failed, fmt.Errorf("%d workers in a row died at it: give a run more memory (fewer "+
			"--workers), or look for what kills them; repeat the command to try again", n))
	}
	o.Log("working on " + t.Name)
	err := t.Run(c.Context(), c)
	switch {
	case err == nil:
		o.Log(t.Name + " is done")
		return ran, wrap(t, c.Release(Done, nil))
	case errors.Is(context.Cause(c.Context()), ErrLost):
		o.Log(fmt.Sprintf("%s: %v", t.Name, context.Cause(c.Context())))
		c.Release(Waiting, nil) // which has no effect where another worker has it
		return busy, nil
	case errors.Is(err, record.ErrInUse): // by a program that makes no claims
		c.Release(Waiting, nil)
		return busy, nil
	case ctx.Err() != nil:
		c.Release(Waiting, nil)
		return busy, err
	case hopeless(err):
		c.Release(Waiting, nil)
		return busy, wrap(t, err)
	}
	o.Log(fmt.Sprintf("%s failed: %v", t.Name, err))
	return ran, wrap(t, c.Release(Failed, err))
}

// hopeless reports whether an error would meet the next task too: the folder cannot be written.
func hopeless(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EROFS) ||
		errors.Is(err, os.ErrPermission)
}

func wrap(t *Task, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", t.Name, err)
}

// Failures counts the tasks that are not done and names the first of them; nil if all are.
func Failures(tasks []Task) error {
	count, first := 0, error(nil)
	for i := range tasks {
		done, err := tasks[i].Done()
		if err != nil {
			return wrap(&tasks[i], err)
		}
		if done {
			continue
		}
		s, err := Look(tasks[i].Dir)
		if err != nil {
			return wrap(&tasks[i], err)
		}
		if count++; first == nil {
			first = fmt.Errorf("%s: %s", tasks[i].Name, cmp.Or(s.Error, string(s.Status)))
		}
	}
	if count == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d are not done, the first: %w", count, len(tasks), first)
}
