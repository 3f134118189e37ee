package data

import (
	"errors"
	"testing"
)

// TestDrawsTest: the test samples depend on the seed exactly where DrawsTest says so.
func TestDrawsTest(t *testing.T) {
	for _, name := range Names() {
		a, err := Load(name, Options{Seed: 1})
		if errors.Is(err, ErrMissing) && name != "digits" {
			continue // fetched sets have an official test set, or reading them fails
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := Load(name, Options{Seed: 2})
		if err != nil {
			t.Fatal(err)
		}
		if differ := a.Test.Hash() != b.Test.Hash(); differ != DrawsTest(name) {
			t.Errorf("%s: test samples of two seeds differ: %v, DrawsTest says %v", name, differ, DrawsTest(name))
		}
	}
	if DrawsTest("nothing") {
		t.Error("an unknown set draws test samples")
	}
}
