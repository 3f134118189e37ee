package model

import (
	"fmt"
	"strings"
	"testing"
)

// TestEpsilonOfText: a text gives the eps of a batch normalisation, in one form for the default; what is no positive
// number is an error.
func TestEpsilonOfText(t *testing.T) {
	for arguments, want := range map[string]float64{
		"": 0, "()": 0, "( )": 0, "(eps=1e-3)": 1e-3, "( eps = 0.001 )": 1e-3, "(eps=1E-3)": 1e-3,
		"(eps=1e-5)": 0, "(eps=0.00001)": 0,
		"(0.001)": -1, "(eps=0)": -1, "(eps=-1)": -1, "(eps=nan)": -1, "(eps=inf)": -1, "(eps)": -1, "(eps=)": -1,
		"(momentum=0.1)": -1, "(eps=1e-3,momentum=0.1)": -1, "(epsilon=1e-3)": -1, "2": -1,
	} {
		for _, name := range []string{"bn", "batchnorm"} {
			a, err := ParseArch("conv(2,3,1,1) "+name+arguments+" fc3", []int{1, 4, 4}, 3)
			if want < 0 {
				expect(t, err, "bn(eps=1e-3)")
				continue
			}
			if err != nil || a.Layers[1].Type != "batchnorm" || a.Layers[1].Epsilon != want {
				t.Errorf("%s%s: %v, %+v", name, arguments, err, a.Layers)
				continue
			}
			again, err := ParseArch(a.Layers[1].Text()+" fc3", []int{1, 4, 4}, 3)
			if err != nil || again.Layers[0].Epsilon != want {
				t.Errorf("%s%s is written as %s", name, arguments, a.Layers[1].Text())
			}
		}
	}
}

// TestAssumedEpsilon: an eps that neither the file nor the text tells is said to be assumed, layer by layer, with the
// way to give another; the eps is that of the network.
func TestAssumedEpsilon(t *testing.T) {
	normalised := func(name string, channels int) (all []entry) {
		for _, kind := range []string{"weight", "bias", "running_mean", "running_var"} {
			all = append(all, entry{name + "." + kind, []int{channels}, ""})
		}
		return all
	}
	tensors := append(normalised("bn1", 2), normalised("bn2", 3)...)
	tensors = append(tensors, entry{"conv1.weight", []int{2, 1, 3, 3}, ""}, entry{"conv2.weight", []int{3, 2, 3, 3},
		""},
		entry{"fc.weight", []int{3, 48}, ""})
	hashes := map[string][]string{}
	for _, c := range []struct {
		first, second string
		assumed       []int
	}{
		{"bn", "bn", []int{1, 4}}, {"bn(eps=1e-5)", "bn", []int{4}}, {"bn", "bn(eps=1e-3)", []int{1}},
		{"bn(eps=0.00001)", "bn(eps=1e-5)", nil},
		{"batchnorm(eps=1e-3)", "bn(eps=1e-3)", nil},
	} {
		text := fmt.Sprintf("conv(2,3,1,1) %s conv(3,3,1,1) %s fc3", c.first, c.second)
		a, err := ParseArch(text, []int{1, 4, 4}, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []LoadOptions{{Arch: &a}, {}} { // given, and in the file's metadata
			prose := map[bool]string{true: text}[o.Arch == nil]
			m, err := Load(file(t, prose, tensors...), o)
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(m.Assumed, "\n")
			layers := strings.Trim(strings.ReplaceAll(fmt.Sprint(c.assumed), " ", ", "), "[]")
			if said == "" != (c.assumed == nil) || c.assumed != nil && !(strings.Contains(said,
				"(layers "+layers+")") &&
				strings.Contains(said, "1e-05") && strings.Contains(said, "bn(eps=1e-3)")) {
				t.Errorf("%s: %q, want layers %v", text, said, c.assumed)
			}
			key := fmt.Sprint(m.Layers[1].Spec.Epsilon, m.Layers[4].Spec.Epsilon)
			hashes[key] = append(hashes[key], m.Hash())
		}
	}
	seen := map[string]bool{}
	for key, of := range hashes {
		for _, h := range of {
			if h != of[0] {
				t.Errorf("eps %s: two spellings of one network have two hashes", key)
			}
		}
		seen[of[0]] = true
	}
	if len(hashes) != 3 || len(seen) != 3 {
		t.Errorf("%d networks with %d hashes, want 3", len(hashes), len(seen))
	}
}
