//go:build cgo

// XLA tells that a call is done before it frees the call's block. A block at a new place therefore means that the next
// call was faster than the freeing: the new place is given back for the old one, as long as that may still be coming.

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "allocator.h"

enum { histories = 1024, remembered = 16, most_tries = 10, pause_microseconds = 100 };

// Where the last blocks of a size were. Sizes that share a history only find more places than their own.
typedef struct {
	atomic_flag used;
	atomic_size_t next;
	atomic_uintptr_t places[remembered];
} history;

static history *history_of(size_t size) {
	static history all[histories];
	return &all[size / 64 * 2654435761u / 4096 % histories];
}

static int is_remembered(history *h, void *block) {
	for (int i = 0; i < remembered; i++)
		if (atomic_load(&h->places[i]) == (uintptr_t)block) return 1;
	return 0;
}

static void remember(history *h, void *block) {
	if (block != NULL && !is_remembered(h, block))
		atomic_store(&h->places[atomic_fetch_add(&h->next, 1) % remembered], (uintptr_t)block);
}

// The C library's own function takes more than the block and gives the rest back, where smaller blocks then settle: the
// place is too small the next time. malloc, which fits exactly, is tried first.
static void *allocate(size_t alignment, size_t size) {
	void *block = malloc(size);
	if (block == NULL || (uintptr_t)block % alignment == 0) return block;
	free(block);
	return xlamemory_libc_memalign(&block, alignment, size) ? NULL : block;
}

// A size not seen before is the first call of a graph that was just compiled.
static void *allocate_first(size_t alignment, size_t size) {
	xlamemory_return_freed();
	return allocate(alignment, size + size / 16); // room for what settles before it the next time
}

void *xlamemory_allocate_again(size_t alignment, size_t size) {
	history *h = history_of(size);
	void *block;
	if (!atomic_flag_test_and_set(&h->used)) {
		block = allocate_first(alignment, size);
	} else {
		block = allocate(alignment, size);
		for (int i = 0; i < most_tries && block != NULL && !is_remembered(h, block); i++) {
			free(block);
			usleep(pause_microseconds);
			block = allocate(alignment, size);
		}
	}
	remember(h, block);
	return block;
}
