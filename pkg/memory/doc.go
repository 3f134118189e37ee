// Package memory reports how much memory a process may still use: the memory available on the machine, within the
// limits of its cgroups (containers, Slurm) and of what its parent assigns to each worker.
package memory
