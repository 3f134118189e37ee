package queue

import (
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// startOn starts a command on its share of the cores that this process may use; shares 0: on all of them. The child
// inherits the affinity of the thread that starts it, and with it Go and XLA choose their number of threads.
func startOn(cmd *exec.Cmd, slot, shares int) error {
	if shares <= 1 {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return cmd.Start() // not allowed here: all workers use all cores
	}
	mine := share(all, slot, shares)
	if err := unix.SchedSetaffinity(0, &mine); err != nil {
		return cmd.Start()
	}
	defer unix.SchedSetaffinity(0, &all)
	return cmd.Start()
}

// share is one of equal parts of a set of cores; where there are fewer cores than parts, some share one.
func share(all unix.CPUSet, slot, shares int) unix.CPUSet {
	var cores []int
	for c := 0; len(cores) < all.Count(); c++ {
		if all.IsSet(c) {
			cores = append(cores, c)
		}
	}
	from, to := slot*len(cores)/shares, (slot+1)*len(cores)/shares
	if to == from {
		to++
	}
	var part unix.CPUSet
	for _, c := range cores[from:to] {
		part.Set(c)
	}
	return part
}
