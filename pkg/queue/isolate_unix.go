//go:build unix

package queue

import (
	"os/exec"
	"syscall"
)

// isolate keeps a terminal's Ctrl-C from the worker: its parent tells it to stop, once.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
