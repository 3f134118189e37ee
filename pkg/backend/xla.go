//go:build cgo && ((linux && (amd64 || arm64)) || (darwin && arm64) || (windows && amd64))

package backend

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/go-xla/pjrt"
)

// xlaCompiled says whether this program can load PJRT plugins at all.
const xlaCompiled = true

// AutoInstallEnv names the environment variable that, set to 1, lets [Open] download a
// missing PJRT plugin with GoMLX's installer.
const AutoInstallEnv = "TIGHTROPE_AUTO_INSTALL"

// openXLA opens XLA with the PJRT plugin of that name, cpu or cuda.
func openXLA(plugin, options string) (backend compute.Backend, info Info, err error) {
	// go-xla panics on some damaged plugins.
	defer func() {
		if problem := recover(); problem != nil {
			err = unavailable(plugin, oneLine(problem))
		}
	}()
	file, err := requirePlugin(plugin)
	if err != nil {
		return nil, Info{}, err
	}
	if plugin == "cuda" && !strings.Contains(options, "tf32") {
		options = strings.Trim(options+",tf32=false", ",")
	}
	switch plugin {
	case "cpu":
		beforeCPU()
	case "cuda":
		refuseTF32(options)
	}
	options, client, err := clientOptions(plugin, options)
	if err != nil {
		return nil, Info{}, err
	}
	xla.EnableAutoInstall(false) // requirePlugin did what the user allows
	engine, err := xla.NewWithOptions(strings.Trim(reference(plugin, file)+","+options, ","), client)
	if err != nil {
		return nil, Info{}, unavailable(plugin, oneLine(err))
	}
	info = xlaInfo(plugin, file, engine)
	info.Options = options
	return engine, info, nil
}

// refuseTF32 keeps TF32 out of what GoMLX's option does not reach: it sets the precision of products only, and
// convolutions by cuDNN would be rounded to 10 bits. It must run before the plugin is loaded.
func refuseTF32(options string) {
	if strings.Contains(options, "tf32=false") {
		os.Setenv(tf32Env, "0")
	}
}

// clientOptions takes the options that are the plugin's own out of those of go-xla.
func clientOptions(plugin, options string) (rest string, client pjrt.NamedValuesMap, err error) {
	var kept []string
	for option := range strings.SplitSeq(options, ",") {
		text, found := strings.CutPrefix(option, devicesOption)
		if !found || plugin != "cpu" {
			kept = append(kept, option)
			continue
		}
		count, err := strconv.ParseInt(text, 10, 64)
		if err != nil || count < 1 {
			return "", nil, fmt.Errorf("backend xla:cpu, option %q: use a positive number of devices", option)
		}
		client = pjrt.NamedValuesMap{"cpu_device_count": count}
	}
	return strings.Join(kept, ","), client, nil
}

// requirePlugin finds the plugin's file, downloading it only if the user said so.
func requirePlugin(plugin string) (string, error) {
	if file := findPlugin(plugin); file != "" {
		return file, nil
	}
	if os.Getenv(AutoInstallEnv) == "1" {
		if err := installer.AutoInstallPlugin(plugin, "", true, installer.Normal); err != nil {
			return "", unavailable(plugin, "the download that "+AutoInstallEnv+"=1 allows failed: "+oneLine(err))
		}
	}
	if file := findPlugin(plugin); file != "" {
		return file, nil
	}
	return "", unavailable(plugin, "no PJRT plugin found")
}

// misleading lists, per plugin, what its folder's path must not hold: go-xla takes a path
// with such a word anywhere in it for a plugin of that kind, and a comma for an option.
var misleading = map[string][]string{"cpu": {"CUDA", "NVIDIA", ","}, "cuda": {"CPU", ","}}

// reference is how go-xla is told the plugin: by its file, which skips a search that loads
// every plugin there is. Where the path misleads, the name must do; then go-xla needs the
// folder in PJRT_PLUGIN_LIBRARY_PATH when the program starts.
func reference(plugin, file string) string {
	folder := strings.ToUpper(filepath.Dir(file))
	for _, word := range misleading[plugin] {
		if strings.Contains(folder, word) {
			return plugin
		}
	}
	return file
}

func xlaInfo(plugin, file string, engine *xla.Backend) Info {
	info := newInfo("xla:" + plugin)
	info.Version = "go-xla " + moduleVersion(info, "github.com/gomlx/go-xla")
	if loaded, err := pjrt.GetPlugin(engine.PluginName()); err == nil {
		major, minor := loaded.Version()
		info.Version += fmt.Sprintf(", PJRT API %d.%d", major, minor)
	}
	info.Plugin = filepath.Base(file)
	info.Devices = engine.NumDevices()
	info.Device = engine.DeviceDescription(0)
	info.TF32 = engine.DotGeneralUseTF32
	info.Flags = plainFlags(os.Getenv(xlaFlagsEnv))
	if plugin == "cuda" {
		info.Card, info.Driver = card()
		info.TF32 = info.TF32 || os.Getenv(tf32Env) != "0"
	}
	return info
}

// pluginOf is the plugin of a backend, cpu or cuda, by the name or the file that XLA was opened with (see
// [findPlugin]); "" for another backend.
func pluginOf(b compute.Backend) string {
	engine, ok := b.(*xla.Backend)
	if !ok {
		return ""
	}
	return pluginIn(engine.PluginName())
}

// pluginIn is the plugin of a name or file. The folders of the file say nothing.
func pluginIn(reference string) string {
	name := strings.TrimPrefix(filepath.Base(reference), "pjrt_c_api_")
	name, _, _ = strings.Cut(name, "_")
	return name
}
