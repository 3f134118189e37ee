package backend

import "github.com/gomlx/compute"

// IsXLA reports whether a backend is XLA, on whatever device.
func IsXLA(b compute.Backend) bool { return pluginOf(b) != "" }

// IsGPU reports whether a backend is XLA on a GPU: with another plugin than the CPU's.
func IsGPU(b compute.Backend) bool { return IsXLA(b) && pluginOf(b) != "cpu" }

// beforeCPU prepares the process for XLA on a CPU.
var beforeCPU = func() {}

// BeforeCPU has [Open] call a function before it first loads XLA on a CPU. It is for package xlamemory, and for init
// functions only: the last one wins.
func BeforeCPU(f func()) { beforeCPU = f }
