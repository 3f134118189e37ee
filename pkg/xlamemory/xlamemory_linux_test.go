//go:build cgo

package xlamemory

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ebitengine/purego"
)

// TestHugePages checks that large blocks of posix_memalign, as any library of the process gets them, are marked for
// huge pages, and that small ones are not.
func TestHugePages(t *testing.T) {
	allocate, free := allocator(t)
	for size, want := range map[uintptr]bool{200 << 20: true, 64 << 10: false} {
		var block uintptr
		if code := allocate(&block, 64, size); code != 0 || block%64 != 0 {
			t.Fatalf("posix_memalign gives %d and %x", code, block)
		}
		if got, ok := huge(t, block+size/2); !ok {
			t.Skip("the kernel does not tell the flags of memory")
		} else if got != want {
			t.Errorf("%d bytes: huge pages %v, want %v", size, got, want)
		}
		free(block)
	}
}

// TestSwitch checks, in a process of its own that is told so, that off leaves large blocks to the C library.
func TestSwitch(t *testing.T) {
	if os.Getenv(Switch) != "off" {
		c := exec.Command(os.Args[0], "-test.run=^TestSwitch$", "-test.v")
		c.Env = append(os.Environ(), Switch+"=off")
		if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS: TestSwitch") {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	allocate, free := allocator(t)
	keepFreed()
	var block uintptr
	if code := allocate(&block, 64, 200<<20); code != 0 || block%64 != 0 {
		t.Fatalf("posix_memalign gives %d and %x", code, block)
	}
	defer free(block)
	if marked, ok := huge(t, block+100<<20); ok && marked {
		t.Error("a large block is marked for huge pages all the same")
	}
}

// allocator is the process's posix_memalign and free.
func allocator(t *testing.T) (allocate func(block *uintptr, alignment, size uintptr) int32, free func(uintptr)) {
	t.Helper()
	for name, f := range map[string]any{"posix_memalign": &allocate, "free": &free} {
		address, err := purego.Dlsym(purego.RTLD_DEFAULT, name)
		if err != nil {
			t.Skipf("no %s here", name)
		}
		purego.RegisterFunc(f, address)
	}
	return allocate, free
}

// TestBlockReturns checks that a large block that is freed and asked for again, with small blocks that stay allocated
// between, is found at the same few places, that blocks in use at once do not overlap, and that both hold for an
// alignment above malloc's own.
func TestBlockReturns(t *testing.T) {
	allocate, free := allocator(t)
	keepFreed() // as XLA is opened
	const size, calls = 100<<20 + 1984, 50
	places := map[uintptr]int{}
	var small []uintptr
	take := func(alignment, size uintptr) (block uintptr) {
		if code := allocate(&block, alignment, size); code != 0 || block%alignment != 0 {
			t.Fatalf("posix_memalign of %d bytes gives %d and %x", size, code, block)
		}
		return block
	}
	for range calls {
		block := take(64, size)
		places[block]++
		small = append(small, take(64, 8<<10))
		free(block)
		small = append(small, take(64, 12<<10))
	}
	if len(places) > 3 {
		t.Errorf("%d calls had their block at %d places", calls, len(places))
	}
	a, b := take(4096, size), take(4096, size)
	if a < b+size && b < a+size {
		t.Errorf("blocks of %d bytes at %x and %x overlap", size, a, b)
	}
	for _, block := range append(small, a, b) {
		free(block)
	}
}

// TestBlockWaits checks that a block asked for a little before the one of the call before is freed gets its place all
// the same: a few times of 30, for a busy machine may free too late or too early, in one of 20 processes, without the
// places of other tests.
func TestBlockWaits(t *testing.T) {
	const child, processes, tries, enough = "TIGHTROPE_TEST_BLOCK_WAITS", 20, 30, 3
	allocate, free := allocator(t)
	if os.Getenv(child) == "" {
		for range processes {
			c := exec.Command(os.Args[0], "-test.run=^TestBlockWaits$")
			c.Env = append(os.Environ(), child+"=1")
			if c.Run() == nil {
				return
			}
		}
		t.Fatalf("none of %d processes found its blocks at the places of those before", processes)
	}
	keepFreed()
	returned := 0
	for try := range uintptr(tries) {
		size := (120+16*try)<<20 + 4032 // too large for the places that earlier tries left
		old, block, early := overlapping(allocate, free, size)
		defer free(block) // not yet, or the places of two tries would become one
		if block == old && early {
			returned++
		}
	}
	if returned < enough {
		t.Errorf("%d of %d blocks got the place of the one before", returned, tries)
	}
}

// overlapping asks for a block while another of its size lives for 400 microseconds more; early reports whether it did
// at the asking.
func overlapping(allocate func(*uintptr, uintptr, uintptr) int32, free func(uintptr), size uintptr) (old, block uintptr,
	early bool) {
	allocate(&old, 64, size)
	var late atomic.Bool
	started, freed := make(chan struct{}), make(chan struct{})
	go func() {
		close(started)
		for begin := time.Now(); time.Since(begin) < 400*time.Microsecond; { // a sleep may be far longer
		}
		late.Store(true)
		free(old)
		close(freed)
	}()
	<-started
	early = !late.Load()
	allocate(&block, 64, size)
	<-freed
	return old, block, early
}

// huge reports whether the memory at an address is marked for huge pages; not ok: unknown.
func huge(t *testing.T, address uintptr) (marked, ok bool) {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return false, false
	}
	defer f.Close()
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var from, to uintptr
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &from, &to); n == 2 {
			inside = from <= address && address < to
		} else if inside && strings.HasPrefix(lines.Text(), "VmFlags:") {
			return strings.Contains(lines.Text()+" ", " hg "), true
		}
	}
	return false, false
}
