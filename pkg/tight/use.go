package tight

import (
	"fmt"

	"tightrope/pkg/net"
)

// Use puts another network of the same architecture and precision in the place of the measurement's, without compiling again.
func (m *Measurement) Use(network *net.Network) error {
	if network.DType != m.net.DType || network.Arch().String() != m.net.Arch().String() {
		return fmt.Errorf("network %q (%s) cannot replace %q (%s): their architectures or precisions differ; make a new measurement", network.Name, network.Arch().Text(), m.net.Name, m.net.Arch().Text())
	}
	if err := network.Validate(); err != nil {
		return err
	}
	m.net, m.params = network, nil
	for _, t := range network.Tensors() {
		m.params = append(m.params, t)
	}
	return nil
}
