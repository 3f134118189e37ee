package lab

import (
	"strconv"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/technique"
)

// digitsModel is a network that is kept with the figures, and its test images.
const digitsModel = "../../figures/results/digits/mlp-2x100-digits-quick-lambda0-gamma0-seed0.safetensors"

// TestSmoothed: little noise leaves the class, with the largest radius that the draws allow; a flood of it does not.
func TestSmoothed(t *testing.T) {
	n, set := Model(digitsModel)
	text, _, _ := output(t, func() { Smoothed(n, set, 0, 0.01, 100) })
	lines := strings.Split(text, "\n")
	if !strings.Contains(lines[1], "1000 of 1000") || !strings.Contains(lines[1], "0.025") ||
		strings.Contains(lines[2], "1000 of 1000") || !strings.Contains(text, "The label is 4") {
		t.Error(text)
	}
}

// TestAttacked: at each radius all attacks find at most what Fast-Lin leaves open, and more at the larger one.
func TestAttacked(t *testing.T) {
	n, set := Model(digitsModel)
	text, _, _ := output(t, func() { Attacked(n, set.Head(40), ball.Ball{Box: ball.Unit}, 0.02, 0.15) })
	lines := strings.Split(strings.TrimSpace(text), "\n")[1:]
	if len(lines) != len(technique.Of(technique.ForSearch))+1 {
		t.Fatal(text)
	}
	open := lastTwo(t, lines[len(lines)-1])
	for _, line := range lines[:len(lines)-1] {
		found := lastTwo(t, line)
		if found[0] > open[0] || found[1] > open[1] || !(found[1] > found[0]) {
			t.Errorf("%s: %v, open are %v", line, found, open)
		}
	}
}

func lastTwo(t *testing.T, line string) (two [2]float64) {
	t.Helper()
	words := strings.Fields(line)
	for i := range two {
		v, err := strconv.ParseFloat(words[len(words)-2+i], 64)
		if err != nil {
			t.Fatal(line, err)
		}
		two[i] = v
	}
	return two
}

// TestCascaded: a cascade of one network twice is that network, whose clean choice bounds its error.
func TestCascaded(t *testing.T) {
	n, set := Model(digitsModel)
	text, _, _ := output(t, func() { Cascaded(set.Head(40), ball.Ball{Eps: 0.1, Box: ball.Unit}, n, n) })
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 5 || !strings.Contains(lines[2], "first to certify 0.0 %") ||
		!strings.Contains(lines[4], "changed 0 images") {
		t.Fatal(text)
	}
	alone, whole := strings.Fields(lines[1]), strings.Fields(lines[3])
	if alone[3] != whole[1] || alone[5] != whole[3] {
		t.Error(text)
	}
}
