// Package slurm submits the tasks of a sweep or a verification as a Slurm job array, one array task for each, and asks
// Slurm which are left.
package slurm
