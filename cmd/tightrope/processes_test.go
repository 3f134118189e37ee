package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"tightrope/pkg/memory"
)

// TestWorkersShareMemory starts workers that plan a bound: each has its part of the memory that is free for all.
func TestWorkersShareMemory(t *testing.T) {
	t.Setenv(asProgram, "1")
	t.Setenv(memory.BudgetEnv, "96MiB")
	dir := t.TempDir()
	p := &processes{
		count:     3,
		arguments: func(int) []string { return []string{"net", "show", "mlp-2x100", "--plan"} },
		log:       func(worker int) string { return filepath.Join(dir, fmt.Sprint(worker)) },
	}
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	if err := p.run(cmd, nil); err != nil {
		t.Fatal(err)
	}
	for worker := range p.count {
		text, err := os.ReadFile(p.log(worker))
		if err != nil || !strings.Contains(string(text), "of 16 MiB allowed") { // half of a third
			t.Errorf("worker %d does not plan within half of 32 MiB, %v:\n%s", worker, err, text)
		}
	}
}
