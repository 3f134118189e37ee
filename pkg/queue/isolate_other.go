//go:build !unix

package queue

import "os/exec"

// isolate does nothing: process groups are a matter of Unix.
func isolate(*exec.Cmd) {}
