package backend

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/gomlx/compute"
)

// Names that [Open] knows.
const (
	Auto = ""         // $GOMLX_BACKEND; else XLACPU where its plugin is found; else Go
	Go   = "go"       // pure Go, on every platform; fast with GOEXPERIMENT=simd
	CPU  = "xla:cpu"  // XLA through the PJRT CPU plugin that `make setup` installs
	CUDA = "xla:cuda" // XLA through the PJRT CUDA plugin; float32 products without TF32
)

// Names returns the names that [Open] accepts, besides [Auto].
func Names() []string { return []string{Go, CPU, CUDA} }

// opened is one backend of this process; open runs once.
type opened struct {
	open func() (compute.Backend, Info, error)
}

var (
	openedLock sync.Mutex
	openedBy   = map[string]opened{}
)

// Open returns the backend of that name, opened once per process, and what is known about it. The name is one of
// [Names], with GoMLX's options after a comma where wanted ("xla:cuda,memory_fraction=0.5"); [Auto] chooses. It is safe
// for concurrent use, and the backend must not be finalized, as others may hold it.
//
// On CUDA, tf32=false is added unless the name sets tf32: TF32 rounds the factors of float32
// products to 10 bits, so that a bound computed with it certifies nothing.
//
// The error is one line and names the remedy; it is an [*Unavailable] where this machine
// lacks what the backend needs.
func Open(name string) (compute.Backend, Info, error) {
	name = resolve(name)
	openedLock.Lock()
	entry, found := openedBy[name]
	if !found {
		entry = opened{open: onceValues(func() (compute.Backend, Info, error) { return open(name) })}
		openedBy[name] = entry
	}
	openedLock.Unlock()
	return entry.open()
}

// resolve turns [Auto] into a name.
func resolve(name string) string {
	if name == Auto {
		name = os.Getenv(compute.ConfigEnvVar)
	}
	if name != Auto {
		return name
	}
	if xlaCompiled && findPlugin("cpu") != "" {
		return CPU
	}
	return Go
}

func open(name string) (compute.Backend, Info, error) {
	base, options, _ := strings.Cut(name, ",")
	switch base {
	case Go:
		return openGo(options)
	case CPU, CUDA:
		return openXLA(strings.TrimPrefix(base, "xla:"), options)
	}
	return nil, Info{}, fmt.Errorf("backend %q is not known: use one of %s, or leave it empty to choose by itself",
		name, strings.Join(Names(), ", "))
}

// onceValues is [sync.OnceValues] for three results.
func onceValues(f func() (compute.Backend, Info, error)) func() (compute.Backend, Info, error) {
	var (
		once    sync.Once
		backend compute.Backend
		info    Info
		err     error
	)
	return func() (compute.Backend, Info, error) {
		once.Do(func() { backend, info, err = f() })
		return backend, info, err
	}
}
