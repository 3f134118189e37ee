package backend

import (
	"errors"
	"testing"
)

// TestKinds checks what the backends that this machine can open are told apart by.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		name     string
		xla, gpu bool
	}{{Go, false, false}, {CPU, true, false}, {CUDA, true, true}} {
		b, _, err := Open(c.name)
		if missing := (*Unavailable)(nil); errors.As(err, &missing) {
			t.Logf("%s is not here: %v", c.name, err)
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		if IsXLA(b) != c.xla || IsGPU(b) != c.gpu {
			t.Errorf("%s: XLA %v, GPU %v; want %v, %v", c.name, IsXLA(b), IsGPU(b), c.xla, c.gpu)
		}
	}
}
