//go:build cgo

package backend

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ebitengine/purego"
)

// TestHugePages checks that large blocks of posix_memalign, as any library of the process gets them, are marked for huge pages, and
// that small ones are not.
func TestHugePages(t *testing.T) {
	address, err := purego.Dlsym(purego.RTLD_DEFAULT, "posix_memalign")
	if err != nil {
		t.Skip("no posix_memalign here")
	}
	var allocate func(block *uintptr, alignment, size uintptr) int32
	purego.RegisterFunc(&allocate, address)
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
	}
}

// huge tells whether the memory at an address is marked for huge pages; not ok: unknown.
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
