//go:build cgo

#include <stdint.h>
#include <sys/mman.h>

#include "allocator.h"

enum { huge_page = 2 << 20 };

// Where the kernel gives no huge pages nothing changes.
void xlamemory_ask_for_huge_pages(void *block, size_t size) {
#ifdef MADV_HUGEPAGE
	uintptr_t from = ((uintptr_t)block + huge_page - 1) / huge_page * huge_page;
	uintptr_t to = ((uintptr_t)block + size) / huge_page * huge_page;
	if (from < to) madvise((void *)from, to - from, MADV_HUGEPAGE);
#endif
}
