package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// Pool keeps worker processes alive. A worker that is killed or crashes is started again; one that ends by itself is
// not.
type Pool struct {
	// Commands are the workers, each made again for every start. Their standard input is a pipe that closes when this
	// process dies or wants them to stop: see [UntilClosed].
	Commands []func() *exec.Cmd
	// ShareCores gives each worker its own cores (Linux; elsewhere, and where it is false, they all use all cores).
	ShareCores bool
	Log        func(string)
	// Grace is how long a worker may continue after it was asked to stop, e.g. while it compiles; then it is killed,
	// and its work since the last checkpoint is lost. 0: without limit.
	Grace time.Duration
	// LastWords returns the last message of a worker that failed, e.g. from its log; nil: unknown.
	LastWords func(worker int) string
}

// A slot is given up when its worker was killed so often in a row, each time within a short life.
const (
	shortLife     = 10 * time.Second
	maxShortLives = 8
)

// Run starts the workers and waits until all have ended. A cancelled context asks them to stop and waits for that; they
// keep what they have. It returns an error if a worker failed.
func (p *Pool) Run(ctx context.Context) error {
	failures := make([]error, len(p.Commands))
	var group sync.WaitGroup
	for i := range p.Commands {
		group.Go(func() { failures[i] = p.keep(ctx, i) })
	}
	group.Wait()
	return errors.Join(ctx.Err(), first(failures))
}

// first is one of the errors: workers mostly end with the same.
func first(all []error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// keep runs one worker until it ends by itself.
func (p *Pool) keep(ctx context.Context, slot int) error {
	for short := 0; ; {
		start := time.Now()
		state, err := p.start(ctx, slot)
		if err != nil || ctx.Err() != nil || state.ended {
			return err
		}
		if short++; time.Since(start) > shortLife {
			short = 0
		}
		if short == maxShortLives {
			return fmt.Errorf("worker %d died %d times within %v of its start (%s), the last words were: %s",
				slot, short, shortLife, state.text, p.lastWords(slot))
		}
		p.Log(fmt.Sprintf("worker %d died (%s): it is started again", slot, state.text))
	}
}

// exit is how a worker ended.
type exit struct {
	ended bool // by itself, with an exit code of its own
	text  string
}

// start runs one worker once.
func (p *Pool) start(ctx context.Context, slot int) (exit, error) {
	cmd := p.Commands[slot]()
	isolate(cmd)
	life, err := cmd.StdinPipe()
	if err != nil {
		return exit{}, err
	}
	cores := 0
	if p.ShareCores {
		cores = len(p.Commands)
	}
	if err := startOn(cmd, slot, cores); err != nil {
		return exit{}, fmt.Errorf("worker %d cannot be started: %w", slot, err)
	}
	over := make(chan struct{})
	defer context.AfterFunc(ctx, func() { p.stop(cmd, life, over) })()
	cmd.Wait() // its error says less than the state
	close(over)
	life.Close()
	switch cmd.ProcessState.ExitCode() {
	case 0, exitInterrupted:
		return exit{ended: true}, nil
	case exitFailed:
		return exit{ended: true}, fmt.Errorf("worker %d: %s", slot, p.lastWords(slot))
	}
	return exit{text: cmd.ProcessState.String()}, nil
}

// stop asks a worker to stop, and kills it where it is still there after the grace.
func (p *Pool) stop(cmd *exec.Cmd, life io.Closer, over <-chan struct{}) {
	life.Close()
	if p.Grace <= 0 {
		return
	}
	select {
	case <-over:
	case <-time.After(p.Grace):
		p.Log(fmt.Sprintf("process %d has not stopped for %v: it is killed, and its task continues from the last "+
			"checkpoint next time",
			cmd.Process.Pid, p.Grace))
		cmd.Process.Kill()
	}
}

// lastWords is what a worker said last.
func (p *Pool) lastWords(slot int) string {
	if p.LastWords == nil {
		return "it failed"
	}
	return p.LastWords(slot)
}

// The exit codes of workers that ended by themselves; others are crashes.
const (
	exitFailed      = 1
	exitInterrupted = 130
)

// UntilClosed is a context that ends when a reader does: a worker's standard input, which its parent holds.
func UntilClosed(ctx context.Context, r io.Reader) context.Context {
	inner, cancel := context.WithCancelCause(ctx)
	go func() {
		io.Copy(io.Discard, r)
		cancel(ErrParent)
	}()
	return inner
}

// ErrParent means that the process that started this worker has died or wants it to stop.
var ErrParent = fmt.Errorf("the parent process has ended or stopped this worker: %w", context.Canceled)
