package doctor

import (
	"errors"
	"fmt"

	"tightrope/pkg/backend"
)

// backendChecks opens every backend; only pure Go must work everywhere.
func backendChecks() []Check {
	var checks []Check
	for _, name := range backend.Names() {
		checks = append(checks, backendCheck(name))
	}
	return append(checks, chosenCheck())
}

func backendCheck(name string) Check {
	check := Check{Name: "backend " + name, Optional: name != backend.Go}
	_, info, err := backend.Open(name)
	if err != nil {
		check.Detail, check.Remedy = reasonAndRemedy(err)
		return check
	}
	check.OK, check.Detail = true, fmt.Sprintf("%s, %s, devices: %d", info.Version, info.Device, info.Devices)
	if name == backend.Go && !info.SIMD && info.OS == "linux/amd64" {
		check.OK, check.Optional = false, true
		check.Detail += ", without SIMD (10 times slower)"
		check.Remedy = "build with GOEXPERIMENT=simd, as make does"
	}
	return check
}

// chosenCheck says which backend a command without --backend uses.
func chosenCheck() Check {
	check := Check{Name: "default backend"}
	_, info, err := backend.Open(backend.Auto)
	if err != nil {
		check.Detail, check.Remedy = reasonAndRemedy(err)
		check.Remedy += " (GOMLX_BACKEND asks for it: correct or unset it)"
		return check
	}
	check.OK, check.Detail = true, info.Name
	return check
}

func reasonAndRemedy(err error) (reason, remedy string) {
	var missing *backend.Unavailable
	if errors.As(err, &missing) {
		return missing.Reason, missing.Remedy
	}
	return err.Error(), "choose another one with --backend"
}
