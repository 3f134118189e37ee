package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asProgram makes the test binary act as the program itself, so that it can be started, and can start itself, as users
// do.
const asProgram = "TIGHTROPE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// tightrope is the program with arguments, on the pure-Go backend.
func tightrope(t testing.TB, arguments ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, arguments...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "GOMLX_BACKEND=go")
	return cmd
}

// output runs the program and returns what it printed, with its exit code.
func output(t testing.TB, cmd *exec.Cmd) (string, int) {
	t.Helper()
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return b.String(), cmd.ProcessState.ExitCode()
}

// must runs the program, which has to succeed.
func must(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	text, code := output(t, cmd)
	if code != 0 {
		t.Fatalf("%s: exit code %d\n%s", strings.Join(cmd.Args[1:], " "), code, text)
	}
	return text
}

func read(t testing.TB, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
