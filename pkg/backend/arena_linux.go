//go:build cgo

package backend

// One arena for all threads, set before any thread asks for memory, after which it cannot be set any more: blocks above 64 MiB of the
// arenas that glibc gives to threads are mapped and unmapped at every use, whatever keepMemory says, so that the kernel clears their
// pages at every step. XLA's threads allocate few and large blocks, which one arena serves as fast.

/*
#include <malloc.h>
#ifdef __GLIBC__
__attribute__((constructor)) static void oneArena(void) { mallopt(M_ARENA_MAX, 1); }
#endif
*/
import "C"
