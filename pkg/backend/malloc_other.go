//go:build !linux

package backend

// keepMemory does nothing: only glibc has what it sets.
func keepMemory() {}
