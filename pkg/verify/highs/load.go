package highs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// PathVariable is the environment variable that names the shared library of
// HiGHS and takes the place of the search.
const PathVariable = "TIGHTROPE_HIGHS"

// ErrNotFound is the cause of Load's error where no library was found.
var ErrNotFound = errors.New("HiGHS was not found")

// library holds the functions of the C API that this package calls
// (highs_c_api.h; HighsInt is a 32-bit integer, checked by Load).
type library struct {
	create          func() unsafe.Pointer
	destroy         func(highs unsafe.Pointer)
	version         func() string
	sizeofHighsInt  func(highs unsafe.Pointer) int32
	passLp          func(highs unsafe.Pointer, cols, rows, nonzeros, format, sense int32, offset float64, cost, colLower, colUpper, rowLower, rowUpper *float64, start, index *int32, value *float64) int32
	setIntegrality  func(highs unsafe.Pointer, from, to int32, kind *int32) int32
	setCost         func(highs unsafe.Pointer, from, to int32, cost *float64) int32
	setOffset       func(highs unsafe.Pointer, offset float64) int32
	setSolution     func(highs unsafe.Pointer, colValue, rowValue, colDual, rowDual *float64) int32
	run             func(highs unsafe.Pointer) int32
	modelStatus     func(highs unsafe.Pointer) int32
	getSolution     func(highs unsafe.Pointer, colValue, colDual, rowValue, rowDual *float64) int32
	doubleInfo      func(highs unsafe.Pointer, name string, value *float64) int32
	intInfo         func(highs unsafe.Pointer, name string, value *int32) int32
	int64Info       func(highs unsafe.Pointer, name string, value *int64) int32
	setBool         func(highs unsafe.Pointer, name string, value int32) int32
	setInt          func(highs unsafe.Pointer, name string, value int32) int32
	setDouble       func(highs unsafe.Pointer, name string, value float64) int32
	setString       func(highs unsafe.Pointer, name, value string) int32
	setCallback     func(highs unsafe.Pointer, callback, data uintptr) int32
	startCallback   func(highs unsafe.Pointer, kind int32) int32
	callbackItem    func(out *callbackOut, name string) unsafe.Pointer
	zeroClocks      func(highs unsafe.Pointer) int32
	resetScheduler  func(blocking int32)
	clearSolver     func(highs unsafe.Pointer) int32
	callbackPointer uintptr
}

// api is the loaded library; loadOnce guards it.
var (
	api     library
	loadErr error
	once    sync.Once
)

// Load finds and opens the HiGHS library, once per process. It looks at the file
// that TIGHTROPE_HIGHS names, else for the pip package highsbox in a .venv beside
// the nearest go.mod above the working directory, then above the executable.
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
		return fmt.Errorf("HiGHS library %s does not open (%v): run `make setup` again or set %s", path, err, PathVariable)
	}
	if err := bind(handle, &api); err != nil {
		return fmt.Errorf("%s is not a HiGHS library that this program knows (%w): run `make setup`, which installs the right version", path, err)
	}
	api.callbackPointer = purego.NewCallback(onCallback)
	return checkLayout(&api, path)
}

// bind looks up every function of the C API that lib needs.
func bind(handle uintptr, lib *library) error {
	for name, target := range symbols(lib) {
		address, err := lookUp(handle, name)
		if err != nil {
			return fmt.Errorf("function %s is missing", name)
		}
		purego.RegisterFunc(target, address)
	}
	return nil
}

// symbols pairs the C names with the fields they are bound to.
func symbols(lib *library) map[string]any {
	return map[string]any{
		"Highs_create":                       &lib.create,
		"Highs_destroy":                      &lib.destroy,
		"Highs_version":                      &lib.version,
		"Highs_getSizeofHighsInt":            &lib.sizeofHighsInt,
		"Highs_passLp":                       &lib.passLp,
		"Highs_changeColsIntegralityByRange": &lib.setIntegrality,
		"Highs_changeColsCostByRange":        &lib.setCost,
		"Highs_changeObjectiveOffset":        &lib.setOffset,
		"Highs_setSolution":                  &lib.setSolution,
		"Highs_run":                          &lib.run,
		"Highs_getModelStatus":               &lib.modelStatus,
		"Highs_getSolution":                  &lib.getSolution,
		"Highs_getDoubleInfoValue":           &lib.doubleInfo,
		"Highs_getIntInfoValue":              &lib.intInfo,
		"Highs_getInt64InfoValue":            &lib.int64Info,
		"Highs_setBoolOptionValue":           &lib.setBool,
		"Highs_setIntOptionValue":            &lib.setInt,
		"Highs_setDoubleOptionValue":         &lib.setDouble,
		"Highs_setStringOptionValue":         &lib.setString,
		"Highs_setCallback":                  &lib.setCallback,
		"Highs_startCallback":                &lib.startCallback,
		"Highs_getCallbackDataOutItem":       &lib.callbackItem,
		"Highs_zeroAllClocks":                &lib.zeroClocks,
		"Highs_resetGlobalScheduler":         &lib.resetScheduler,
		"Highs_clearSolver":                  &lib.clearSolver,
	}
}

// checkLayout compares the structures this package shares with the library: the
// size of HighsInt, and the places of the two bounds in the callback's data.
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
		return fmt.Errorf("HiGHS %s at %s has another binary layout than this program expects: run `make setup`, which installs the right version", lib.version(), path)
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
	return "", fmt.Errorf("%w: run `make setup` (it installs the pip package highsbox into .venv), or set %s to libhighs", ErrNotFound, PathVariable)
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

// findAbove walks up from folder to the first go.mod and returns the library in
// the .venv beside it, or "". Only a module's own .venv is trusted.
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
