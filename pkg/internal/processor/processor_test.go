package processor

import (
	"runtime"
	"testing"
	"time"
)

// TestSeconds: work is counted, and waiting is not; where nothing is known, 0 is.
func TestSeconds(t *testing.T) {
	start := Seconds()
	if runtime.GOOS == "windows" {
		if start != 0 {
			t.Errorf("%g seconds", start)
		}
		return
	}
	time.Sleep(300 * time.Millisecond)
	if waited := Seconds() - start; waited < 0 || waited > 0.25 {
		t.Errorf("waiting took %g seconds of a processor", waited)
	}
	start, x := Seconds(), 1.0
	for begin := time.Now(); Seconds()-start < 0.05; {
		if x += 1 / x; time.Since(begin) > time.Minute {
			t.Fatalf("a minute of work took %g seconds of a processor", Seconds()-start)
		}
	}
	if load := Load(); runtime.GOOS == "linux" && !(load >= 0) {
		t.Errorf("load %g", load)
	}
}
