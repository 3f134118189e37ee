package train

import (
	"context"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// TestSmoothTraining trains a network of a tanh and a softplus by every method, with both regularizers where the method
// has them, and DiffAI on every domain: the robust loss falls. RS, which is about relus, is refused.
func TestSmoothTraining(t *testing.T) {
	arch, err := net.ParseArch("fc8 tanh fc7 softplus fc3", []int{1, 2, 3}, 3)
	if err != nil {
		t.Fatal(err)
	}
	fresh := func() *net.Network {
		n, err := net.Build(arch)
		if err != nil {
			t.Fatal(err)
		}
		n.DType = dtypes.Float32
		return n.Init(1)
	}
	var all []Config
	for id := range Method(len(methods)) {
		c := short()
		if c.Method = id; id == Noise {
			c.Sigma = 0.05
		}
		all = append(all, c)
	}
	for d := range domains {
		c := short()
		c.Method, c.Domain = DiffAI, Domain(d)
		all = append(all, c)
	}
	for _, c := range all {
		id := c.Method
		c.Attack, c.Epochs, c.LearningRate = Attack{Steps: 3, StepSize: 0.03}, 6, 0.03
		_, history, err := Run(context.Background(), testbackend.Open(t), fresh(), blobs(60), c, Options{})
		if err != nil {
			t.Fatalf("%v: %v", id, err)
		}
		if first, last := history[0].Robust, history[len(history)-1].Robust; !(last < 0.9*first) {
			t.Errorf("%v: the robust loss goes from %v to %v", id, first, last)
		}
	}
	c := short()
	c.RS = 1
	_, _, err = Run(context.Background(), testbackend.Open(t), fresh(), blobs(60), c, Options{})
	if err == nil || !strings.Contains(err.Error(), "tanh and softplus: use RS 0") {
		t.Errorf("RS on a tanh: error %v", err)
	}
}
