package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// weightValue is a flag's number of at least 0: a weight, a rate or a factor.
type weightValue float64

// addWeight declares a flag for a finite number of at least 0.
func addWeight(s *pflag.FlagSet, to *float64, name, usage string) {
	s.Var((*weightValue)(to), name, usage)
}

// String implements pflag.Value; it reads as the same number.
func (v *weightValue) String() string { return strconv.FormatFloat(float64(*v), 'g', -1, 64) }

// Type implements pflag.Value.
func (v *weightValue) Type() string { return "number" }

// Set implements pflag.Value.
func (v *weightValue) Set(text string) error {
	x, err := parseWeight(text)
	if err == nil {
		*v = weightValue(x)
	}
	return err
}

func parseWeight(text string) (float64, error) {
	x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
		return 0, fmt.Errorf("use a number of at least 0, e.g. 0.5")
	}
	return x, nil
}

// timeValue is a flag's length of time.
type timeValue struct {
	to   *time.Duration
	zero bool // 0 is a time too
}

// addTime declares a flag for a positive time; its standard may be 0, for no limit.
func addTime(s *pflag.FlagSet, to *time.Duration, name string, standard time.Duration, usage string) {
	*to = standard
	s.Var(&timeValue{to, standard == 0}, name, withExample(usage, "60s or 5m"))
}

// String implements pflag.Value; it reads as the same time.
func (v *timeValue) String() string {
	if v.to == nil || *v.to == 0 {
		return "0"
	}
	return v.to.String()
}

// Type implements pflag.Value.
func (v *timeValue) Type() string { return "time" }

// Set implements pflag.Value.
func (v *timeValue) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d == 0 && !v.zero {
		return fmt.Errorf("use a positive time such as 60s or 5m")
	}
	*v.to = d
	return nil
}

// listValue is a flag's list of numbers.
type listValue struct {
	to    *[]float64
	kind  string
	parse func(string) (float64, error)
	given bool
}

// addRadii declares a flag for radii that commas separate.
func addRadii(s *pflag.FlagSet, to *[]float64, name, usage string) {
	s.Var(&listValue{to: to, kind: "radii", parse: parseRadius}, name, withExample(usage, "0.1,2/255"))
}

// addWeights declares a flag for numbers of at least 0 that commas separate.
func addWeights(s *pflag.FlagSet, to *[]float64, name, usage string) {
	s.Var(&listValue{to: to, kind: "numbers", parse: parseWeight}, name, withExample(usage, "0,0.5,2"))
}

// String implements pflag.Value.
func (v *listValue) String() string {
	if v.to == nil {
		return ""
	}
	return listed(*v.to)
}

// Type implements pflag.Value.
func (v *listValue) Type() string { return v.kind }

// Set implements pflag.Value: a flag that is repeated adds to the list.
func (v *listValue) Set(text string) error {
	var all []float64
	for part := range strings.SplitSeq(text, ",") {
		x, err := v.parse(part)
		if err != nil {
			return err
		}
		all = append(all, x)
	}
	if !v.given {
		*v.to, v.given = nil, true
	}
	*v.to = append(*v.to, all...)
	return nil
}

// listed shows numbers as a flag's list.
func listed(numbers []float64) string {
	var parts []string
	for _, x := range numbers {
		parts = append(parts, strconv.FormatFloat(x, 'g', -1, 64))
	}
	return strings.Join(parts, ",")
}
