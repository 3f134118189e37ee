//go:build cgo

package backend

// XLA allocates the memory of all intermediate values of a call as a few blocks of hundreds of megabytes and frees them after it. glibc
// maps and unmaps such blocks at every call, and the kernel clears and maps them in pages of 4 KiB as they are touched: a quarter of the
// time of a training step. posix_memalign below is glibc's, but asks for huge pages (2 MiB) where a block is large, which
// makes that five times cheaper and the block's use faster too. A program's own definition takes the place of the C library's also
// for the plugin, which is loaded later. Where the kernel gives no huge pages nothing changes.

/*
#cgo LDFLAGS: -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

enum { huge = 2 << 20 };

static int (*next)(void **, size_t, size_t);

__attribute__((constructor)) static void findNext(void) {
	next = (int (*)(void **, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
}

int posix_memalign(void **block, size_t alignment, size_t size) {
	if (next == NULL) findNext();
	if (next == NULL) return ENOMEM;
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
