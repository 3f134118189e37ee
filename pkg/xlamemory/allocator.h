// What the files of this package offer each other.
#include <stddef.h>

// Whether the environment says off.
int xlamemory_is_off(void);

// The C library's own posix_memalign.
int xlamemory_libc_memalign(void **block, size_t alignment, size_t size);

// Has all threads share one arena. It must run before there is another thread: one that has allocated keeps its arena.
void xlamemory_share_one_arena(void);

// Lets the C library keep what is freed.
void xlamemory_keep_freed(void);

// Gives what is free back to the kernel.
void xlamemory_return_freed(void);

// Asks the kernel for huge pages in a block.
void xlamemory_ask_for_huge_pages(void *block, size_t size);

// Allocates a block of a size that is freed and asked for again and again; NULL where there is no memory.
void *xlamemory_allocate_again(size_t alignment, size_t size);
