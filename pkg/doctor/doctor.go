// Package doctor examines a machine and reports which parts of Tightrope work there: Go, the backends, the notebook
// kernel, the data sets and the solver, with a remedy for each part that does not.
package doctor

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"tightrope/pkg/backend"
)

// Check is one thing that was looked at.
type Check struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Optional bool   `json:"optional,omitempty"` // whether all but some special use works without it
	Detail   string `json:"detail"`             // what was found: a version, a place, or why not
	Remedy   string `json:"remedy,omitempty"`   // what to do; empty if OK
}

// Examine runs all checks for the checkout that the working folder or, failing that, the
// program lies in. It changes and downloads nothing.
func Examine() []Check {
	root := checkout()
	checks := goChecks()
	checks = append(checks, backendChecks()...)
	checks = append(checks, notebookChecks(root)...)
	checks = append(checks, dataChecks()...)
	return append(checks, solverCheck(), npmCheck())
}

// Healthy reports whether everything is there that is not optional.
func Healthy(checks []Check) bool {
	for _, check := range checks {
		if !check.OK && !check.Optional {
			return false
		}
	}
	return true
}

// Print writes one line for each check and one for each remedy. It returns the writer's error.
func Print(w io.Writer, checks []Check) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, check := range checks {
		fmt.Fprintf(table, "%s\t%s\t%s\n", mark(check), check.Name, check.Detail)
		if !check.OK {
			fmt.Fprintf(table, "\t\t-> %s\n", check.Remedy)
		}
	}
	return table.Flush()
}

// Run examines the machine and prints what it found; it returns an error if something
// is missing that is not optional, or w cannot be written.
func Run(w io.Writer) error {
	checks := Examine()
	if err := Print(w, checks); err != nil {
		return err
	}
	if !Healthy(checks) {
		return fmt.Errorf("doctor: something is missing: follow the remedies above (most often `make setup`)")
	}
	return nil
}

func mark(check Check) string {
	switch {
	case check.OK:
		return "ok"
	case check.Optional:
		return "--"
	}
	return "MISSING"
}

// checkout finds the repository, or "".
func checkout() string {
	if here, err := os.Getwd(); err == nil {
		if root := backend.RepositoryRoot(here); root != "" {
			return root
		}
	}
	program, err := os.Executable()
	if err != nil {
		return ""
	}
	return backend.RepositoryRoot(program)
}
