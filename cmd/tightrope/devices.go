package main

import "github.com/spf13/cobra"

// addDevices declares the flag of the devices that share a batch.
func addDevices(cmd *cobra.Command, devices *int) {
	addCount(cmd.Flags(), devices, "devices", 0, 0,
		"number of devices that share each batch (GPUs; on XLA CPU, virtual devices for tests); 0: one")
}
