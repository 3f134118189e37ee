package doctor

import (
	"tightrope/pkg/verify/highs"
)

// solverCheck loads HiGHS, which exact verification by LP and MILP needs.
func solverCheck() Check {
	version, err := highs.Version()
	if err != nil {
		return Check{Name: "HiGHS", Optional: true, Detail: err.Error(),
			Remedy: "make setup (exact verification needs it, nothing else)"}
	}
	return Check{Name: "HiGHS", OK: true, Detail: version}
}
