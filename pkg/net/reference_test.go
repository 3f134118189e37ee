package net

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"tightrope/pkg/model"
)

// nested has a residual block inside another one, with strides that differ between the axes and a convolution without
// bias.
const nested = `{"name": "nested", "weight_dtype": "float64", "input_shape": [1, 5, 4], "net": {"layers": [
 {"type": "conv2d", "out_channels": 1, "kernel": [3, 1], "stride": [1, 1], "padding": [1, 0], "weight": [0, 2, 0], "bias": [1]},
 {"type": "relu"},
 {"type": "conv2d", "out_channels": 1, "kernel": [1, 1], "stride": [1, 1], "padding": [0, 0], "weight": [-1], "bias": null},
 {"type": "add", "inputs": [2, 1]},
 {"type": "relu"},
 {"type": "add", "inputs": [4, 1, 0]},
 {"type": "flatten"},
 {"type": "linear", "out_features": 2, "weight": [WEIGHT], "bias": [0.5, 0]}]}}`

func TestReferenceNested(t *testing.T) {
	ones := strings.TrimSuffix(strings.Repeat("1,", 20)+strings.Repeat("0,", 20), ",")
	n, err := ReadReference([]byte(strings.Replace(nested, "WEIGHT", ones, 1)))
	if err != nil {
		t.Fatal(err)
	}
	x := random(rand.New(rand.NewPCG(2, 2)), 1, 1, 5, 4)
	want := 0.5
	for _, v := range flat64(t, x) {
		z := 2*v + 1
		want += max(z, 0) + z // relu(-relu(z) + relu(z)) = 0
	}
	near(t, "the nested network", logits(t, n, x), []float64{want, 0})
}

func TestReferenceErrors(t *testing.T) {
	_, err := ReadReference([]byte(strings.Replace(nested, "WEIGHT", "1, 2", 1)))
	expect(t, err, "has 2 values, want 40")
	whole := strings.Replace(nested, "WEIGHT", "1", 1)
	_, err = ReadReference([]byte(strings.Replace(whole, `"flatten"`, `"maxpool2d"`, 1)))
	expect(t, err, "average pooling")
	if _, err = ReadReference([]byte(strings.Replace(whole, `"flatten"`, `"gelu"`, 1))); !errors.Is(err,
		model.ErrUnsupported) {
		t.Errorf("got %v, want model.ErrUnsupported", err)
	}
	_, err = ReadReference([]byte(strings.Replace(whole, `[4, 1, 0]`, `[4, 9]`, 1)))
	expect(t, err, "inputs must be earlier layers")
}
