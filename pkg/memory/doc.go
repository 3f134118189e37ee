// Package memory says how much memory a process may still take: what the machine has left, what the limits of its
// cgroups leave (containers, Slurm), and what a parent gives each of its workers.
package memory
