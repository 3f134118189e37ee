//go:build cgo

#include <malloc.h>

#include "allocator.h"

// glibc maps a large block of any arena but the main one anew at every call, whatever mallopt says. Small blocks come
// from a cache of each thread, so that one arena is not a bottleneck.
void xlamemory_share_one_arena(void) {
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, 1);
#endif
}

// A training step allocates and frees the same hundreds of megabytes. By default glibc gives each large block back to
// the kernel, which clears every page again on its first use: a third of a step of mlp-2x100. The process keeps its
// peak memory, but for what compilations leave behind.
void xlamemory_keep_freed(void) {
#ifdef __GLIBC__
	if (xlamemory_is_off()) return;
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, -1); // never
	mallopt(M_TOP_PAD, 64 << 20);
#endif
}
