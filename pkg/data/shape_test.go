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
	if n, err := TrainSize("digits"); err != nil || n != set.Train.Len() {
		t.Errorf("%d samples for training, %v; the set has %d", n, err, set.Train.Len())
	}
	for _, c := range catalog {
		if c.train < 1 || len(c.classNames) < 2 || c.divide <= 0 || c.read == nil {
			t.Errorf("%s is incomplete in the catalogue", c.name)
		}
	}
	if _, err := TrainSize("nothing"); err == nil {
		t.Error("an unknown set has a size")
	}
	if _, _, err := Shape("nothing"); err == nil {
		t.Error("an unknown set has a shape")
	}
}
