package memory

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/shirou/gopsutil/v4/common"
	"github.com/shirou/gopsutil/v4/mem"
)

// BudgetEnv names the environment variable with the most memory that a process takes for its share, e.g. 4GiB.
// [Budgets] sets it for workers; a user may set it, too.
const BudgetEnv = "TIGHTROPE_MEMORY"

// assumed is taken where the machine does not say what is free.
const assumed = 4 << 30

// least is what counts as free at least, so that 0 keeps the meaning "not known".
const least = 1 << 20

// Options of [Free]; the zero value asks this machine.
type Options struct {
	Root string // folder with the machine's proc and sys; "": /
}

// Free is how much memory this process may still take, in bytes: what the machine has available, or less where its
// cgroups or $TIGHTROPE_MEMORY leave less. Files that are only cached count as free. Where the machine does not say, it
// has 4 GiB. It returns an error if $TIGHTROPE_MEMORY is not a size.
func Free(o Options) (int64, error) {
	root := o.Root
	if root == "" {
		root = "/"
	}
	free := int64(assumed)
	if machine, err := mem.VirtualMemoryWithContext(procIn(root)); err == nil && machine.Available > 0 {
		free = int64(machine.Available)
	}
	if room, limited := cgroupRoom(root); limited {
		free = min(free, room)
	}
	budget, err := Parse(os.Getenv(BudgetEnv))
	if err != nil {
		return 0, fmt.Errorf("$%s: %w", BudgetEnv, err)
	}
	if budget > 0 {
		free = min(free, budget)
	}
	return max(free, least), nil
}

// procIn has gopsutil read the proc of another root.
func procIn(root string) context.Context {
	places := common.EnvMap{common.HostProcEnvKey: filepath.Join(root, "proc")}
	return context.WithValue(context.Background(), common.EnvKey, places)
}

// Budgets is the environment setting that divides the free memory evenly among a number of workers that start now. It
// returns an error if [Free] does.
func Budgets(workers int, o Options) (string, error) {
	free, err := Free(o)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s=%d", BudgetEnv, max(free/int64(max(workers, 1)), least)), nil
}
