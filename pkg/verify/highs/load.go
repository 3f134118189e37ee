package highs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// PathVariable is the environment variable that names the shared library of HiGHS and takes the place of the search.
const PathVariable = "TIGHTROPE_HIGHS"

// ErrNotFound is the cause of Load's error if no library was found.
var ErrNotFound = errors.New("HiGHS was not found")

// ptr is a pointer of the library, mostly to an instance of Highs.
type ptr = unsafe.Pointer

// passLp is Highs_passLp.
type passLp func(h ptr, cols, rows, nonzeros, format, sense int32, offset float64,
	cost, colLower, colUpper, rowLower, rowUpper *float64, start, index *int32, value *float64) int32

// library holds the functions of the C API that this package calls, by their names there behind "Highs_"
// (highs_c_api.h; HighsInt is a 32-bit integer, checked by Load).
type library struct {
	create          func() ptr                                                       `c:"create"`
	destroy         func(h ptr)                                                      `c:"destroy"`
	version         func() string                                                    `c:"version"`
	sizeofHighsInt  func(h ptr) int32                                                `c:"getSizeofHighsInt"`
	passLp          passLp                                                           `c:"passLp"`
	setIntegrality  func(h ptr, from, to int32, kind *int32) int32                   `c:"changeColsIntegralityByRange"`
	setCost         func(h ptr, from, to int32, cost *float64) int32                 `c:"changeColsCostByRange"`
	setOffset       func(h ptr, offset float64) int32                                `c:"changeObjectiveOffset"`
	setSolution     func(h ptr, colValue, rowValue, colDual, rowDual *float64) int32 `c:"setSolution"`
	run             func(h ptr) int32                                                `c:"run"`
	modelStatus     func(h ptr) int32                                                `c:"getModelStatus"`
	getSolution     func(h ptr, colValue, colDual, rowValue, rowDual *float64) int32 `c:"getSolution"`
	doubleInfo      func(h ptr, name string, value *float64) int32                   `c:"getDoubleInfoValue"`
	intInfo         func(h ptr, name string, value *int32) int32                     `c:"getIntInfoValue"`
	int64Info       func(h ptr, name string, value *int64) int32                     `c:"getInt64InfoValue"`
	setBool         func(h ptr, name string, value int32) int32                      `c:"setBoolOptionValue"`
	setInt          func(h ptr, name string, value int32) int32                      `c:"setIntOptionValue"`
	setDouble       func(h ptr, name string, value float64) int32                    `c:"setDoubleOptionValue"`
	setString       func(h ptr, name, value string) int32                            `c:"setStringOptionValue"`
	setCallback     func(h ptr, callback, data uintptr) int32                        `c:"setCallback"`
	startCallback   func(h ptr, kind int32) int32                                    `c:"startCallback"`
	callbackItem    func(out *callbackOut, name string) ptr                          `c:"getCallbackDataOutItem"`
	zeroClocks      func(h ptr) int32                                                `c:"zeroAllClocks"`
	resetScheduler  func(blocking int32)                                             `c:"resetGlobalScheduler"`
	clearSolver     func(h ptr) int32                                                `c:"clearSolver"`
	callbackPointer uintptr
}

// api is the loaded library; loadOnce guards it.
var (
	api     library
	loadErr error
	once    sync.Once
)

// Load finds and opens the HiGHS library, once per process. It looks at the file that TIGHTROPE_HIGHS names, else for
// the pip package highsbox in a .venv beside the nearest go.mod above the working directory, then above the executable.
func Load() error {
	once.Do(func() { loadErr = load() })
	return loadErr
}

// Version returns the version of the loaded library, such as "1.15.1".
func Version() (string, error) {
	if err := Load(); err != nil {
		return "", err
	}
	return api.version(), nil
}

// load opens the library and binds its functions.
func load() error {
	path, err := find()
	if err != nil {
		return err
	}
	handle, err := openLibrary(path)
	if err != nil {
		return fmt.Errorf("HiGHS library %s does not open (%v): run `make setup` again or set %s", path, err,
			PathVariable)
	}
	if err := bind(handle, &api); err != nil {
		return fmt.Errorf("%s is not a HiGHS library that this program knows (%w): run `make setup`, which installs "+
			"the right version", path, err)
	}
	api.callbackPointer = purego.NewCallback(onCallback)
	return checkLayout(&api, path)
}

// bind looks up the function of the C API that each field of lib names.
func bind(handle uintptr, lib *library) error {
	fields := reflect.ValueOf(lib).Elem()
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Tag.Get("c")
		if name == "" {
			continue
		}
		address, err := lookUp(handle, "Highs_"+name)
		if err != nil {
			return fmt.Errorf("function Highs_%s is missing", name)
		}
		field := fields.Field(i)
		purego.RegisterFunc(reflect.NewAt(field.Type(), ptr(field.UnsafeAddr())).Interface(), address)
	}
	return nil
}

// checkLayout compares the structures this package shares with the library: the size of HighsInt, and the places of the
// two bounds in the callback's data.
func checkLayout(lib *library, path string) error {
	instance := lib.create()
	if instance == nil {
		return fmt.Errorf("HiGHS library %s could not create an instance: is there memory left?", path)
	}
	defer lib.destroy(instance)
	out := new(callbackOut)
	same := lib.sizeofHighsInt(instance) == 4 &&
		lib.callbackItem(out, "mip_dual_bound") == unsafe.Pointer(&out.mipDualBound) &&
		lib.callbackItem(out, "mip_primal_bound") == unsafe.Pointer(&out.mipPrimalBound)
	if !same {
		return fmt.Errorf("HiGHS %s at %s has another binary layout than this program expects: run `make setup`, "+
			"which installs the right version", lib.version(), path)
	}
	return nil
}

// find returns the path of the library, or an error with the remedy.
func find() (string, error) {
	if path := os.Getenv(PathVariable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%w at %s=%s: correct or unset the variable", ErrNotFound, PathVariable, path)
		}
		return path, nil
	}
	for _, start := range startFolders() {
		if path := findAbove(start); path != "" {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: run `make setup` (it installs the pip package highsbox into .venv), or set %s to "+
		"libhighs", ErrNotFound, PathVariable)
}

// startFolders returns the folders whose ancestors are searched.
func startFolders() []string {
	var folders []string
	if folder, err := os.Getwd(); err == nil {
		folders = append(folders, folder)
	}
	if executable, err := os.Executable(); err == nil {
		if resolved, err := filepath.EvalSymlinks(executable); err == nil {
			executable = resolved
		}
		folders = append(folders, filepath.Dir(executable))
	}
	return folders
}

// findAbove walks up from folder to the first go.mod and returns the library in the .venv beside it, or "". Only a
// module's own .venv is trusted.
func findAbove(folder string) string {
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return inVenv(filepath.Join(folder, ".venv"))
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return ""
		}
		folder = parent
	}
}

// inVenv returns highsbox's library inside a Python environment, or "".
func inVenv(venv string) string {
	name := "libhighs.so"
	if runtime.GOOS == "darwin" {
		name = "libhighs.dylib"
	}
	pattern := filepath.Join(venv, "lib", "python*", "site-packages", "highsbox", "highs_dist", "lib*", name)
	matches, err := filepath.Glob(pattern)
	if err != nil || len(matches) == 0 {
		return ""
	}
	return matches[len(matches)-1]
}
