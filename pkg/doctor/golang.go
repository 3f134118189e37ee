package doctor

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// goChecks looks for the go command and a C compiler, which notebooks need to build cells.
func goChecks() []Check {
	return []Check{goCheck(), compilerCheck()}
}

func goCheck() Check {
	detail := fmt.Sprintf("this program: %s, %s/%s, %d threads", runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.GOMAXPROCS(0))
	command := exec.Command("go", "env", "GOVERSION")
	// The command's own version: asking must not fetch a toolchain.
	command.Env = append(os.Environ(), "GOTOOLCHAIN=local")
	version, err := command.Output()
	if err != nil {
		return Check{Name: "go", Detail: "no go command; " + detail,
			Remedy: "install Go 1.21 or newer and put it on the PATH: notebook cells are built with it"}
	}
	return Check{Name: "go", OK: true, Detail: fmt.Sprintf("go command: %s; %s", strings.TrimSpace(string(version)),
		detail)}
}

func compilerCheck() Check {
	for _, name := range []string{os.Getenv("CC"), "cc", "gcc", "clang"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return Check{Name: "C compiler", OK: true, Detail: path}
		}
	}
	return Check{Name: "C compiler", Optional: true, Detail: "none: programs can be built with pure Go only, without " +
		"XLA",
		Remedy: "install gcc or clang (Debian, Ubuntu: apt install gcc; macOS: xcode-select --install)"}
}
