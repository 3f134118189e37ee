package memory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// printFree makes the test binary print what it finds free, instead of testing.
const printFree = "TIGHTROPE_TEST_PRINT_FREE"

// TestMain lets the test binary be the process that a cgroup limits.
func TestMain(m *testing.M) {
	if os.Getenv(printFree) != "" {
		free, err := Free(Options{})
		fmt.Println(free, err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// ownCgroup makes a cgroup below this process's own. It skips the test where a process may not do that, and where its
// cgroup limits no memory.
func ownCgroup(t *testing.T) (dir string, m mount) {
	t.Helper()
	groups := groupsIn("/")
	for _, m := range mountsIn("/") {
		group, ok := groups[m.controller]
		if !ok {
			continue
		}
		dir := filepath.Join(m.folderOf("/", group), fmt.Sprintf("tightrope-test-%d", os.Getpid()))
		err := os.Mkdir(dir, 0o755)
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove(dir) })
		if _, err := os.Stat(filepath.Join(dir, m.limits[0])); err == nil {
			return dir, m
		}
	}
	t.Skip("no cgroup can be made here: a real limit was NOT tested. Remedy: run the tests as root on Linux")
	return "", mount{}
}

// TestRealLimit sets a limit of the kernel's, and asks a process under it what is free: no more than the limit, and, as
// the process itself is small, no less than half of it.
func TestRealLimit(t *testing.T) {
	const limit = 256 * mib
	if here, err := Free(Options{}); err != nil || here < 2*limit {
		t.Skipf("%d bytes free here, %v: too few for a limit below them", here, err)
	}
	dir, m := ownCgroup(t)
	if err := os.WriteFile(filepath.Join(dir, m.limits[0]), []byte(strconv.Itoa(limit)), 0o644); err != nil {
		t.Fatal(err)
	}
	enter := fmt.Sprintf("echo $$ > '%s/cgroup.procs' && exec '%s'", dir, os.Args[0])
	cmd := exec.Command("sh", "-c", enter)
	cmd.Env = append(os.Environ(), printFree+"=1", BudgetEnv+"=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	number, failure, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	free, err := strconv.ParseInt(number, 10, 64)
	if err != nil || failure != "<nil>" || free > limit || free < limit/2 {
		t.Errorf("a process under a limit of %d bytes finds free: %s", limit, out)
	}
}
