package highs

// Status says how a solve ended. Only Optimal gives an optimum; what the others leave behind (X, DualBound) is what the
// solver had at that moment.
type Status int

const (
	// NumericalTrouble is every end without a usable verdict: errors of presolve, solve or postsolve, tolerances not
	// met, "unknown".
	NumericalTrouble Status = iota
	// Optimal: solved within the tolerances.
	Optimal
	// Infeasible: no point satisfies the constraints.
	Infeasible
	// Unbounded: the objective has no lower bound (or the problem is infeasible: presolve may not tell which).
	Unbounded
	// TimeLimit: Options.TimeLimit was reached.
	TimeLimit
	// Interrupted: the context ended.
	Interrupted
	// CutOff: Options.Cutoff was reached.
	CutOff
)

// String returns the name of the status in lower case.
func (s Status) String() string {
	switch s {
	case Optimal:
		return "optimal"
	case Infeasible:
		return "infeasible"
	case Unbounded:
		return "unbounded"
	case TimeLimit:
		return "time limit"
	case Interrupted:
		return "interrupted"
	case CutOff:
		return "cut off"
	}
	return "numerical trouble"
}

// modelStatus translates kHighsModelStatus of highs_c_api.h.
func modelStatus(code int32, why reason) Status {
	switch code {
	case 7:
		return Optimal
	case 8:
		return Infeasible
	case 9, 10:
		return Unbounded
	case 13:
		return TimeLimit
	case 17:
		if why == cutoff {
			return CutOff
		}
		return Interrupted
	}
	return NumericalTrouble
}
