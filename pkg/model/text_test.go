package model

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
		"conv(2,1,1,0) block(3,2) fc3": "[1 4 4] conv(2,1,1,0) relu conv(3,4,2,1) relu conv(3,3,1,1) " +
			"conv(3,2,2,0)[1] add[4,5] relu flatten fc3",
	} {
		a, err := ParseArch(text, []int{1, 4, 4}, 3)
		if err != nil || a.Text() != want {
			t.Errorf("%q: got %q (%v), want %q", text, a.Text(), err, want)
		}
		if _, err := New(a); err != nil {
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
		"fc8 swish fc3":                `unsupported layer type "swish"`,
		"fc8 fc4":                      "end it in fc3",
		"fc8 %% fc3":                   `not understood at "%% fc3"`,
		"conv(2,-3,1,1) fc3":           "at least 0",
		"block(2,3) fc3":               "stride 1 or 2",
		"conv(2,3,1,1) bn(1) fc3":      "bn(eps=1e-3)",
		"fc8 relu(6) fc3":              "takes no numbers",
	} {
		_, err := ParseArch(text, []int{1, 4, 4}, 3)
		expect(t, err, want)
	}
	for text, want := range map[string]string{
		"conv(2,9,1,1) fc3":          "use a smaller kernel or more padding",
		"conv(2,3,0,1) fc3":          "stride [0 0]: use 1 to",
		"conv(0,3,1,1) fc3":          "use at least 1",
		"conv(2,3,1,1)":              "one logit for each",
		"fc0 fc3":                    "use at least 1",
		"fc2000000000 fc3":           "more than",
		"conv(2000000000,3,1,1) fc3": "more than",
		"conv(2,1,1,65537) fc3":      "use 0 to",
	} {
		a, err := ParseArch(text, []int{1, 4, 4}, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = New(a)
		expect(t, err, want)
	}
}

// TestNamedBuild builds every name for the data sets' shapes.
func TestNamedBuild(t *testing.T) {
	for _, input := range [][]int{{1, 8, 8}, {1, 28, 28}, {3, 32, 32}} {
		for _, name := range append([]string{"mlp-3x7", "small", "large", "xlarge", "resnet", "2layer(1,9)",
			"3layer(3,1)", "4layer(1,9)"}, members()...) {
			a, err := Named(name, input, 10)
			if err != nil {
				t.Fatal(err)
			}
			if m, err := New(a); err != nil || m.Layers[len(m.Layers)-1].Out[0] != 10 || m.Name != name {
				t.Errorf("%s on %v: %v", name, input, err)
			}
		}
	}
}

// TestTooLarge: architectures that no machine could hold are errors, whatever number is too large, and none allocates
// them first.
func TestTooLarge(t *testing.T) {
	for _, text := range []string{
		"fc1000000000 fc10", "fc9000000000000000000 fc10", "conv(1000000000,4,2,1) fc10", "conv(4,4,1,1000000000) fc10",
		"block(1000000000,1) fc10",
		"conv(4,3,1,4000000000000000000) fc10", "conv(1,2000000001,1,1000000000) fc10", "avgpool(1,1,100000) fc10",
		"avgpool(100001,1,50000) fc10",
		strings.Repeat("fc11000 ", 100) + "fc10",
	} {
		a, err := Named(text, []int{1, 28, 28}, 10)
		if err == nil {
			_, err = New(a)
		}
		if err == nil || !strings.Contains(err.Error(), "smaller layers") &&
			!strings.Contains(err.Error(), "use 0 to 65536") && !strings.Contains(err.Error(), "use 1 to 65536") {
			t.Errorf("%.40s: %v", text, err)
		}
	}
	for _, name := range append(Concrete(), "mlp-20x1024") {
		a, err := Named(name, []int{3, 32, 32}, 10)
		if err == nil {
			_, err = New(a)
		}
		if err != nil {
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

func expect(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got error %v, want one line with %q", err, part)
		}
	}
}
