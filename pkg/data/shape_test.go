package data

import (
	"slices"
	"testing"
)

func TestShape(t *testing.T) {
	set, err := Load("digits", Options{})
	if err != nil {
		t.Fatal(err)
	}
	shape, classes, err := Shape("digits")
	if err != nil || !slices.Equal(shape, set.Test.Shape) || classes != set.Test.Classes {
		t.Errorf("%v, %d classes, %v; the set has %v, %d", shape, classes, err, set.Test.Shape, set.Test.Classes)
	}
	if _, _, err := Shape("nothing"); err == nil {
		t.Error("an unknown set has a shape")
	}
}
