package memory

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const mib = 1 << 20

// machine writes files of proc and sys to a folder: the machine has 8 GiB available.
func machine(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB")
	for name, text := range files {
		write(name, text)
	}
	return root
}

// Lines of mountinfo.
const (
	mountV1 = "35 31 0:32 %s %s rw,relatime - cgroup cgroup rw,memory"
	mountV2 = "42 31 0:29 %s %s rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"
	noLimit = "9223372036854771712"
	v1      = "sys/fs/cgroup/memory/"
	v2      = "sys/fs/cgroup/"
)

// TestFree checks what is free on machines with and without limits, as bare files show them.
func TestFree(t *testing.T) {
	size := func(n int) string { return fmt.Sprint(n * mib) }
	both := fmt.Sprintf(mountV1+"\n"+mountV2, "/", "/sys/fs/cgroup/memory", "/", "/sys/fs/cgroup/unified")
	cached := "cache 0\ntotal_active_file " + size(100) + "\ntotal_inactive_file " + size(200)
	slurm1 := map[string]string{
		"proc/self/cgroup":                              "5:cpu,cpuacct:/slurm\n4:memory:/slurm/job_7/step_0\n0::/",
		"proc/self/mountinfo":                           both,
		v1 + "slurm/job_7/step_0/memory.limit_in_bytes": noLimit,
		v1 + "slurm/job_7/step_0/memory.usage_in_bytes": size(100),
		v1 + "slurm/job_7/memory.limit_in_bytes":        size(2048),
		v1 + "slurm/job_7/memory.usage_in_bytes":        size(700),
		v1 + "slurm/job_7/memory.stat":                  cached,
		v1 + "memory.limit_in_bytes":                    noLimit,
		v1 + "memory.usage_in_bytes":                    size(9000),
	}
	slurm2 := map[string]string{
		"proc/self/cgroup":            "0::/slurm/job_7/step_0",
		"proc/self/mountinfo":         fmt.Sprintf(mountV2, "/", "/sys/fs/cgroup"),
		v2 + "slurm/memory.max":       "max",
		v2 + "slurm/memory.current":   size(5000),
		v2 + "slurm/job_7/memory.max": size(3000), v2 + "slurm/job_7/memory.high": size(2900),
		v2 + "slurm/job_7/memory.current":        size(1000),
		v2 + "slurm/job_7/memory.stat":           "anon 1\nactive_file " + size(50) + "\ninactive_file " + size(50),
		v2 + "slurm/job_7/step_0/memory.max":     size(4000),
		v2 + "slurm/job_7/step_0/memory.high":    "max",
		v2 + "slurm/job_7/step_0/memory.current": size(900),
	}
	for _, c := range []struct {
		what  string
		files map[string]string
		mib   int64
	}{
		{"no cgroups", nil, 8192},
		{"Slurm, version 1: the job's limit, not the step's", slurm1, 2048 - 400},
		{"Slurm, version 2: the job's soft limit", slurm2, 2900 - 900},
		{"a container with its own mount, version 1", map[string]string{
			"proc/self/cgroup":           "4:memory:/docker/abc",
			"proc/self/mountinfo":        fmt.Sprintf(mountV1, "/docker/abc", "/sys/fs/cgroup/memory"),
			v1 + "memory.limit_in_bytes": size(512),
			v1 + "memory.usage_in_bytes": size(12),
		}, 500},
		{"a container in a namespace, version 2", map[string]string{
			"proc/self/cgroup":    "0::/",
			"proc/self/mountinfo": fmt.Sprintf(mountV2, "/", "/sys/fs/cgroup"),
			v2 + "memory.max":     size(1024), v2 + "memory.current": size(24),
		}, 1000},
		{"a mount that does not show the cgroup, at a place with a space", map[string]string{
			"proc/self/cgroup":          "0::/../../other",
			"proc/self/mountinfo":       fmt.Sprintf(mountV2, "/", `/my\040cgroups`),
			"my cgroups/memory.max":     size(300),
			"my cgroups/memory.current": size(100),
		}, 200},
		{"another namespace's mount", map[string]string{
			"proc/self/cgroup":    "0::/",
			"proc/self/mountinfo": fmt.Sprintf(mountV2, "/../..", "/host"),
			"host/memory.max":     size(300), "host/memory.current": size(100),
		}, 8192},
		{"a limit above the mount, version 1", map[string]string{
			"proc/self/cgroup":           "4:memory:/",
			"proc/self/mountinfo":        fmt.Sprintf(mountV1, "/", "/sys/fs/cgroup/memory"),
			v1 + "memory.limit_in_bytes": noLimit,
			v1 + "memory.stat":           "hierarchical_memory_limit " + size(800),
			v1 + "memory.usage_in_bytes": size(100),
		}, 700},
		{"a limit above what the machine has", map[string]string{
			"proc/self/cgroup":    "0::/",
			"proc/self/mountinfo": fmt.Sprintf(mountV2, "/", "/sys/fs/cgroup"),
			v2 + "memory.max":     size(64000), v2 + "memory.current": size(1),
		}, 8192},
		{"a limit that is used up", map[string]string{
			"proc/self/cgroup":    "0::/",
			"proc/self/mountinfo": fmt.Sprintf(mountV2, "/", "/sys/fs/cgroup"),
			v2 + "memory.max":     size(100), v2 + "memory.current": size(100),
		}, 1},
		{"not a limit: files without numbers", map[string]string{
			"proc/self/cgroup":    "nonsense\n0::/",
			"proc/self/mountinfo": "nonsense\n" + fmt.Sprintf(mountV2, "/", "/sys/fs/cgroup"),
			v2 + "memory.max":     "many", v2 + "memory.current": "some",
		}, 8192},
	} {
		if got, err := Free(Options{Root: machine(t, c.files)}); err != nil || got != c.mib*mib {
			t.Errorf("%s: %d MiB free, %v, want %d", c.what, got/mib, err, c.mib)
		}
	}
}

// TestFreeHere checks that this machine has something free, and no more than the kernel says is available or a limit of
// this process's own cgroup allows.
func TestFreeHere(t *testing.T) {
	free, err := Free(Options{})
	if err != nil || free < least {
		t.Fatalf("%d bytes free here, %v", free, err)
	}
	for _, line := range linesOf("/proc/meminfo") {
		var kib int64
		if n, _ := fmt.Sscanf(line, "MemTotal: %d kB", &kib); n == 1 && free > kib<<10 {
			t.Errorf("%d bytes free of %d KiB in all", free, kib)
		}
	}
	if room, limited := cgroupRoom("/"); limited && free > room+room/4 { // others of the cgroup come and go
		t.Errorf("%d bytes free where the cgroups leave %d", free, room)
	}
}

// TestBudget checks that a process keeps to its share, and that workers have equal ones, which their workers divide.
func TestBudget(t *testing.T) {
	o := Options{Root: machine(t, nil)}
	for workers, want := range map[int]int64{1: 8192, 3: 8192 * mib / 3, 4: 2048, 0: 8192} {
		if want < mib {
			want *= mib
		}
		setting, err := Budgets(workers, o)
		if err != nil || setting != fmt.Sprintf("%s=%d", BudgetEnv, want) {
			t.Errorf("%d workers: %s, %v, want %d bytes each", workers, setting, err, want)
		}
		t.Setenv(BudgetEnv, strings.TrimPrefix(setting, BudgetEnv+"="))
		if free, err := Free(o); err != nil || free != want {
			t.Errorf("one of %d workers has %d bytes free, %v, want %d", workers, free, err, want)
		}
		t.Setenv(BudgetEnv, "")
	}
	t.Setenv(BudgetEnv, "1GiB")
	if setting, err := Budgets(4, o); err != nil || setting != fmt.Sprintf("%s=%d", BudgetEnv, 256*mib) {
		t.Errorf("4 workers of a process with 1 GiB: %s, %v", setting, err)
	}
	t.Setenv(BudgetEnv, "much")
	if _, err := Free(o); err == nil || !strings.Contains(err.Error(), "$TIGHTROPE_MEMORY") {
		t.Errorf("a budget that is no size: error %v", err)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "8GiB": 8 << 30, "1.5G": 3 << 29, "500MB": 500e6, "64KiB": 64 << 10,
		"123": 123, " 2 GiB": 2 << 30, "4096M": 4 << 30} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "-1GiB", "8 apples", "GiB", "1e99GiB", "99999999TiB", " "} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

func TestFormat(t *testing.T) {
	for n, want := range map[int64]string{-1: "0 B", 512: "512 B", 2 << 30: "2 GiB", 3 << 29: "1.5 GiB",
		282 << 20: "282 MiB", 100 << 20: "100 MiB", 1023 << 20: "1023 MiB"} {
		if got := Format(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
