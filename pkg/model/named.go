package model

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// named are the paper's single architectures as text (Wong et al. 2018, Zhang et al. 2020). The number of
// classes ends each.
var named = map[string]string{
	"small":  "conv(16,4,2,1) conv(32,4,2,1) fc100 fc%d",
	"large":  "conv(32,3,1,1) conv(32,4,2,1) conv(64,3,1,1) conv(64,4,2,1) fc512 fc512 fc%d",
	"xlarge": "conv(64,3,1,1) conv(64,3,1,1) conv(128,3,2,1) conv(128,3,1,1) conv(128,3,1,1) fc512 fc%d",
	// Wong et al. 2018: four residual blocks with 16, 16, 32 and 64 filters.
	"resnet": "conv(16,3,1,1) block(16,1) block(16,1) block(32,2) block(64,2) fc1000 fc%d",
}

// families of Zhang et al. (2020, CROWN-IBP), member by member: generator, width and last dense layer.
var families = map[string][]string{
	"mnist-small-family": {"2layer(1,128)", "2layer(2,256)", "4layer(1,256)", "4layer(2,256)", "4layer(1,512)",
		"4layer(2,512)", "3layer(3,1)", "3layer(3,2)", "3layer(5,1)", "3layer(5,2)"},
	"mnist-large-family": {"4layer(4,512)", "4layer(4,512)", "4layer(8,512)", "4layer(16,512)", "3layer(5,16,512)",
		"3layer(5,8,512)", "3layer(5,4,512)", "3layer(3,8,512)"},
	"cifar-small-family": {"2layer(2,256)", "4layer(1,256)", "4layer(2,256)", "4layer(1,512)", "4layer(2,512)",
		"3layer(3,8,512)", "3layer(3,2)", "3layer(5,1)", "3layer(5,2)"},
	"cifar-large-family": {"2layer(8,128)", "2layer(16,256)", "4layer(8,256)", "4layer(16,256)", "4layer(8,512)",
		"4layer(16,512)", "3layer(3,8,256)", "3layer(3,16,512)"},
}

var (
	mlpName      = regexp.MustCompile(`^mlp-(\d+)x(\d+)$`)
	generator    = regexp.MustCompile(`^([234])layer\(([\d,]+)\)$`)
	familyMember = regexp.MustCompile(`^([a-z-]+-family)/(\d+)$`)
)

// Names lists the named architectures; mlp-LxW stands for any number of hidden layers L of any width W, and a family's
// members are counted from 1.
func Names() []string {
	out := []string{"mlp-LxW"}
	for name := range named {
		out = append(out, name)
	}
	for name, members := range families {
		out = append(out, fmt.Sprintf("%s/1..%d", name, len(members)))
	}
	out = append(out, "2layer(w,L)", "3layer(k,w[,L])", "4layer(w,L)")
	slices.Sort(out)
	return out
}

// Concrete lists named architectures that need no numbers: mlp-2x100, the single ones and every member of the families.
func Concrete() []string {
	out := []string{"mlp-2x100"}
	for name := range named {
		out = append(out, name)
	}
	for name, members := range families {
		for i := range members {
			out = append(out, fmt.Sprintf("%s/%d", name, i+1))
		}
	}
	slices.Sort(out)
	return out
}

// Named is an architecture by its name (see [Names]) or by its text (see [ParseArch]), for inputs of a shape and a
// number of classes.
func Named(name string, input []int, classes int) (Arch, error) {
	text, err := NamedText(name, classes)
	if err != nil {
		return Arch{}, err
	}
	arch, err := ParseArch(text, input, classes)
	arch.Name = name
	return arch, err
}

// NamedText is the text (see [ParseArch]) of a named architecture; a name that is not known is an error.
func NamedText(name string, classes int) (string, error) {
	if text, ok := named[name]; ok {
		return fmt.Sprintf(text, classes), nil
	}
	if m := mlpName.FindStringSubmatch(name); m != nil {
		layers, _ := strconv.Atoi(m[1])
		if layers < 1 || layers > 100 {
			return "", fmt.Errorf("architecture %q: use 1 to 100 hidden layers", name)
		}
		return strings.Repeat("fc"+m[2]+" ", layers) + fmt.Sprintf("fc%d", classes), nil
	}
	if m := familyMember.FindStringSubmatch(name); m != nil {
		members := families[m[1]]
		i, _ := strconv.Atoi(m[2])
		if i < 1 || i > len(members) {
			return "", fmt.Errorf("architecture %q: use one of %s", name, strings.Join(Names(), ", "))
		}
		return generate(members[i-1], classes)
	}
	if generator.MatchString(name) {
		return generate(name, classes)
	}
	if strings.ContainsAny(name, " (") || strings.HasPrefix(name, "fc") ||
		!strings.ContainsAny(name, "abcdefghijklmnopqrstuvwxyz") {
		return name, nil // a text for ParseArch
	}
	return "", fmt.Errorf("architecture %q is not known: use one of %s, or a text such as \"conv(16,4,2,1) fc100 "+
		"fc10\"", name, strings.Join(Names(), ", "))
}

// generate writes a member of the CROWN-IBP families.
func generate(name string, classes int) (string, error) {
	m := generator.FindStringSubmatch(name)
	a, err := Numbers(m[2])
	if err != nil {
		return "", fmt.Errorf("architecture %q: %w", name, err)
	}
	switch {
	case m[1] == "2" && len(a) == 2:
		return fmt.Sprintf("conv(%d,4,2,1) conv(%d,4,2,1) fc%d fc%d", 4*a[0], 8*a[0], a[1], classes), nil
	case m[1] == "3" && (len(a) == 2 || len(a) == 3):
		k, w := a[0], a[1]
		last := 64 * w
		if len(a) == 3 {
			last = a[2]
		}
		return fmt.Sprintf("conv(%d,%d,1,1) conv(%d,%d,1,1) conv(%d,4,4,0) fc%d fc%d",
			4*w, k, 8*w, k, 8*w, last, classes), nil
	case m[1] == "4" && len(a) == 2:
		w, last := a[0], a[1]
		return fmt.Sprintf("conv(%d,3,1,1) conv(%d,4,2,1) conv(%d,3,1,1) conv(%d,4,2,1) fc%d fc%d fc%d",
			4*w, 4*w, 8*w, 8*w, last, last, classes), nil
	}
	return "", fmt.Errorf("architecture %q: use 2layer(w,L), 3layer(k,w[,L]) or 4layer(w,L)", name)
}
