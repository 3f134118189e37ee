package main

import (
	"cmp"
	"fmt"
	"io"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/memory"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// device is a machine as its maker describes it (float32 without TF32, which certificates need) and the part of that
// which is assumed to be reached.
type device struct {
	name      string
	flops     float64 // a second, peak
	bandwidth float64 // bytes per second, peak
	share     float64 // of the peaks, assumed
	memory    int64   // bytes
}

// devices: vendors' data sheets; the cores' peak is the matrix product measured on them (see docs/performance.md).
var devices = []device{{"2 cores", 125e9, 30e9, 0.4, 24 << 30}, {"A100 40 GB", 19.5e12, 1.555e12, 0.3, 40 << 30},
	{"H100 80 GB", 67e12, 3.35e12, 0.3, 80 << 30}}

// traffic is how often each number that is alive is assumed to cross the memory: written, and read twice.
const traffic = 3

// seconds estimates one sample of a schedule: computing or moving, whichever takes longer.
func (d device) seconds(s *bound.Schedule) float64 {
	return max(s.FLOPs/(d.share*d.flops), traffic*float64(s.Bytes)/float64(s.Batch)/(d.share*d.bandwidth))
}

// unlimited is more memory than any schedule needs.
const unlimited = 1 << 60

// trained is the bound that dominates a method's training step; nil if the cost model has none for it.
func trained(c train.Config) bound.Named {
	if t, known := c.Technique(); known {
		return t
	}
	return nil
}

// estimates shows what a run of each recipe at paper scale would take.
func estimates(w io.Writer) error {
	header := []string{"recipe", "network", "method", "epochs", "GFLOP a sample", "memory of a batch"}
	for _, d := range devices {
		header = append(header, "hours, "+d.name)
	}
	var rows [][]string
	seen := map[string]bool{} // rows that differ in their names only, e.g. in eps, are shown once
	for _, name := range recipe.Names() {
		r, err := recipe.Get(name, recipe.Paper)
		if err != nil {
			return err
		}
		row, err := estimate(r)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if row == nil || seen[fmt.Sprint(row[1:])] {
			continue
		}
		seen[fmt.Sprint(row[1:])] = true
		rows = append(rows, row)
	}
	return record.WriteTable(w, record.Markdown, header, rows)
}

// estimate is the row of a recipe, nil if there is no cost model.
func estimate(r recipe.Recipe) ([]string, error) {
	technique := trained(r.Train)
	if technique == nil {
		return nil, nil
	}
	samples, err := data.TrainSize(r.Data)
	if err != nil {
		return nil, err
	}
	if r.TrainSamples > 0 {
		samples = min(samples, r.TrainSamples)
	}
	n, err := network(r.Arch, r.Data)
	if err != nil {
		return nil, err
	}
	batch := cmp.Or(r.Train.Batch, 50)
	s, err := bound.Plan(technique, n, bound.PlanOptions{Batch: batch, Memory: unlimited, Norm: r.Train.Norm,
		Training: true})
	if err != nil {
		return nil, err
	}
	row := []string{r.Name, r.Arch, r.Train.Method.String(), fmt.Sprint(r.Train.Epochs),
		fmt.Sprintf("%.3g", s.FLOPs/1e9), memory.Format(s.Bytes)}
	for _, d := range devices {
		time := "does not fit"
		if s.Bytes <= d.memory {
			time = hours(float64(r.Train.Epochs*samples) * d.seconds(s) / 3600)
		}
		row = append(row, time)
	}
	return row, nil
}

// hours with as many digits as an estimate deserves.
func hours(h float64) string {
	switch {
	case h < 0.01:
		return "< 0.01"
	case h < 10:
		return fmt.Sprintf("%.2g", h)
	}
	return fmt.Sprintf("%.0f", h)
}

func network(arch, set string) (*net.Network, error) {
	shape, classes, err := data.Shape(set)
	if err != nil {
		return nil, err
	}
	return net.Named(arch, shape, classes)
}

// growth shows how operations and memory of exact Fast-Lin and CROWN-IBP grow with batch, width and depth.
func growth(w io.Writer) error {
	var rows [][]string
	for _, at := range []struct {
		what, arch string
		batch      int
	}{
		{"batch 1", "fc100 fc100 fc10", 1}, {"batch 50", "fc100 fc100 fc10", 50},
		{"batch 500", "fc100 fc100 fc10", 500},
		{"width 200", "fc200 fc200 fc10", 50}, {"width 400", "fc400 fc400 fc10", 50},
		{"width 800", "fc800 fc800 fc10", 50},
		{"depth 3", "fc100 fc100 fc100 fc10", 50}, {"depth 5", "fc100 fc100 fc100 fc100 fc100 fc10", 50},
	} {
		n, err := network(at.arch, "mnist")
		if err != nil {
			return err
		}
		row := []string{at.what, at.arch, fmt.Sprint(at.batch)}
		for _, t := range bound.Passes() {
			s, err := bound.Plan(t, n, bound.PlanOptions{Batch: at.batch, Memory: unlimited, Norm: ball.Linf})
			if err != nil {
				return err
			}
			row = append(row, fmt.Sprintf("%.3g", s.FLOPs/1e6), memory.Format(s.Bytes))
		}
		rows = append(rows, row)
	}
	header := []string{"what grows", "network on MNIST", "batch"}
	for i, t := range bound.Passes() {
		unit := ""
		if i == 0 {
			unit = ": MFLOP a sample"
		}
		header = append(header, t.Name()+unit, "memory")
	}
	return record.WriteTable(w, record.Markdown, header, rows)
}
