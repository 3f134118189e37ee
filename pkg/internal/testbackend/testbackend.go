// Package testbackend opens the backend that tests run on.
package testbackend

import (
	"os"
	"testing"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
	_ "tightrope/pkg/xlamemory" // tests and benchmarks measure what programs do
)

// Open gives the backend named by GOMLX_BACKEND, pure Go where it is unset.
func Open(t testing.TB) compute.Backend {
	t.Helper()
	name := os.Getenv(compute.ConfigEnvVar)
	if name == "" {
		name = backend.Go // a plain `go test` compiles nothing on XLA, which takes minutes; make test runs both
	}
	b, _, err := backend.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
