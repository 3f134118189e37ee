// Package testbackend opens the backend that tests run on.
package testbackend

import (
	"testing"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
)

// Open gives the backend named by GOMLX_BACKEND, pure Go where it is unset.
func Open(t testing.TB) compute.Backend {
	t.Helper()
	b, _, err := backend.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return b
}
