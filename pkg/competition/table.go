package competition

import (
	"fmt"
	"io"
	"slices"
	"time"

	"tightrope/pkg/property"
	"tightrope/pkg/record"
)

// Summary is what a family's results come to.
type Summary struct {
	Family                string
	Instances             int
	Sat, Unsat            int
	Right, Wrong, Unknown int     // among the decided: as the known answers say, against them, without one
	Proved                int     // decided with a checked proof
	Median                float64 // seconds of the decided
	PAR2                  float64 // mean of the seconds, twice the limit for an instance that was not decided
}

// Summarise adds up results by family, in the order in which families come; limits are capped by the timeout (0: not).
func Summarise(results []Result, timeout time.Duration) (all []Summary) {
	at := map[string]int{}
	seconds := map[string][]float64{}
	for i := range results {
		r := &results[i]
		k, known := at[r.Family]
		if !known {
			k = len(all)
			at[r.Family] = k
			all = append(all, Summary{Family: r.Family})
		}
		all[k].add(r, timeout)
		if r.decided() {
			seconds[r.Family] = append(seconds[r.Family], r.Seconds)
		}
	}
	for k := range all {
		all[k].PAR2 /= float64(all[k].Instances)
		all[k].Median = median(seconds[all[k].Family])
	}
	return all
}

func (s *Summary) add(r *Result, timeout time.Duration) {
	s.Instances++
	limit := r.Limit
	if timeout > 0 {
		limit = min(limit, timeout)
	}
	if !r.decided() {
		s.PAR2 += 2 * limit.Seconds()
		return
	}
	s.PAR2 += r.Seconds
	if r.Answer == property.Sat {
		s.Sat++
	} else {
		s.Unsat++
	}
	switch {
	case r.wrong():
		s.Wrong++
	case r.Want == "":
		s.Unknown++
	default:
		s.Right++
	}
	if r.Proof == Checked {
		s.Proved++
	}
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// WriteTable writes summaries, a row each.
func WriteTable(w io.Writer, format record.Format, all []Summary) error {
	var rows [][]string
	for _, s := range all {
		rows = append(rows, []string{s.Family, fmt.Sprintf("%d of %d", s.Sat+s.Unsat, s.Instances), fmt.Sprint(s.Sat),
			fmt.Sprint(s.Unsat), fmt.Sprint(s.Right), fmt.Sprint(s.Wrong), fmt.Sprint(s.Proved), fmt.Sprintf("%.2f",
				s.Median),
			fmt.Sprintf("%.2f", s.PAR2)})
	}
	return record.WriteTable(w, format, []string{"family", "decided", "sat", "unsat", "right", "wrong", "proved",
		"median s",
		"PAR-2 s"}, rows)
}
