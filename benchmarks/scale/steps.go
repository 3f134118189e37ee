package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// timedBatch are the samples of a timed step at most, to keep it short: a sample of a larger batch takes about as long.
const timedBatch = 64

// throughput times training steps of every recipe at paper scale, without regularizers, at the target radius and the
// first weights, on images of noise: exact training bounds nearly every unit there, later fewer. Recipes whose steps
// are the same work are shown once.
func throughput(w io.Writer, each time.Duration, skip, peersRecord string) error {
	skipped, err := regexp.Compile(skip)
	if err != nil {
		return fmt.Errorf("recipes to skip: %w", err)
	}
	b, info, err := backend.Open("")
	if err != nil {
		return err
	}
	peers, err := readPeers(peersRecord)
	if err != nil {
		return err
	}
	before := load()
	var rows [][]string
	seen := map[string]bool{}
	for _, name := range recipe.Names() {
		r, err := recipe.Get(name, recipe.Paper)
		if err != nil {
			return err
		}
		key := fmt.Sprint(r.Arch, r.Data, r.Train.Method, r.Train.Norm, r.Train.Batch, r.Train.Projections,
			r.Train.RS > 0, r.Train.CrossLipschitz > 0, r.Train.Attack)
		if seen[key] || skip != "" && skipped.MatchString(name) {
			continue
		}
		seen[key] = true
		row, err := stepRow(b, r, each, peers)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintln(os.Stderr, strings.Join(row, "  "))
		rows = append(rows, row)
	}
	fmt.Fprintf(w, "%s; %d cores, load average %s before, %s after; %s. Steps of at most %d samples, for %v each. "+
		"Peers: %s, from %s.",
		time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), before, load(), info, timedBatch, each, peers.Date,
		peersRecord)
	if skip != "" {
		fmt.Fprintf(w, " NOT TIMED: recipes that match %q.", skip)
	}
	fmt.Fprint(w, "\n\n")
	return record.WriteTable(w, record.Markdown,
		[]string{"recipe", "network", "method", "batch", "ms a sample", "s an epoch", "epochs", "hours",
			"peers, s an epoch"}, rows)
}

func stepRow(b compute.Backend, r recipe.Recipe, each time.Duration, peers *peerTimes) ([]string, error) {
	ms, err := timeSteps(b, r, each)
	if err != nil {
		return nil, err
	}
	samples, err := data.TrainSize(r.Data)
	if err != nil {
		return nil, err
	}
	epoch := ms * float64(samples) / 1000
	batch := cmp.Or(r.Train.Batch, 50)
	return []string{r.Name, r.Arch, r.Train.Method.String(), fmt.Sprint(batch), fmt.Sprintf("%.3g", ms),
		fmt.Sprintf("%.3g", epoch), fmt.Sprint(r.Train.Epochs),
		hours(epoch * float64(r.Train.Epochs) / 3600), peers.epoch(r, samples)}, nil
}

// timeSteps is the median ms per sample of the steps after the first, which compiles; at least one.
func timeSteps(b compute.Backend, r recipe.Recipe, each time.Duration) (float64, error) {
	shape, classes, err := data.Shape(r.Data)
	if err != nil {
		return 0, err
	}
	set := &data.Set{Shape: shape, Classes: classes}
	n, err := r.Network(set)
	if err != nil {
		return 0, err
	}
	c := atTarget(r.Train)
	set.X, set.Y = noise(n, c.Batch)
	return medianStep(b, n, set, c, each)
}

// atTarget is the training's configuration after its ramps.
func atTarget(c train.Config) train.Config {
	c.Batch = min(cmp.Or(c.Batch, 50), timedBatch)
	c.Warmup, c.Ramp, c.EpsStart, c.Decay = 0, 0, c.Eps, train.Decay{}
	c.Epochs = 1000
	return c.Dearest()
}

func medianStep(b compute.Backend, n *net.Network, set *data.Set, c train.Config, each time.Duration) (float64, error) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var times []float64
	var begin time.Time
	last := time.Now()
	_, _, err := train.Run(ctx, b, n, set, c, train.Options{OnStep: func(train.Progress) {
		now := time.Now()
		if begin.IsZero() {
			begin = now
		} else if times = append(times, now.Sub(last).Seconds()); now.Sub(begin) > each {
			stop()
		}
		last = now
	}})
	if err != nil && !errors.Is(err, train.ErrInterrupted) {
		return 0, err
	}
	return 1000 * median(times) / float64(c.Batch), nil
}

// peerTimes are the measurements of make bench-peers.
type peerTimes struct {
	Date  string `json:"date"`
	Cases []struct {
		Network     string                     `json:"network"`
		Task        string                     `json:"task"`
		Method      string                     `json:"method"`
		Samples     int                        `json:"samples"`
		Projections int                        `json:"projections"`
		Results     map[string]json.RawMessage `json:"results"`
	} `json:"cases"`
}

func readPeers(path string) (*peerTimes, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: make bench-peers BENCH=--publish writes it", err)
	}
	p := &peerTimes{}
	if err := json.Unmarshal(content, p); err != nil {
		return nil, fmt.Errorf("%s: %w: make bench-peers BENCH=--publish writes it anew", path, err)
	}
	return p, nil
}

// epoch is the peers' time for one epoch of a recipe, where they were measured on its network: the case of the most
// samples.
func (p *peerTimes) epoch(r recipe.Recipe, samples int) string {
	method := map[train.Method]string{train.CP: "fast-lin", train.IBP: "ibp",
		train.CROWNIBP: "crown-ibp"}[r.Train.Method]
	var texts []string
	most := 0
	for _, c := range p.Cases {
		if r.Data != "mnist" || c.Task != "train" || c.Network != r.Arch || c.Method != method ||
			c.Projections != r.Train.Projections || c.Samples < most {
			continue
		}
		most, texts = c.Samples, nil
		for name, raw := range c.Results {
			var runs []struct {
				Times []float64 `json:"times_ms"`
			}
			if name == "ours" || json.Unmarshal(raw, &runs) != nil { // a text says why there is none
				continue
			}
			var times []float64
			for _, run := range runs {
				times = append(times, run.Times...)
			}
			if len(times) > 0 {
				texts = append(texts, fmt.Sprintf("%s %.3g", name,
					median(times)/float64(c.Samples)*float64(samples)/1000))
			}
		}
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}
