// Command ours is Tightrope's side of the benchmarks: it prepares the weights and inputs that all programs share, and
// runs one timed task on them in a process of its own. Its peer is benchmarks/peers.py, with the same flags and the
// same JSON.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	_ "tightrope/pkg/xlamemory" // a program's choice: see its documentation
)

// job is one measurement, as its flags say.
type job struct {
	task    string // idle, verify, train or attack
	method  string // fast-lin, crown, crown-ibp or ibp
	weights string // safetensors
	data    string // safetensors: x [samples, channels, height, width], y [samples]
	eps     float64
	project int // random projections; 0: exact
	batch   int
	samples int // of the data; 0: all
	repeats int // at most, after one that warms up
	least   int
	seconds float64
	memory  string
}

// result is what a task prints.
type result struct {
	Device  string      `json:"device"`
	First   float64     `json:"first_s"`           // seconds of the first, untimed call: it compiles
	Times   []float64   `json:"times_ms"`          // of each timed call over all samples (training: of a step)
	Samples int         `json:"samples"`           // of a call
	Margins [][]float64 `json:"margins,omitempty"` // [sample][class]; attack: [sample][1], the smallest
	Losses  []float64   `json:"losses,omitempty"`  // of each step, the first one too
}

var tasks = map[string]func(job) (*result, error){"idle": idle, "verify": verify, "train": step, "attack": attackAll}

func main() {
	err := fmt.Errorf("use: ours prepare|idle|verify|train|attack FLAGS")
	if len(os.Args) > 1 {
		switch task := os.Args[1]; {
		case task == "prepare":
			err = prepare(os.Args[2:])
		case tasks[task] != nil:
			err = run(task, os.Args[2:])
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ours:", err)
		os.Exit(1)
	}
}

func run(task string, args []string) error {
	j := job{task: task}
	f := flag.NewFlagSet(task, flag.ExitOnError)
	f.StringVar(&j.method, "method", "fast-lin", "fast-lin, crown, crown-ibp or ibp")
	f.StringVar(&j.weights, "weights", "", "safetensors file of the network")
	f.StringVar(&j.data, "data", "", "safetensors file of the samples")
	f.Float64Var(&j.eps, "eps", 0.1, "radius, pixel units")
	f.IntVar(&j.project, "projections", 0, "random projections in training; 0: exact bounds")
	f.IntVar(&j.batch, "batch", 50, "samples in one call of the compiled graph")
	f.IntVar(&j.samples, "samples", 0, "how many of the samples; 0: all")
	f.IntVar(&j.repeats, "repeats", 10, "timed repeats, at most")
	f.IntVar(&j.least, "least", 2, "timed repeats, at least")
	f.Float64Var(&j.seconds, "seconds", 5, "no further repeat after so long")
	f.StringVar(&j.memory, "memory", "", "memory that bounds may take, e.g. 2GiB; empty: half of what is free")
	if err := f.Parse(args); err != nil {
		return err
	}
	r, err := tasks[task](j)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// enough reports whether the repeats made so far, in ms, will do.
func (j job) enough(times []float64) bool {
	total := 0.0
	for _, t := range times {
		total += t / 1000
	}
	return len(times) >= j.repeats || len(times) >= j.least && total >= j.seconds
}

// timed runs a call once to compile, then again and again.
func (j job) timed(call func() error) (r *result, err error) {
	r = &result{}
	start := time.Now()
	if err = call(); err != nil {
		return nil, err
	}
	r.First = time.Since(start).Seconds()
	for !j.enough(r.Times) {
		start = time.Now()
		if err = call(); err != nil {
			return nil, err
		}
		r.Times = append(r.Times, milliseconds(time.Since(start)))
	}
	return r, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// smallest is the least of some margins, as one row.
func smallest(margins []float64) [][]float64 {
	rows := make([][]float64, 0, len(margins))
	for _, m := range margins {
		rows = append(rows, []float64{m})
	}
	return rows
}
