//go:build cgo

package backend

// XLA allocates the memory of all intermediate values of a call as a few blocks of hundreds of megabytes and frees them after it. glibc
// maps and unmaps such blocks at every call, and the kernel clears and maps them in pages of 4 KiB as they are touched: a quarter of the
// time of a training step. posix_memalign below is glibc's, but asks for huge pages (2 MiB) where a block is large, which
// makes that five times cheaper and the block's use faster too. A program's own definition takes the place of the C library's also
// for the plugin, which is loaded later. Where the kernel gives no huge pages nothing changes.
//
// A large block of a size not seen before is the first call of a graph that was just compiled. LLVM has freed more than a hundred
// megabytes then, in pieces that the block does not fit into: they go back to the kernel first, or they would lie beside the block for ever.

/*
#cgo LDFLAGS: -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

enum { huge = 2 << 20, sizes = 1024 };

static int (*next)(void **, size_t, size_t);

__attribute__((constructor)) static void findNext(void) {
	next = (int (*)(void **, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
}

// isNew tells whether a size is asked for the first time. Sizes that share a place may both be taken for seen, which only keeps memory.
static int isNew(size_t size) {
	static atomic_char seen[sizes];
	return !atomic_exchange(&seen[size / 64 * 2654435761u / 4096 % sizes], 1);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
	if (next == NULL) findNext();
	if (next == NULL) return ENOMEM;
#ifdef __GLIBC__
	if (size >= 2 * huge && isNew(size)) malloc_trim(0);
#endif
	int failed = next(block, alignment, size);
#ifdef MADV_HUGEPAGE
	if (!failed && size >= 2 * huge) {
		int kept = errno;
		uintptr_t from = ((uintptr_t)*block + huge - 1) / huge * huge, to = ((uintptr_t)*block + size) / huge * huge;
		madvise((void *)from, to - from, MADV_HUGEPAGE);
		errno = kept;
	}
#endif
	return failed;
}
*/
import "C"
