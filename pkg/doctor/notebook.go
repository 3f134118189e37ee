package doctor

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// notebookChecks looks for JupyterLab, the GoNB kernel and goimports in the checkout.
func notebookChecks(root string) []Check {
	if root == "" {
		return []Check{{Name: "notebooks", Optional: true, Detail: "not in a checkout",
			Remedy: "run doctor in the folder of the checkout"}}
	}
	return []Check{
		fileCheck("JupyterLab", filepath.Join(root, ".venv", "bin", "jupyter-lab"), root),
		kernelCheck(root),
		fileCheck("goimports", filepath.Join(root, "bin", "goimports"), root),
	}
}

// fileCheck passes where path exists.
func fileCheck(name, path, root string) Check {
	shown, err := filepath.Rel(root, path)
	if err != nil {
		shown = path
	}
	if _, err := os.Stat(path); err != nil {
		return Check{Name: name, Detail: "no " + shown, Remedy: "make setup"}
	}
	return Check{Name: name, OK: true, Detail: shown}
}

// kernelCheck passes where the kernelspec starts a program that is there, for this checkout.
func kernelCheck(root string) Check {
	const folder = ".venv/share/jupyter/kernels/gonb"
	check := Check{Name: "GoNB kernel", Remedy: "make setup"}
	text, err := os.ReadFile(filepath.Join(root, folder, "kernel.json"))
	if err != nil {
		check.Detail = "not installed in " + folder
		return check
	}
	var spec struct{ Argv []string }
	if err := json.Unmarshal(text, &spec); err != nil || len(spec.Argv) == 0 {
		check.Detail = folder + "/kernel.json is damaged"
		return check
	}
	if _, err := os.Stat(spec.Argv[0]); err != nil {
		check.Detail = fmt.Sprintf("its program %s is missing", spec.Argv[0])
		return check
	}
	if !slices.ContainsFunc(spec.Argv, func(arg string) bool { return servesFolder(arg, root) }) {
		check.Detail = "made for another folder than this checkout"
		return check
	}
	return Check{Name: check.Name, OK: true, Detail: folder}
}

// servesFolder reports whether a kernel's argument is -go_work=root.
func servesFolder(arg, root string) bool {
	value, found := strings.CutPrefix(strings.TrimLeft(arg, "-"), "go_work=")
	return found && sameFolder(value, root)
}

func sameFolder(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
