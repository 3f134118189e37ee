package lab

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/plot"
	"tightrope/pkg/record"
	"tightrope/pkg/study"
	"tightrope/pkg/tight"
)

// Learn trains on the plane (see [study.Learn]); an interrupt ends the cell.
func Learn(c study.Course) *record.Record {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	return Get(study.Learn(ctx, c))
}

// Courses displays where trainings on the plane ended: one row for each seed and way of training.
func Courses(records ...*record.Record) {
	header := []string{"seed", "training", "no attack found", "certified", "d", "r", "unstable a point",
		"of them tight"}
	var rows [][]string
	for _, r := range records {
		for _, run := range r.Course.Runs {
			f := run.Frames[len(run.Frames)-1]
			unbroken, certified := f.Count()
			rows = append(rows, []string{fmt.Sprint(r.Seed), training(run),
				fmt.Sprintf("%d of %d", unbroken, len(f.Bounds)), fmt.Sprint(certified),
				fmt.Sprintf("%.3f", f.D), fmt.Sprintf("%.4f", f.R), fmt.Sprintf("%.1f", f.Unstable),
				fmt.Sprintf("%.0f %%", tightPercent(run.Distances))})
		}
	}
	Table(header, rows...)
}

func training(run record.PlaneRun) string {
	text := strings.ToUpper(run.Method)
	if run.Method == "natural" {
		text = run.Method
	}
	if run.Lambda != 0 {
		text += fmt.Sprintf(", λ = %g", run.Lambda)
	}
	if run.Gamma != 0 {
		text += fmt.Sprintf(", γ = %g", run.Gamma)
	}
	return text
}

// tightPercent is the percentage of the distances that are 0 to rounding.
func tightPercent(distances []float32) float64 {
	tight := 0
	for _, d := range distances {
		if d <= plot.TightDistance {
			tight++
		}
	}
	return 100 * float64(tight) / float64(max(len(distances), 1))
}

// Distances measures how far the unstable neurons of a network sit from their touching points at the optimum of
// Fast-Lin, for the class with the smallest bound of each of the first samples of a set.
func Distances(n *net.Network, set *data.Set, samples int, b ball.Ball, lambda, gamma float64) plot.Distances {
	in := inspector(n, b.Norm, b.Box)
	defer in.Close()
	d := plot.Distances{Lambda: lambda, Gamma: gamma, Samples: min(samples, set.Len())}
	for i := range d.Samples {
		a := Get(inspect(in, set, i, b.Eps))
		for _, u := range a.Unstable() {
			d.Values = append(d.Values, u.Distance/(u.Upper-u.Lower))
		}
	}
	return d
}

// Inspect analyses one sample of a set, neuron by neuron, for the class with the smallest bound of Fast-Lin. An error
// ends the cell.
func Inspect(n *net.Network, set *data.Set, index int, b ball.Ball) *tight.Anatomy {
	in := inspector(n, b.Norm, b.Box)
	defer in.Close()
	return Get(inspect(in, set, index, b.Eps))
}

// NewInspector compiles [Inspect] once, for l_inf, and returns what draws [Anatomy] of a sample at a radius in pixel
// units: for live cells. The function returns an error for an index outside the set and a negative radius.
func NewInspector(n *net.Network, set *data.Set, box *ball.Box) func(index int, eps float64) (*plot.Figure, error) {
	in := inspector(n, ball.Linf, box)
	return func(index int, eps float64) (*plot.Figure, error) {
		a, err := inspect(in, set, index, eps)
		if err != nil {
			return nil, err
		}
		return Anatomy(a)
	}
}

func inspector(n *net.Network, norm ball.Norm, box *ball.Box) *tight.Inspector {
	device, _, err := backend.Open("")
	Must(err)
	return Get(tight.NewInspector(device, n, nil, ball.Ball{Norm: norm, Box: box}, tight.Options{}))
}

func inspect(in *tight.Inspector, set *data.Set, index int, eps float64) (*tight.Anatomy, error) {
	if index < 0 || index >= set.Len() {
		return nil, fmt.Errorf("sample %d of %s: use 0 to %d", index, set.Name, set.Len()-1)
	}
	return in.Inspect(floats.Double(set.Sample(index)), set.Y[index], -1, eps)
}
