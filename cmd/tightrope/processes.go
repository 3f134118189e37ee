package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/memory"
	"tightrope/pkg/queue"
	"tightrope/pkg/record"
)

// processes are workers on this machine: this program, started again.
type processes struct {
	count     int
	arguments func(worker int) []string
	log       func(worker int) string // path of a worker's log
	grace     time.Duration           // see queue.Pool
	budget    string                  // setting for a worker's environment: its share of the free memory
}

// run starts the workers, shows how far the tasks are, and waits.
func (p *processes) run(cmd *cobra.Command, tasks []queue.Task) error {
	if p.count < 0 {
		return fmt.Errorf("--workers %d: use a positive number, or 0 for none", p.count)
	}
	self, err := program()
	if err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("backend")
	cards := shareCards(name, p.count)
	if err := writable(filepath.Dir(p.log(0))); err != nil {
		return err
	}
	if p.budget, err = memory.Budgets(p.count, memory.Options{}); err != nil {
		return err
	}
	w := newWatch(cmd.OutOrStdout(), tasks)
	// a GPU's workers need the cores in turns only
	pool := &queue.Pool{ShareCores: len(cards) == 0, Log: w.say, LastWords: p.lastWords, Grace: p.grace}
	for k := range p.count {
		pool.Commands = append(pool.Commands, func() *exec.Cmd { return p.command(self, k, cards) })
	}
	watching, stop := context.WithCancel(cmd.Context())
	ended := w.follow(watching)
	err = pool.Run(cmd.Context())
	stop()
	<-ended
	w.look(true)
	if err != nil && cmd.Context().Err() == nil {
		return cmp.Or(writable(filepath.Dir(p.log(0))), err) // on a full disk there is no log to read the reason from
	}
	return err
}

// writable finds out whether a folder can take a file of some size.
func writable(dir string) error {
	path := filepath.Join(dir, ".probe")
	defer os.Remove(path)
	return record.WriteAtomic(path, make([]byte, 1<<16))
}

// canKeep finds out, before something is computed for a file, whether it can be written; empty: there is none.
func canKeep(path string) error {
	if path == "" {
		return nil
	}
	if err := writable(filepath.Dir(path)); err != nil {
		return fmt.Errorf("--out %s: %w", path, err)
	}
	return nil
}

func (p *processes) command(self string, worker int, cards []card) *exec.Cmd {
	c := exec.Command(self, p.arguments(worker)...)
	c.Env = append(os.Environ(), p.budget)
	if len(cards) > 0 {
		c.Args = append(c.Args, "--backend", cards[worker].backend)
		if device := cards[worker].device; device != "" {
			c.Env = append(c.Env, "CUDA_VISIBLE_DEVICES="+device)
		}
	}
	if runtime.GOOS != "linux" { // where a worker sees all cores
		c.Env = append(c.Env, fmt.Sprintf("GOMAXPROCS=%d", max(1, runtime.NumCPU()/p.count)))
	}
	if file, err := os.OpenFile(p.log(worker), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644); err == nil {
		c.Stdout, c.Stderr = file, file // a file, not a pipe: the worker must outlive its parent until it has saved
	}
	return c
}

// lastWords is the last line of a worker's log.
func (p *processes) lastWords(worker int) string {
	content, err := os.ReadFile(p.log(worker))
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	if last := string(lines[len(lines)-1]); err == nil && last != "" {
		return strings.TrimPrefix(last, "tightrope: ")
	}
	return "it failed without a message"
}
