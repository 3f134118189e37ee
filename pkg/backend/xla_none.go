//go:build !(cgo && ((linux && (amd64 || arm64)) || (darwin && arm64) || (windows && amd64)))

package backend

import (
	"fmt"
	"runtime"

	"github.com/gomlx/compute"
)

// xlaCompiled says whether this program can load PJRT plugins at all.
const xlaCompiled = false

// openXLA reports that this program was built without XLA.
func openXLA(plugin, _ string) (compute.Backend, Info, error) {
	return nil, Info{}, fmt.Errorf("backend xla:%s: this program was built without cgo or for %s/%s, which XLA lacks; build with CGO_ENABLED=1 and a C compiler, or use --backend go",
		plugin, runtime.GOOS, runtime.GOARCH)
}
