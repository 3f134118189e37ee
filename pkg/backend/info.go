package backend

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Info describes the backend that computed a result; result records contain it.
type Info struct {
	Name string `json:"name"` // go, xla:cpu or xla:cuda
	// of the engine: GoMLX's module, and for XLA the plugin's PJRT API
	Version string `json:"version"`
	Plugin  string `json:"plugin,omitempty"` // file name of the PJRT plugin; empty for pure Go
	Device  string `json:"device"`           // the first device, in the engine's words
	Devices int    `json:"devices"`          // how many devices the engine shows
	Used    int    `json:"used,omitempty"`   // how many of them share each batch; 0: one computes all
	// name of the GPU, as its driver says; empty if none is used or it does not say
	Card    string `json:"card,omitempty"`
	Driver  string `json:"driver,omitempty"`  // version of the GPU's driver
	Flags   string `json:"flags,omitempty"`   // of XLA's compiler ($XLA_FLAGS), without folders
	Options string `json:"options,omitempty"` // for GoMLX's engine, e.g. memory_fraction=0.1
	// whether float32 products may be rounded to TF32 (certificates need false)
	TF32    bool              `json:"tf32"`
	SIMD    bool              `json:"simd"`              // whether the program was built with GOEXPERIMENT=simd
	Threads int               `json:"threads"`           // GOMAXPROCS
	OS      string            `json:"os"`                // GOOS/GOARCH
	Go      string            `json:"go"`                // Go version
	Modules map[string]string `json:"modules,omitempty"` // versions of the GoMLX modules in the program
}

// String is the backend in one line, for a terminal.
func (i Info) String() string {
	text := fmt.Sprintf("%s (%s, %s", i.Name, i.Version, i.Device)
	if i.Card != "" {
		text += fmt.Sprintf(", %s, driver %s", i.Card, i.Driver)
	}
	if i.Devices > 1 {
		text += fmt.Sprintf(", %d devices", i.Devices)
	}
	if i.Name == Go && !i.SIMD {
		text += ", WITHOUT SIMD: build with GOEXPERIMENT=simd, it is 10 times faster"
	}
	if i.TF32 {
		text += ", TF32 ON: bounds certify nothing"
	}
	return text + ")"
}

// newInfo fills in what does not depend on the engine.
func newInfo(name string) Info {
	return Info{
		Name:    name,
		SIMD:    simd,
		Threads: runtime.GOMAXPROCS(0),
		OS:      runtime.GOOS + "/" + runtime.GOARCH,
		Go:      runtime.Version(),
		Modules: gomlxModules(),
	}
}

// gomlxModules reads the versions that the program was built with; a test binary has none.
func gomlxModules() map[string]string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	versions := map[string]string{}
	for _, module := range build.Deps {
		if strings.HasPrefix(module.Path, "github.com/gomlx/") {
			versions[module.Path] = module.Version
		}
	}
	return versions
}
