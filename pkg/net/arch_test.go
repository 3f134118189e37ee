package net

import (
	"fmt"
	"strings"
	"testing"
)

func ExampleParseArch() {
	a, err := ParseArch("conv(16,4,2,1) conv(32,4,2,1) fc100 fc10", []int{1, 28, 28}, 10)
	fmt.Println(a.Text(), err)
	// Output: [1 28 28] conv(16,4,2,1) relu conv(32,4,2,1) relu flatten fc100 relu fc10 <nil>
}

func TestParseArch(t *testing.T) {
	for text, want := range map[string]string{
		"16-8-3 relu; remark":                       "[1 4 4] flatten fc8 relu fc3",
		"FC8, fc3":                                  "[1 4 4] flatten fc8 relu fc3",
		"conv(2,3,1,1) bn avgpool(2) fc3":           "[1 4 4] conv(2,3,1,1) batchnorm relu avgpool(2,2,0) flatten fc3",
		"conv(2,3,1,1) relu flatten(C,H,W) fc8 fc3": "[1 4 4] conv(2,3,1,1) relu flatten fc8 fc3",
		"conv(2,1,1,0) block(3,2) fc3":              "[1 4 4] conv(2,1,1,0) relu conv(3,4,2,1) relu conv(3,3,1,1) conv(3,2,2,0)[1] add[4,5] relu flatten fc3",
	} {
		a, err := ParseArch(text, []int{1, 4, 4}, 3)
		if err != nil || a.Text() != want {
			t.Errorf("%q: got %q (%v), want %q", text, a.Text(), err, want)
		}
		if _, err := a.Build(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestArchErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "is empty",
		"784-10":                       "for 784 inputs, the data [1 4 4] has 16",
		"conv(2,3,1) fc3":              "conv(channels,kernel,stride,padding)",
		"conv(2,3,1,1) maxpool(2) fc3": "average pooling, avgpool(k,s,p), or a convolution of stride 2",
		"fc8 sigmoid fc3":              `unsupported layer type "sigmoid"`,
		"fc8 fc4":                      "end it in fc3",
		"fc8 %% fc3":                   `not understood at "%% fc3"`,
		"conv(2,-3,1,1) fc3":           "at least 0",
		"block(2,3) fc3":               "stride 1 or 2",
	} {
		_, err := ParseArch(text, []int{1, 4, 4}, 3)
		expect(t, err, want)
	}
	for text, want := range map[string]string{
		"conv(2,9,1,1) fc3": "use a smaller kernel or more padding",
		"conv(2,3,0,1) fc3": "stride [0 0]: use at least 1",
		"conv(0,3,1,1) fc3": "use at least 1",
		"conv(2,3,1,1)":     "one logit for each",
		"fc0 fc3":           "use at least 1",
	} {
		a, err := ParseArch(text, []int{1, 4, 4}, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Build()
		expect(t, err, want)
	}
}

// TestNamedBuild builds every name for the data sets' shapes and compares sizes that the papers give.
func TestNamedBuild(t *testing.T) {
	for _, input := range [][]int{{1, 8, 8}, {1, 28, 28}, {3, 32, 32}} {
		for _, name := range append([]string{"mlp-3x7", "small", "large", "xlarge", "resnet", "2layer(1,9)", "3layer(3,1)", "4layer(1,9)"}, members()...) {
			n, err := Named(name, input, 10)
			if err != nil || n.Classes() != 10 || n.Name != name {
				t.Errorf("%s on %v: %v", name, input, err)
			}
		}
	}
	for name, hidden := range map[string]int{"mlp-2x100": 200, "small": 16*14*14 + 32*7*7 + 100} {
		if n, err := Named(name, []int{1, 28, 28}, 10); err != nil || n.HiddenUnits() != hidden {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func members() (names []string) {
	for family, list := range families {
		for i := range list {
			names = append(names, fmt.Sprintf("%s/%d", family, i+1))
		}
	}
	return names
}

// TestTooLarge: architectures that no machine could hold are errors, whatever number is too large, and none allocates
// them first.
func TestTooLarge(t *testing.T) {
	for _, text := range []string{
		"fc1000000000 fc10", "fc9000000000000000000 fc10", "conv(1000000000,4,2,1) fc10", "conv(4,4,1,1000000000) " +
			"fc10", "block(1000000000,1) fc10",
		"conv(4,3,1,4000000000000000000) fc10", "conv(1,2000000001,1,1000000000) fc10", "avgpool(1,1,100000) " +
			"fc10", "avgpool(100001,1,50000) fc10",
		strings.Repeat("fc11000 ", 100) + "fc10",
	} {
		n, err := Named(text, []int{1, 28, 28}, 10)
		if err == nil || !strings.Contains(err.Error(), "smaller layers") {
			t.Errorf("%.40s: %v, %v", text, n, err)
		}
	}
	for _, name := range append(Concrete(), "mlp-20x1024") {
		if _, err := Named(name, []int{3, 32, 32}, 10); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
