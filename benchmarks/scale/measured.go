package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// speed are the trainings of one row.
type speed struct {
	name, method, scale, backend string
	cores, samples               int
}

// training shows the seconds of an epoch as records tell them: the median over epochs and runs.
func training(w io.Writer, records []*record.Record) error {
	seconds := map[speed][]float64{}
	for _, r := range records {
		if r.Kind != record.Train || len(r.Epochs) == 0 {
			continue
		}
		key, err := speedOf(r)
		if err != nil {
			return err
		}
		for _, e := range r.Epochs {
			seconds[key] = append(seconds[key], e.Seconds)
		}
	}
	var keys []speed
	for k := range seconds {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b speed) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	var rows [][]string
	for _, k := range keys {
		m := median(seconds[k])
		rows = append(rows, []string{k.name, k.scale, k.method, k.backend, fmt.Sprint(k.cores), fmt.Sprint(k.samples),
			fmt.Sprint(len(seconds[k])), fmt.Sprintf("%.3g", m), fmt.Sprintf("%.3g", 1000*m/float64(k.samples))})
	}
	return record.WriteTable(w, record.Markdown,
		[]string{"recipe", "scale", "method", "backend", "cores", "samples an epoch", "epochs measured", "s an epoch",
			"ms a sample"}, rows)
}

func speedOf(r *record.Record) (speed, error) {
	spec, err := recipe.FromRecord(r)
	if err != nil {
		return speed{}, err
	}
	var info backend.Info
	if err := json.Unmarshal(r.Backend, &info); err != nil {
		return speed{}, fmt.Errorf("backend of record %s: %w", r.Path, err)
	}
	last := r.Epochs[len(r.Epochs)-1]
	steps := last.Step / max(1, last.Epoch)
	return speed{r.Name, spec.Train.Method.String(), spec.Scale, info.Name, r.Machine.Threads,
		steps * cmp.Or(spec.Train.Batch, 50)}, nil
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// timed are the networks and techniques whose bounds are timed.
var timedNetworks = []struct{ data, arch string }{{"digits", "mlp-2x100"}, {"mnist", "mlp-2x100"}, {"mnist", "small"}}

var timedTechniques = bound.Passes()

// verification times the bounds of untrained networks on images of noise: the work is the same for any weights.
func verification(w io.Writer, each time.Duration) error {
	b, info, err := backend.Open("")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s; %d cores, load average before %s; %s.\n\n", time.Now().UTC().Format("2006-01-02"),
		runtime.NumCPU(), load(), info)
	var rows [][]string
	for _, at := range timedNetworks {
		shape, classes, err := data.Shape(at.data)
		if err != nil {
			return err
		}
		n, err := recipe.Recipe{Arch: at.arch}.Network(&data.Set{Shape: shape, Classes: classes})
		if err != nil {
			return err
		}
		for _, t := range timedTechniques {
			e, err := bound.NewEvaluator(b, n, bound.Options{Technique: t, Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}})
			if err != nil {
				return err
			}
			rate, err := perSecond(e, n, each)
			e.Close()
			if err != nil {
				return err
			}
			rows = append(rows, []string{at.arch, at.data, t.Name(), fmt.Sprintf("%.3g", rate)})
		}
	}
	return record.WriteTable(w, record.Markdown, []string{"network", "data", "technique", "images bounded a second"},
		rows)
}

// perSecond is how many images a compiled bound does.
func perSecond(e *bound.Evaluator, n *net.Network, each time.Duration) (float64, error) {
	batch := e.Schedule().Batch
	x, y := noise(n, batch)
	if _, err := bound.Evaluate(e, x, y); err != nil { // compiles
		return 0, err
	}
	images, start := 0, time.Now()
	for time.Since(start) < each {
		if _, err := bound.Evaluate(e, x, y); err != nil {
			return 0, err
		}
		images += batch
	}
	return float64(images) / time.Since(start).Seconds(), nil
}

// noise is a batch of images for a network, with labels.
func noise(n *net.Network, count int) (x []float32, y []int32) {
	x, y = make([]float32, count*n.InputSize()), make([]int32, count)
	for i := range x {
		x[i] = float32(i*7919%97) / 96
	}
	for i := range y {
		y[i] = int32(i % n.Classes())
	}
	return x, y
}

// load is the load average of the last minute.
func load() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(content), " ")
	return first
}
