//go:build !(cgo && ((linux && (amd64 || arm64)) || (darwin && arm64) || (windows && amd64)))

package backend

import (
	"runtime"

	"github.com/gomlx/compute"
)

// xlaCompiled says whether this program can load PJRT plugins at all.
const xlaCompiled = false

// openXLA reports that this program was built without XLA.
func openXLA(plugin, _ string) (compute.Backend, Info, error) {
	return nil, Info{}, &Unavailable{
		Name: "xla:" + plugin,
		Reason: "this program was built without cgo or for " + runtime.GOOS + "/" + runtime.GOARCH +
			", which XLA lacks",
		Remedy: "build with CGO_ENABLED=1 and a C compiler, or use --backend go",
	}
}

// pluginOf is "": no backend of this program is XLA.
func pluginOf(compute.Backend) string { return "" }
