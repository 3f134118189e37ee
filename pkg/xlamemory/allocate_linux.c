//go:build cgo

// posix_memalign of the whole program: a program's own definition takes the place of the C library's also for XLA's
// plugin, which is loaded later.

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "allocator.h"

enum { large_block = 4 << 20 };

int xlamemory_is_off(void) {
	static int state; // 0: not asked yet, 1: on, 2: off
	if (state == 0) {
		const char *text = getenv("TIGHTROPE_XLA_MEMORY");
		state = text != NULL && strcmp(text, "off") == 0 ? 2 : 1;
	}
	return state == 2;
}

static int (*libc_memalign)(void **, size_t, size_t);

static void find_libc_memalign(void) {
	libc_memalign = (int (*)(void **, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
}

int xlamemory_libc_memalign(void **block, size_t alignment, size_t size) {
	if (libc_memalign == NULL) find_libc_memalign();
	return libc_memalign == NULL ? ENOMEM : libc_memalign(block, alignment, size);
}

// Runs when the program is loaded, before there is another thread.
__attribute__((constructor)) static void start(void) {
	find_libc_memalign();
	if (!xlamemory_is_off()) xlamemory_share_one_arena();
}

int posix_memalign(void **block, size_t alignment, size_t size) {
	int valid = alignment >= sizeof(void *) && (alignment & (alignment - 1)) == 0;
	if (size < large_block || !valid || xlamemory_is_off()) return xlamemory_libc_memalign(block, alignment, size);
	int kept = errno; // posix_memalign leaves it alone
	void *place = xlamemory_allocate_again(alignment, size);
	if (place != NULL) {
		xlamemory_ask_for_huge_pages(place, size);
		*block = place;
	}
	errno = kept;
	return place == NULL ? ENOMEM : 0;
}
