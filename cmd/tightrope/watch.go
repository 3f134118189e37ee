package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"tightrope/pkg/queue"
)

// How often the folder is looked at, and how often a run's progress is printed if there is no terminal.
const (
	watchEvery = time.Second
	printEvery = 30 * time.Second
)

// watch prints what becomes of tasks, from their folders alone: who works on them does not matter.
type watch struct {
	out      io.Writer
	tasks    []queue.Task
	terminal bool
	mutex    sync.Mutex
	seen     []seen
	drawn    int // lines of the block at the bottom of a terminal
}

// seen is what was last printed of a task.
type seen struct {
	state   queue.State
	done    bool
	printed time.Time
}

func newWatch(out io.Writer, tasks []queue.Task) *watch {
	w := &watch{out: out, tasks: tasks, terminal: out == os.Stdout && terminal(os.Stdout),
		seen: make([]seen, len(tasks))}
	for i := range tasks { // what was so before is no news
		w.seen[i].state, _ = queue.Look(tasks[i].Dir)
		w.seen[i].done, _ = tasks[i].Done()
	}
	return w
}

// follow looks again and again until the context ends; then it closes the channel.
func (w *watch) follow(ctx context.Context) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(watchEvery):
				w.look(false)
			}
		}
	}()
	return ended
}

// say prints a line above the block.
func (w *watch) say(line string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.erase()
	fmt.Fprintln(w.out, line)
}

// look prints the news; the last look leaves no block behind.
func (w *watch) look(last bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.erase()
	var block []string
	for i := range w.tasks {
		if w.seen[i].done {
			continue
		}
		line, active := w.one(i)
		if line != "" {
			fmt.Fprintln(w.out, line)
		}
		if active != "" {
			block = append(block, active)
		}
	}
	if w.terminal && !last {
		for _, line := range block {
			fmt.Fprintln(w.out, fitting(line))
		}
		w.drawn = len(block)
	}
}

// fitting cuts a line that would not fit on the terminal, where it would take two and spoil the block.
func fitting(line string) string {
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if runes := []rune(line); err == nil && width > 1 && len(runes) >= width {
		return string(runes[:width-1])
	}
	return line
}

// one is the line to print of a task, if there is news, and the line of the block, if it is in work.
func (w *watch) one(i int) (line, active string) {
	before := &w.seen[i]
	state, err := queue.Look(w.tasks[i].Dir)
	if err != nil {
		return "", ""
	}
	done, _ := w.tasks[i].Done()
	text := fmt.Sprintf("run %d of %d %s: ", i+1, len(w.tasks), w.tasks[i].Name)
	switch {
	case done:
		line = text + "done"
	case state.Number == before.state.Number && state.Status == before.state.Status:
		line = w.progress(text, before, state)
	case state.Status == queue.Failed:
		line = text + "failed: " + state.Error
	case state.Status == queue.Claimed && before.state.Status == queue.Running, state.Status == queue.Claimed &&
		before.state.Status == queue.Claimed:
		line = fmt.Sprintf("%staken over by worker %s on %s after its owner died", text, state.Worker, state.Host.Name)
	case state.Status == queue.Waiting && before.state.Status != "":
		line = text + "waiting to be continued"
	default:
		line = fmt.Sprintf("%s%s by worker %s on %s %s", text, state.Status, state.Worker, state.Host.Name,
			state.Progress)
	}
	if line != "" {
		*before = seen{state, done, time.Now()}
	}
	if !done && (state.Status == queue.Running || state.Status == queue.Claimed) {
		active = fmt.Sprintf("  %s%s (worker %s)", text, state.Progress, state.Worker)
	}
	return line, active
}

// progress is a line for one more piece of the way, now and then, if there is no terminal.
func (w *watch) progress(text string, before *seen, state queue.State) string {
	if w.terminal || state.Progress == before.state.Progress || time.Since(before.printed) < printEvery {
		return ""
	}
	return text + state.Progress
}

// erase removes the block.
func (w *watch) erase() {
	if w.drawn > 0 {
		fmt.Fprintf(w.out, "\x1b[%dA\x1b[J", w.drawn)
		w.drawn = 0
	}
}
