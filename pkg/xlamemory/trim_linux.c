//go:build cgo

#include <malloc.h>

#include "allocator.h"

// LLVM frees more than a hundred megabytes when it has compiled a graph, in pieces that the graph's block does not fit
// into: they would lie beside the block for ever.
void xlamemory_return_freed(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
