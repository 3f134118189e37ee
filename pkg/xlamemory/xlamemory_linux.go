//go:build cgo

package xlamemory

/*
#cgo CFLAGS: -D_GNU_SOURCE
#cgo LDFLAGS: -ldl
#include "allocator.h"
*/
import "C"

import "tightrope/pkg/backend"

func init() { backend.BeforeCPU(keepFreed) }

// keepFreed lets the C library keep what XLA frees. It waits for XLA on a CPU: other programs have no use for it.
func keepFreed() { C.xlamemory_keep_freed() }
