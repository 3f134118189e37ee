package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"tightrope/pkg/net"
)

// oddNetworks are architectures for digits at the edge of what there is: no relu, a relu on the input, one neuron, one
// class, two classes, an image that shrinks to a point.
var oddNetworks = []string{"fc10", "relu fc10", "fc1 fc10", "fc1", "fc2", "fc3 relu fc3", "fc4 fc4 fc10",
	"conv(1,8,1,0) fc10", "conv(2,1,7,3) fc10", "block(2,1) fc10"}

// oddWeights changes a network's weights: as they are, all 0, biases that decide every relu, very large, very small.
var oddWeights = map[string]func(bias bool, v float64) float64{
	"plain": func(_ bool, v float64) float64 { return v },
	"zero":  func(bool, float64) float64 { return 0 },
	"active": func(bias bool, v float64) float64 {
		if bias {
			return 1e3
		}
		return v
	},
	"inactive": func(bias bool, v float64) float64 {
		if bias {
			return -1e3
		}
		return v
	},
	"huge": func(_ bool, v float64) float64 { return 1e25 * v },
	"tiny": func(_ bool, v float64) float64 { return 1e-25 * v },
}

// writeOdd writes every odd network that can be built.
func writeOdd(t *testing.T) (paths []string) {
	dir := t.TempDir()
	for i, text := range oddNetworks {
		for name, change := range oddWeights {
			classes := 10
			if fields := strings.Fields(text); !strings.HasSuffix(text, "fc10") {
				fmt.Sscanf(fields[len(fields)-1], "fc%d", &classes)
			}
			n, err := net.Named(text, []int{1, 8, 8}, classes)
			if err != nil {
				continue // one class: refused where it is built
			}
			n.Init(uint64(i))
			for _, p := range n.Params {
				for k, v := range p.Data {
					p.Data[k] = float64(float32(change(len(p.Shape) == 1, v)))
				}
			}
			path := filepath.Join(dir, fmt.Sprintf("%d-%s.safetensors", i, name))
			if err := net.Save(path, n); err != nil {
				continue // e.g. numbers that float32 cannot hold
			}
			paths = append(paths, path)
		}
	}
	return paths
}

// pick is one of some values.
func pick(rng *rand.Rand, values ...string) string { return values[rng.IntN(len(values))] }

// oddCommand draws a command line.
func oddCommand(rng *rand.Rand, paths []string, out string) []string {
	path := pick(rng, paths...)
	eps := pick(rng, "0", "1e-300", "1e-9", "1e-9", "1e-3", "1e-3", "0.1", "0.1", "2/255", "2/255", "1", "7", "1e300",
		"-1", "NaN")
	args := []string{"--backend", "go", "--data", "digits", "--norm",
		pick(rng, "linf", "linf", "linf", "linf", "l1", "l1", "l2", "l2", "l3")}
	if rng.IntN(3) == 0 {
		args = append(args, "--no-box")
	}
	if rng.IntN(8) == 0 {
		args = append(args, "--arch", pick(rng, "fc10", "fc16 fc10", "fc1000000000", "fc0", "relu", "",
			"conv(1,99,1,1) fc10"))
	}
	if rng.IntN(2) == 0 {
		args = append(args, "--pgd-steps", pick(rng, "1", "3", "3", "2", "0", "-2"))
		if rng.IntN(2) == 0 {
			args = append(args, "--pgd-loss", pick(rng, "margin", "dlr", "ce", "both", "scaled-ce", "hinge"),
				"--pgd-restarts", pick(rng, "0", "1", "1", "-1"))
		}
	}
	samples := []string{"--samples", pick(rng, "1", "1", "2", "2", "2", "-1")}
	switch rng.IntN(4) {
	case 0:
		args = append(args, "--eps", eps, "--technique",
			pick(rng, "ibp", "fastlin", "crown", "crown-ibp", "fastlin-ibp", "crown", "lp"))
		return append(append([]string{"eval", path}, args...), samples...)
	case 1:
		args = append(args, "--eps", eps, "--per-image", "200ms", "--force", "--out", out, "--until",
			pick(rng, "pgd", "crown", "bab", "milp"))
		return append(append([]string{"verify", path}, args...), samples...)
	case 2:
		args = append(args, "--eps", eps, "--per-program", "100ms", "--image", pick(rng, "0", "3", "99999", "-1"))
		return append([]string{"ladder", path, "--force", "--out", out + "-ladder"}, args...)
	}
	args = append(args, "--largest", pick(rng, "0.1", "1e-6", "100"), "--tolerance", pick(rng, "0.05", "1e-7"),
		"--per-program", "50ms",
		"--techniques", pick(rng, "ibp,crown,pgd", "fast-lin,exact", "lp", "alpha-crown,lp-all", "none"), "--image",
		pick(rng, "0", "5"))
	return append([]string{"radius", path}, args...)
}

// crash is what no message of the program may look like.
var crash = regexp.MustCompile(`goroutine \d|runtime error|nil pointer|index out of range|\.go:\d+|NaN of|panic`)

// TestOddInputs runs eval, verify, ladder and radius on odd networks with odd arguments: each succeeds or says what is
// wrong, and none panics.
func TestOddInputs(t *testing.T) {
	paths := writeOdd(t)
	rng := rand.New(rand.NewPCG(71, 72))
	count, passed := oddCommands, 0
	for i := range count {
		args := oddCommand(rng, paths, filepath.Join(t.TempDir(), fmt.Sprint("out", i)))
		text, err := inProcess(t, args)
		if err == nil {
			passed++
		} else if text += err.Error(); err.Error() == "" {
			t.Errorf("tightrope %s: an error without words", strings.Join(args, " "))
		}
		if found := crash.FindString(text); found != "" {
			t.Errorf("tightrope %s: %q in\n%s", strings.Join(args, " "), found, text)
		}
	}
	t.Logf("%d of %d commands succeeded, %d networks", passed, count, len(paths))
	if passed < count/6 || passed > count*5/6 {
		t.Errorf("%d of %d commands succeeded: the arguments are too odd, or not odd enough", passed, count)
	}
}

// oddCommands is how many commands are drawn.
const oddCommands = 150

// inProcess runs the program here; a panic is a failure of the test.
func inProcess(t *testing.T, args []string) (text string, err error) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("tightrope %s panics: %v\n%s", strings.Join(args, " "), r, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(math.MaxInt64))
	defer cancel()
	var b bytes.Buffer
	cmd := root()
	cmd.SetArgs(args)
	cmd.SetOut(&b)
	cmd.SetErr(&b)
	err = cmd.ExecuteContext(ctx)
	return b.String(), err
}
