package backend

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
)

// openGo opens the pure-Go engine.
func openGo(options string) (compute.Backend, Info, error) {
	backend, err := gobackend.New(options)
	if err != nil {
		return nil, Info{}, fmt.Errorf("backend go: %s", oneLine(err))
	}
	info := newInfo(Go)
	info.Version = moduleVersion(info, "github.com/gomlx/compute")
	info.Device = backend.Description()
	info.Devices = int(backend.NumDevices())
	return backend, info, nil
}

// moduleVersion is a module's version, or "unknown" in a program that does not say.
func moduleVersion(info Info, path string) string {
	if version := info.Modules[path]; version != "" {
		return version
	}
	return "unknown"
}
