package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tightrope/pkg/backend"
	"tightrope/pkg/queue"
	"tightrope/pkg/record"
	"tightrope/pkg/verify"
	"tightrope/pkg/verify/outcome"
)

// partsSchema is the version of the form of a list of parts.
const partsSchema = 1

// parts is what the workers of a verification are told: the same command on ranges of images.
type parts struct {
	Schema    int      `json:"schema"`
	Model     string   `json:"model"`
	Arguments []string `json:"arguments"` // flags of the command that matter for each part
	Ranges    [][2]int `json:"ranges"`    // first image, and the first one behind the part
}

// partsFolder holds the list and a folder for each part, in that of the verification.
const partsFolder = ".parts"

// partsPrefix tells the lists of parts from the lists of runs.
const partsPrefix = "verify-"

func isParts(list string) bool { return strings.HasPrefix(filepath.Base(list), partsPrefix) }

// manyParts is how many parts a large set has: enough for many workers, few against the time that each takes to compile.
const manyParts = 32

// ranges splits images into parts; it does not depend on the workers, so that their number may change when a verification goes on.
func ranges(images int) (all [][2]int) {
	size := max(1, (images+manyParts-1)/manyParts)
	for from := 0; from < images; from += size {
		all = append(all, [2]int{from, min(from+size, images)})
	}
	return all
}

// notForParts are the flags that a part does not get.
var notForParts = []string{"workers", "slurm", "detach", "out", "resume", "force", "backend", "data-dir"}

// parts has other processes work on ranges of the images and merges what they decide into the folder. It returns their work, nil
// where the command does not wait for it.
func (f *verifyFlags) parts(cmd *cobra.Command, model string, images int) (*outcome.Summary, error) {
	if f.workers != 0 && f.cluster.cluster != "" {
		return nil, fmt.Errorf("--workers and --slurm exclude each other: the cluster decides how many tasks run at the same time (concurrent in its TOML file)")
	}
	start := time.Now()
	list, p, err := f.writeParts(cmd, model, images)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(list)
	tasks := p.looks(dir)
	for _, t := range tasks {
		if err := queue.Retry(t.Dir); err != nil {
			return nil, err
		}
	}
	if f.cluster.cluster != "" {
		err = f.cluster.submit(cmd, "tightrope-verify", list, shared(cmd), tasks)
	} else {
		err = f.processes(cmd, list, tasks)
	}
	if errors.Is(err, errDetached) {
		return nil, nil
	}
	if err != nil {
		return nil, interrupted(err)
	}
	work, err := p.work(dir)
	work.Seconds = time.Since(start).Seconds()
	return work, errors.Join(err, verify.Merge(f.out, p.folders(dir)))
}

func (f *verifyFlags) processes(cmd *cobra.Command, list string, tasks []queue.Task) error {
	o := processes{count: f.workers, log: func(worker int) string { return fmt.Sprintf("%s.worker%d.log", list, worker) }}
	o.arguments = func(worker int) []string {
		return append([]string{"work", list, "--child", "--worker", fmt.Sprint(worker)}, shared(cmd)...)
	}
	return o.run(cmd, tasks)
}

// writeParts writes the list for the workers.
func (f *verifyFlags) writeParts(cmd *cobra.Command, model string, images int) (list string, p *parts, err error) {
	p = &parts{Schema: partsSchema, Ranges: ranges(images)}
	if p.Model, err = filepath.Abs(model); err != nil {
		return "", nil, err
	}
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if slices.Contains(notForParts, flag.Name) {
			return
		}
		value := flag.Value.String()
		if many, ok := flag.Value.(pflag.SliceValue); ok {
			value = strings.Join(many.GetSlice(), ",")
		}
		p.Arguments = append(p.Arguments, "--"+flag.Name+"="+value)
	})
	content, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return "", nil, err
	}
	dir, err := filepath.Abs(filepath.Join(f.out, partsFolder))
	if err != nil {
		return "", nil, err
	}
	if f.force {
		if err := os.RemoveAll(dir); err != nil {
			return "", nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, record.Explain(dir, err)
	}
	sum := sha256.Sum256(content)
	list = filepath.Join(dir, fmt.Sprintf("%s%x.json", partsPrefix, sum[:6]))
	return list, p, record.WriteAtomic(list, append(content, '\n'))
}

// readParts reads a list.
func readParts(list string) (*parts, error) {
	content, err := os.ReadFile(list)
	if err != nil {
		return nil, fmt.Errorf("no list of parts: %w: repeat the verification's command", err)
	}
	p := &parts{}
	if err := json.Unmarshal(content, p); err != nil {
		return nil, fmt.Errorf("list of parts %s is damaged (%w): repeat the verification's command", list, err)
	}
	if p.Schema != partsSchema {
		return nil, fmt.Errorf("list of parts %s has schema %d, this program reads %d: start verify and workers with the same version of tightrope", list, p.Schema, partsSchema)
	}
	return p, nil
}

func (p *parts) name(i int) string {
	return fmt.Sprintf("images-%06d-%06d", p.Ranges[i][0], p.Ranges[i][1])
}

// looks are the tasks as one who does not work on them sees them.
func (p *parts) looks(dir string) (tasks []queue.Task) {
	for i := range p.Ranges {
		folder := filepath.Join(dir, p.name(i))
		tasks = append(tasks, queue.Task{Name: p.name(i), Dir: folder, Done: func() (bool, error) {
			found, err := record.Find(folder)
			return len(found) > 0, err
		}})
	}
	return tasks
}

// folders are the parts for [verify.Merge].
func (p *parts) folders(dir string) (all []verify.Part) {
	for i := range p.Ranges {
		all = append(all, verify.Part{Dir: filepath.Join(dir, p.name(i)), First: p.Ranges[i][0]})
	}
	return all
}

// summaryFile keeps what the stages of a part did.
const summaryFile = "summary.json"

// work sums up what the stages of all parts did.
func (p *parts) work(dir string) (*outcome.Summary, error) {
	total := &outcome.Summary{}
	for i := range p.Ranges {
		content, err := os.ReadFile(filepath.Join(dir, p.name(i), summaryFile))
		if err != nil {
			return total, fmt.Errorf("part %s is not whole: %w: go on with --resume", p.name(i), err)
		}
		var s outcome.Summary
		if err := json.Unmarshal(content, &s); err != nil {
			return total, fmt.Errorf("part %s is damaged: %w: delete its folder and go on with --resume", p.name(i), err)
		}
		total.AddWork(&s)
		total.Certified, total.Falsified, total.Unchecked, total.Unknown = total.Certified+s.Certified, total.Falsified+s.Falsified, total.Unchecked+s.Unchecked, total.Unknown+s.Unknown
	}
	return total, nil
}

// tasks are the parts for a worker, which reads network and data once.
func (p *parts) tasks(dir, backendName, dataDir string) ([]queue.Task, error) {
	cmd, f := newVerify()
	cmd.Flags().String("data-dir", dataDir, "")
	if err := cmd.ParseFlags(p.Arguments); err != nil {
		return nil, err
	}
	o, err := f.options()
	if err != nil {
		return nil, err
	}
	network, set, shared, err := f.open(cmd, p.Model)
	if err != nil {
		return nil, err
	}
	o.Ball, o.Memory = shared.Ball, shared.Memory
	b, _, err := backend.Open(backendName)
	if err != nil {
		return nil, err
	}
	tasks := p.looks(dir)
	for i := range tasks {
		part, folder := set.Slice(p.Ranges[i][0], p.Ranges[i][1]), tasks[i].Dir
		tasks[i].Run = func(ctx context.Context, c *queue.Claim) error {
			run, err := verify.OpenFolder(folder, record.Resume)
			if err != nil {
				return err
			}
			defer run.Close()
			if err := run.SetRecipe(f.recipe(p.Model, network, part)); err != nil {
				return err
			}
			o := o
			o.Dir = folder
			o.Progress = func(s *outcome.Summary) {
				c.Report(fmt.Sprintf("%d of %d images: certified %d falsified %d unchecked %d unknown %d", s.Done(), s.Samples, s.Certified, s.Falsified, s.Unchecked, s.Unknown), true)
			}
			s, err := verify.Cascade(ctx, b, network, part, o)
			if err != nil {
				return err
			}
			return finishPart(run, s, verify.Record(s, network.Name, o))
		}
	}
	return tasks, nil
}

// finishPart writes what the stages did, then the record, which marks the part as done.
func finishPart(run *record.Run, s *outcome.Summary, r *record.Record) error {
	content, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := record.WriteAtomic(filepath.Join(run.Dir, summaryFile), content); err != nil {
		return err
	}
	return run.Finish(r)
}
