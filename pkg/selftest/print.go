package selftest

import (
	"fmt"
	"io"

	"tightrope/pkg/record"
)

// Print writes the report as tables. It returns the writer's error.
func (r *Report) Print(w io.Writer) error {
	fmt.Fprintf(w, "%s; %s; %s; %d threads\n",
		r.Started.Format("2006-01-02 15:04 MST"), r.Versions.Tightrope, r.Backend, r.Machine.Threads)
	if r.Backend.Flags != "" || r.Backend.Options != "" {
		fmt.Fprintf(w, "options %q, XLA_FLAGS %q\n", r.Backend.Options, r.Backend.Flags)
	}
	if len(r.Checks) > 0 {
		var lines [][]string
		for _, c := range r.Checks {
			lines = append(lines, []string{c.mark(), c.Name, fmt.Sprintf("%.1f", c.Seconds), c.Detail})
		}
		fmt.Fprintln(w)
		if err := record.WriteTable(w, record.Plain, []string{"", "check", "s", "found"}, lines); err != nil {
			return err
		}
	}
	if len(r.Timings) == 0 {
		return nil
	}
	if p := r.Product; p != nil {
		fmt.Fprintf(w, "\nfloat32 product of %d x %d: %.4g GFLOP/s.", p.Size, p.Size, p.Rate/1e9)
	}
	fmt.Fprintf(w, "\nInputs: %s; eps %g; FLOPs by the cost model, every unit bounded by rows.\n", r.Inputs, radius)
	var lines [][]string
	for _, t := range r.Timings {
		lines = append(lines, t.cells())
	}
	return record.WriteTable(w, record.Plain, []string{"task", "ms a sample", "fastest", "first call, s", "MFLOP",
		"GFLOP/s", "of the product"}, lines)
}

// mark is a check's outcome in one word.
func (c Check) mark() string {
	switch {
	case c.OK:
		return "ok"
	case c.Skipped:
		return "--"
	}
	return "FAILED"
}

// cells is a row of the table.
func (t Timing) cells() []string {
	switch {
	case t.Error != "":
		return []string{t.Task, "FAILED: " + t.Error, "", "", "", "", ""}
	case t.Skipped != "":
		return []string{t.Task, "-- " + t.Skipped, "", "", "", "", ""}
	}
	return []string{t.Task, fmt.Sprintf("%.3g", t.MS), fmt.Sprintf("%.3g", t.Fastest), fmt.Sprintf("%.1f", t.First),
		fmt.Sprintf("%.3g", t.FLOPs/1e6), fmt.Sprintf("%.3g", t.Rate/1e9), fmt.Sprintf("%.2g %%", 100*t.Share)}
}

// Last is the newest check or row in one line, for a log that is written as they come.
func (r *Report) Last() string {
	switch {
	case len(r.Timings) > 0:
		t := r.Timings[len(r.Timings)-1]
		if t.Error+t.Skipped != "" {
			return t.Task + ": " + t.cells()[1]
		}
		return fmt.Sprintf("%s: %.3g ms a sample", t.Task, t.MS)
	case r.Product != nil:
		return fmt.Sprintf("float32 product: %.4g GFLOP/s", r.Product.Rate/1e9)
	case len(r.Checks) > 0:
		c := r.Checks[len(r.Checks)-1]
		return fmt.Sprintf("%s %s (%.1f s): %s", c.mark(), c.Name, c.Seconds, c.Detail)
	}
	return ""
}
