package main

import "github.com/spf13/cobra"

// addDevices declares the flag of the devices that share a batch.
func addDevices(cmd *cobra.Command, devices *int) {
	addCount(cmd.Flags(), devices, "devices", 0, 0,
		"devices of this machine that share each batch (GPUs; on XLA CPU virtual ones, for tests); 0: 1")
}
