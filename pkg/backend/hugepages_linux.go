//go:build cgo

package backend

// XLA allocates the memory of all intermediate values of a call as a few blocks of hundreds of megabytes and frees them after it. By itself
// glibc maps and unmaps such blocks at every call, and the kernel clears and maps them in pages of 4 KiB as they are touched: a quarter of
// the time of a training step. posix_memalign below is glibc's, but asks for huge pages (2 MiB) where a block is large, which
// makes that five times cheaper and the block's use faster too. A program's own definition takes the place of the C library's also
// for the plugin, which is loaded later. Where the kernel gives no huge pages nothing changes.
//
// All threads share one arena. glibc maps a large block of any other arena anew at every call, whatever mallopt says, and small blocks come
// from a cache of each thread.
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
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { huge = 2 << 20, sizes = 1024, remembered = 16, patience = 10 };

static int (*next)(void **, size_t, size_t);

static void findNext(void) {
	next = (int (*)(void **, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
}

// start runs before there is another thread: one that has allocated keeps its arena.
__attribute__((constructor)) static void start(void) {
	findNext();
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, 1);
#endif
}

// places are the last blocks of a size. Sizes that share a slot only find more places than their own.
typedef struct { atomic_flag used; atomic_size_t next; atomic_uintptr_t blocks[remembered]; } places;

static places *placesOf(size_t size) {
	static places all[sizes];
	return &all[size / 64 * 2654435761u / 4096 % sizes];
}

static int known(places *p, void *block) {
	for (int i = 0; i < remembered; i++)
		if (atomic_load(&p->blocks[i]) == (uintptr_t)block) return 1;
	return 0;
}

// take is an aligned block. glibc's own function takes more than the block and gives the rest back, where smaller blocks then settle: the
// place is too small the next time. malloc, which fits exactly, is tried first.
static void *take(size_t alignment, size_t size) {
	void *block = malloc(size);
	if (block == NULL || (uintptr_t)block % alignment == 0) return block;
	free(block);
	return next(&block, alignment, size) ? NULL : block;
}

// large is a block that is freed and asked for again and again. XLA tells that a call is done before it frees the call's block: a new place
// means that the next call was faster, and is given back for the old one as long as that may still be coming.
static void *large(size_t alignment, size_t size) {
	places *p = placesOf(size);
	int new = !atomic_flag_test_and_set(&p->used);
	if (new) {
#ifdef __GLIBC__
		malloc_trim(0);
#endif
		size += size / 16; // room for what settles before it the next time
	}
	void *block = take(alignment, size);
	for (int i = 0; i < patience && !new && block != NULL && !known(p, block); i++) {
		free(block);
		usleep(100);
		block = take(alignment, size);
	}
	if (block != NULL && !known(p, block))
		atomic_store(&p->blocks[atomic_fetch_add(&p->next, 1) % remembered], (uintptr_t)block);
	return block;
}

int posix_memalign(void **block, size_t alignment, size_t size) {
	if (next == NULL) findNext();
	if (next == NULL) return ENOMEM;
	int valid = alignment >= sizeof(void *) && (alignment & (alignment - 1)) == 0;
	if (size < 2 * huge || !valid) return next(block, alignment, size);
	int kept = errno;
	void *place = large(alignment, size);
	if (place != NULL) {
		*block = place;
#ifdef MADV_HUGEPAGE
		uintptr_t from = ((uintptr_t)place + huge - 1) / huge * huge, to = ((uintptr_t)place + size) / huge * huge;
		madvise((void *)from, to - from, MADV_HUGEPAGE);
#endif
	}
	errno = kept;
	return place == NULL ? ENOMEM : 0;
}
*/
import "C"
