package report

import (
	"fmt"

	"tightrope/pkg/data"
	"tightrope/pkg/recipe"
)

// NotRun marks a row of a table for which there is no record.
const NotRun = "NOT RUN HERE"

// missing says that a row was not run, how to run it, and what that costs.
func (r Row) missing() string {
	return fmt.Sprintf("%s: `tightrope sweep %s --pair --scale paper`%s", NotRun, r.Recipe, r.cost())
}

// cost is the time of training a pair at the paper's scale on 2 cores, from measured steps.
func (r Row) cost() string {
	paper, err := recipe.Get(r.Recipe, recipe.Paper)
	if err != nil || r.StepMS == 0 {
		return " (cost not measured)"
	}
	images, err := data.TrainSize(r.Data)
	if err != nil {
		return " (cost not known)"
	}
	return fmt.Sprintf(" (about %s on 2 cores)",
		duration(2*float64(paper.Train.Epochs*images)*r.StepMS/1000))
}

// duration shows seconds in a unit that leaves a small number.
func duration(seconds float64) string {
	switch hours := seconds / 3600; {
	case hours < 2:
		return fmt.Sprintf("%.0f minutes", seconds/60)
	case hours < 48:
		return fmt.Sprintf("%.0f hours", hours)
	default:
		return fmt.Sprintf("%.0f days", hours/24)
	}
}
