package attack

import (
	"fmt"

	"tightrope/pkg/net"
)

// Use puts another network of the same architecture and precision in the place of the attack's own, without compiling again.
func (a *Attacker) Use(network *net.Network) error {
	if network.DType != a.net.DType || network.Arch().String() != a.net.Arch().String() {
		return fmt.Errorf("network %q (%s) cannot replace %q (%s): their architectures or precisions differ; make a new attack", network.Name, network.Arch().Text(), a.net.Name, a.net.Arch().Text())
	}
	if err := network.Validate(); err != nil {
		return err
	}
	a.net, a.params = network, nil
	for _, t := range network.Tensors() {
		a.params = append(a.params, t)
	}
	return nil
}
