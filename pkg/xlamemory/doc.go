// Package xlamemory makes the C library's memory fast for XLA on a CPU. A program opts in by importing it:
//
//	import _ "tightrope/pkg/xlamemory"
//
// The import changes the whole program, which is why no other package of this library does it: posix_memalign, by
// which XLA gets its memory, becomes this package's (for large blocks; small ones stay the C library's), and malloc's
// settings change. Nothing else allocates otherwise: not Go, whose memory is its own.
//
// XLA allocates the intermediate values of a call as a few blocks of hundreds of megabytes and frees them after it. By
// default glibc maps and unmaps such blocks at every call, and the kernel clears and maps them in pages of 4 KiB as
// they are touched: a quarter of the time of a training step. Each remedy has a file of its own:
//
//   - hugepages_linux.c asks the kernel for pages of 2 MiB, which are mapped five times cheaper and faster to use.
//   - settings_linux.c keeps what XLA frees for the next call, and has all threads share one arena.
//   - trim_linux.c gives back what a compilation left, before the first call of the graph.
//   - reuse_linux.c has a block return to the place of the one before, for which it waits up to 1 ms.
//
// It takes effect on Linux, in programs built with cgo; settings and trimming need glibc. Elsewhere the import does
// nothing. The environment variable TIGHTROPE_XLA_MEMORY=off, set before the program starts, leaves all as it was.
package xlamemory

// Switch names the environment variable that, set to "off" before the program starts, leaves the C library alone.
const Switch = "TIGHTROPE_XLA_MEMORY"
