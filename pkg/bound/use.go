package bound

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/net"
)

// DType is the precision of the bounds.
func (e *Evaluator) DType() dtypes.DType { return e.net.DType }

// Use puts another network of the same architecture and precision in the place of the evaluator's, without compiling again.
func (e *Evaluator) Use(network *net.Network) error {
	if network.DType != e.net.DType || network.Arch().String() != e.net.Arch().String() {
		return fmt.Errorf("network %q (%s) cannot replace %q (%s): their architectures or precisions differ; make a new evaluator", network.Name, network.Arch().Text(), e.net.Name, e.net.Arch().Text())
	}
	if err := network.Validate(); err != nil {
		return err
	}
	e.net, e.params = network, nil
	for _, t := range network.Tensors() {
		e.params = append(e.params, t)
	}
	return nil
}
