package train

import (
	"strings"
	"testing"

	"tightrope/pkg/net"
)

// TestCheckMemory checks that a step that cannot fit is refused with the batch that does, and that this batch is accepted.
func TestCheckMemory(t *testing.T) {
	n, err := net.Named("xlarge", []int{1, 28, 28}, 10)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Method: CROWNIBP, Batch: 256}
	if err := c.CheckMemory(n, 24<<30); err != nil {
		t.Errorf("CROWN-IBP of xlarge in 24 GiB: %v", err)
	}
	err = c.CheckMemory(n, 4<<30)
	if err == nil || !strings.Contains(err.Error(), "batches of at most") {
		t.Fatalf("in 4 GiB: %v", err)
	}
	for c.Batch > 1 && c.CheckMemory(n, 4<<30) != nil {
		c.Batch /= 2
	}
	if c.Batch < 16 {
		t.Errorf("only %d samples fit", c.Batch)
	}
	exact := Config{Batch: 8}
	if err := exact.CheckMemory(n, 4<<30); err == nil || !strings.Contains(err.Error(), "random projections") {
		t.Errorf("exact Fast-Lin training of xlarge in 4 GiB: %v", err)
	}
	exact.Projections = 50
	if err := exact.CheckMemory(n, 8<<30); err != nil {
		t.Errorf("with projections: %v", err)
	}
}
