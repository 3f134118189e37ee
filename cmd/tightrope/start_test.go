package main

import (
	"testing"
	"time"
)

// TestStart: a tiny property costs less than 0.3 s of processor time from the start of the process, its proof and the
// proof's check included. The least of three runs counts: a busy machine only adds to it.
func TestStart(t *testing.T) {
	network, met, unmet := propertyFiles(t)
	for _, path := range []string{met, unmet} {
		least := time.Hour
		for range 3 {
			cmd := tightrope(t, "prove", network, path)
			must(t, cmd)
			least = min(least, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		}
		if least > 300*time.Millisecond {
			t.Errorf("%s takes %v of processor time", path, least)
		}
	}
}
