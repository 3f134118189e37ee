//go:build !unix

package highs

import "errors"

// errSystem is why there are no linear programs here; everything else works.
var errSystem = errors.New("libraries are loaded on Unix systems only: LP, LP-all and MILP are left out here")

func openLibrary(string) (uintptr, error) { return 0, errSystem }

func lookUp(uintptr, string) (uintptr, error) { return 0, errSystem }
