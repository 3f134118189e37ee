package queue

import (
	"os"
	"strings"
)

// Host says where a process runs.
type Host struct {
	Name string `json:"name"`
	// id of the running kernel, the same in all of its containers; empty if there is none
	Boot string `json:"boot,omitempty"`
	PID  int    `json:"pid"`
}

// thisHost describes this process.
func thisHost() Host {
	name, err := os.Hostname()
	if err != nil {
		name = "unknown"
	}
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return Host{Name: name, Boot: strings.TrimSpace(string(boot)), PID: os.Getpid()}
}

// sharesLocks reports whether a lock of one host is seen by the other for sure: they run on the same kernel.
func (h Host) sharesLocks(with Host) bool {
	if h.Boot == "" || with.Boot == "" {
		return h.Name == with.Name
	}
	return h.Boot == with.Boot
}
