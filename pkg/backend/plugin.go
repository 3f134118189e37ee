package backend

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

// pluginPathEnv lists the folders that hold PJRT plugins, as in go-xla.
const pluginPathEnv = "PJRT_PLUGIN_LIBRARY_PATH"

// findPlugin returns the file of the PJRT plugin of that name (cpu, cuda), or "".
func findPlugin(plugin string) string {
	extension := map[string]string{"darwin": "dylib", "windows": "dll"}[runtime.GOOS]
	if extension == "" {
		extension = "so"
	}
	for _, folder := range pluginFolders() {
		// GoMLX's installer puts a version into the name.
		for _, pattern := range []string{"pjrt_c_api_" + plugin + "_plugin.", "pjrt_c_api_" + plugin + "_v*_plugin."} {
			files, _ := filepath.Glob(filepath.Join(folder, pattern+extension))
			if len(files) > 0 {
				return files[len(files)-1]
			}
		}
	}
	return ""
}

// pluginFolders lists where plugins may lie, the user's own choice first.
func pluginFolders() []string {
	folders := filepath.SplitList(os.Getenv(pluginPathEnv))
	if here, err := os.Getwd(); err == nil {
		folders = append(folders, repositoryPlugins(here))
	}
	if program, err := os.Executable(); err == nil {
		folders = append(folders, repositoryPlugins(filepath.Dir(program)))
	}
	libraries := []string{"/usr/local/lib"}
	if home, err := os.UserHomeDir(); err == nil {
		libraries = append([]string{filepath.Join(home, ".local", "lib"),
			filepath.Join(home, "Library", "Application Support"), filepath.Join(home, "AppData", "Local")},
			libraries...)
	}
	for _, library := range libraries {
		folders = append(folders, filepath.Join(library, "go-xla"), filepath.Join(library, "go-xla", "nvidia"))
	}
	return absolute(folders)
}

// repositoryPlugins is .venv/pjrt of the checkout that folder lies in, or "".
func repositoryPlugins(folder string) string {
	if root := RepositoryRoot(folder); root != "" {
		return filepath.Join(root, ".venv", "pjrt")
	}
	return ""
}

// modulePath is this module's path; it follows when the module is renamed.
var modulePath = strings.TrimSuffix(reflect.TypeFor[Info]().PkgPath(), "/pkg/backend")

// RepositoryRoot walks up from a folder to the checkout of this module (the folder whose
// go.mod names this module); it returns "" outside of one.
func RepositoryRoot(folder string) string {
	for {
		text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module "+modulePath+"\n") {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return ""
		}
		folder = parent
	}
}

func absolute(folders []string) []string {
	var found []string
	for _, folder := range folders {
		if folder == "" {
			continue
		}
		if path, err := filepath.Abs(folder); err == nil {
			found = append(found, path)
		}
	}
	return found
}
