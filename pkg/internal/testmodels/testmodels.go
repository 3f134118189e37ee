// Package testmodels gives tests the published networks and the images that their published errors are counted on.
package testmodels

import (
	"errors"
	"testing"

	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/testdata/models"
)

// Network reads a published network, e.g. "lpd_mlp_b_0.1" (pkg/verify/testdata/models).
func Network(t testing.TB, name string) *net.Network {
	t.Helper()
	content, err := models.Files.ReadFile(name + ".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Decode(name, content, model.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := net.FromModel(m)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// MNIST reads the test images. It skips the test, loudly, where they were not fetched.
func MNIST(t testing.TB) *data.Set {
	t.Helper()
	s, err := data.Load("mnist", data.Options{})
	if errors.Is(err, data.ErrMissing) {
		t.Skipf("*** SKIPPED, published results are NOT checked: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s.Test
}
