package backend

import (
	"fmt"
	"strings"
)

// Unavailable is the error of a backend that cannot be opened on this machine.
type Unavailable struct {
	Name   string // of the backend
	Reason string
	Remedy string // what the user can do about it
}

// Error is one line: name, reason, remedy.
func (u *Unavailable) Error() string {
	return fmt.Sprintf("backend %s: %s; %s", u.Name, u.Reason, u.Remedy)
}

// unavailable is the error of XLA with that plugin.
func unavailable(plugin, reason string) error {
	remedy := "run `make setup` in the checkout (Linux x86-64), or set " + pluginPathEnv +
		" to the folder with pjrt_c_api_cpu_plugin.so, or use --backend go"
	if plugin == "cuda" {
		remedy = "set TIGHTROPE_AUTO_INSTALL=1 once to download it with GoMLX's installer, or " + pluginPathEnv +
			" to its folder, or use --backend go"
	}
	return &Unavailable{Name: "xla:" + plugin, Reason: reason, Remedy: remedy}
}

// oneLine shortens an error of GoMLX, which may span lines and hold a stack, to its message.
func oneLine(err any) string {
	text := strings.Join(strings.Fields(fmt.Sprint(err)), " ")
	const longest = 300
	if len(text) > longest {
		text = text[:longest] + "..."
	}
	return text
}
