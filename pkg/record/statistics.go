package record

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Summary describes a sample of values, e.g. one error over seeds.
type Summary struct {
	N                int
	Mean, SD         float64 // SD (N-1) is NaN for one value
	Low, High        float64 // 95 % confidence interval of the mean (Student's t); NaN for one value
	Min, Median, Max float64
}

// Summarize returns the summary of values, [values]. It returns an error if there are none.
func Summarize(values []float64) (Summary, error) {
	if len(values) == 0 {
		return Summary{}, fmt.Errorf("no values to summarize: run at least one seed")
	}
	x := slices.Sorted(slices.Values(values))
	n := len(x)
	s := Summary{N: n, Min: x[0], Max: x[n-1], Median: (x[(n-1)/2] + x[n/2]) / 2}
	s.Mean, s.SD = stat.MeanStdDev(x, nil)
	if n < 2 {
		s.SD, s.Low, s.High = math.NaN(), math.NaN(), math.NaN()
		return s, nil
	}
	half := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(0.975) * s.SD / math.Sqrt(float64(n))
	s.Low, s.High = s.Mean-half, s.Mean+half
	return s, nil
}

// String is mean, standard deviation and number of values.
func (s Summary) String() string {
	if s.N < 2 {
		return fmt.Sprintf("%.2f (one run)", s.Mean)
	}
	return fmt.Sprintf("%.2f ± %.2f (sd, n = %d)", s.Mean, s.SD, s.N)
}

// Paired compares two settings over the same seeds: the differences other - base, in percentage points.
type Paired struct {
	Seeds       []uint64
	Base, Other Summary
	Difference  Summary   // its interval excludes 0 if the effect is significant at 5 %
	Differences []float64 // by seed
	Relative    float64   // (mean other - mean base) / mean base
}

// Significant reports whether the 95 % interval of the differences excludes 0; one pair never is.
func (p Paired) Significant() bool { return p.Difference.Low > 0 || p.Difference.High < 0 }

// String is the comparison in one line.
func (p Paired) String() string {
	text := fmt.Sprintf("%.2f %% -> %.2f %%: %+.2f points (%+.1f %% relative)", p.Base.Mean, p.Other.Mean,
		p.Difference.Mean, 100*p.Relative)
	if p.Difference.N < 2 {
		return text + ", one pair: no interval"
	}
	return text + fmt.Sprintf(", 95 %% interval [%+.2f, %+.2f], n = %d pairs", p.Difference.Low, p.Difference.High,
		p.Difference.N)
}

// Metric reads one number of a record.
type Metric func(*Record) (float64, error)

// CertifiedErrorOn is the metric of the certified error on a split, in percent.
func CertifiedErrorOn(split string) Metric {
	return resultOn(split, func(s SplitResult) float64 { return s.CertifiedError })
}

// StandardErrorOn is the metric of the standard error on a split, in percent.
func StandardErrorOn(split string) Metric {
	return resultOn(split, func(s SplitResult) float64 { return s.StandardError })
}

// PGDErrorOn is the metric of the error under PGD on a split, in percent.
func PGDErrorOn(split string) Metric {
	return func(r *Record) (float64, error) {
		if s, ok := r.Results[split]; ok && s.PGDSteps == 0 {
			return 0, fmt.Errorf("record %s was not attacked on the %s split: evaluate it with PGD", r.label(), split)
		}
		return resultOn(split, func(s SplitResult) float64 { return s.PGDError })(r)
	}
}

// CertifiedErrorAt is the metric of the certified error at one radius, in pixel units, of a record's curve, in percent.
func CertifiedErrorAt(eps float64) Metric {
	return func(r *Record) (float64, error) {
		for _, c := range r.Curve {
			if c.Eps == eps {
				return c.CertifiedError, nil
			}
		}
		return 0, fmt.Errorf("record %s has no error at eps = %g: evaluate it with that radius on its curve", r.label(),
			eps)
	}
}

func resultOn(split string, value func(SplitResult) float64) Metric {
	return func(r *Record) (float64, error) {
		s, ok := r.Results[split]
		if !ok {
			return 0, fmt.Errorf("record %s has no result on the %s split: evaluate it first", r.label(), split)
		}
		return value(s), nil
	}
}

// Compare pairs two lists of records by seed. Seeds that only one side has, a seed twice, different data, or recipes
// that differ in more than lambda and gamma are an error.
func Compare(base, other []*Record, metric Metric) (Paired, error) {
	others := map[uint64]*Record{}
	for _, r := range other {
		if others[r.Seed] != nil {
			return Paired{}, fmt.Errorf("two records of seed %d (%s and %s): give one a seed", r.Seed,
				others[r.Seed].label(), r.label())
		}
		others[r.Seed] = r
	}
	if len(base) != len(other) {
		return Paired{}, fmt.Errorf("%d records against %d: pairs need the same seeds on both sides", len(base),
			len(other))
	}
	var p Paired
	var a, b []float64
	for _, r := range base {
		s := others[r.Seed]
		if s == nil {
			return Paired{}, fmt.Errorf("seed %d of %s has no partner: pairs need the same seeds on both sides", r.Seed,
				r.label())
		}
		if r.Dataset.Hash != s.Dataset.Hash {
			return Paired{}, fmt.Errorf("seed %d: %s and %s were run on different data: repeat one of them", r.Seed,
				r.label(), s.label())
		}
		if field, v, w := firstDifference("", anyOf(r.common()), anyOf(s.common())); field != "" {
			return Paired{}, fmt.Errorf("seed %d: %s has %s = %s, its partner %s: compare runs of one recipe", r.Seed,
				r.label(), field, v, w)
		}
		x, err := metric(r)
		if err != nil {
			return Paired{}, err
		}
		y, err := metric(s)
		if err != nil {
			return Paired{}, err
		}
		delete(others, r.Seed)
		p.Seeds, a, b = append(p.Seeds, r.Seed), append(a, x), append(b, y)
		p.Differences = append(p.Differences, y-x)
	}
	return p.summarize(a, b)
}

func (p Paired) summarize(a, b []float64) (Paired, error) {
	var err error
	if p.Base, err = Summarize(a); err != nil {
		return Paired{}, err
	}
	if p.Other, err = Summarize(b); err != nil {
		return Paired{}, err
	}
	if p.Difference, err = Summarize(p.Differences); err != nil {
		return Paired{}, err
	}
	p.Relative = p.Difference.Mean / p.Base.Mean
	return p, nil
}

// label names a record in an error.
func (r *Record) label() string {
	if r.Path != "" {
		return r.Path
	}
	return r.Name
}
