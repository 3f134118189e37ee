package verify

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tightrope/pkg/backend"
	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/queue"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/outcome"
)

// Job is a verification that several processes share, as plain data: any process that reads it can work on its parts.
// The folder of the verification contains the job, a folder for each part and, at the end, the merged decisions.
type Job struct {
	Kind    string         `json:"kind"` // [JobKind]
	Schema  int            `json:"schema"`
	Model   string         `json:"model"`   // path of the network's file
	Data    string         `json:"data"`    // name of the data set, or path of a user's own
	Split   data.Options   `json:"split"`   // how it is divided; a worker has a Dir of its own
	Recipe  outcome.Recipe `json:"recipe"`  // of all images
	Options CascadeOptions `json:"options"` // of every part
}

// JobKind is [Job.Kind].
const JobKind = "verify"

// jobSchema is the version of the form of a job.
const jobSchema = 2

// NewJob describes a verification of the first images of the test split of a data set, which [data.Load] reads with the
// options split. It returns an error if the model's path, or that of the data, has no absolute form.
func NewJob(path string, n *net.Network, set *data.Set, split data.Options, o CascadeOptions) (*Job, error) {
	r := outcome.Recipe{Model: filepath.Base(path), Network: n.Hash(), Data: set.Name, DataHash: set.Hash(),
		Samples: set.Len(), Norm: o.Ball.Norm.String(), Eps: o.Ball.Eps, Radii: o.Ball.Radii,
		Box:   o.Ball.Box != nil,
		Until: o.Until.End().String(), PerImage: o.withDefaults().PerImage.String(), Seed: split.Seed}
	var skipped []string
	for _, s := range o.Skip {
		skipped = append(skipped, s.String())
	}
	if r.Skip = strings.Join(skipped, ","); o.Attack != nil {
		r.PGDSteps, r.StepSize = o.Attack.Steps, o.Attack.StepSize
		if o.Attack.Loss != 0 || o.Attack.Restarts != 0 {
			r.Attack = fmt.Sprintf("%v, restarts %d", o.Attack.Loss, o.Attack.Restarts)
		}
	}
	j := &Job{Kind: JobKind, Schema: jobSchema, Data: set.Name, Split: split, Recipe: r, Options: o}
	j.Split.Dir = ""
	var err, other error
	j.Model, err = filepath.Abs(path)
	if data.IsPath(j.Data) {
		j.Data, other = filepath.Abs(j.Data)
	}
	return j, errors.Join(err, other)
}

// partsFolder holds the jobs and a folder for each part, in that of the verification.
const partsFolder = ".parts"

// jobPrefix begins the names of jobs' files.
const jobPrefix = "verify-"

// Write writes the job for workers, to a file under the folder of the verification, and returns its path.
func (j *Job) Write(dir string) (path string, err error) {
	content, err := json.MarshalIndent(j, "", " ")
	if err != nil {
		return "", err
	}
	if dir, err = filepath.Abs(filepath.Join(dir, partsFolder)); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", record.Explain(dir, err)
	}
	sum := sha256.Sum256(content)
	path = filepath.Join(dir, fmt.Sprintf("%s%x.json", jobPrefix, sum[:6]))
	return path, record.WriteAtomic(path, append(content, '\n'))
}

// ErrNoJob is the error of [ReadJob] for a file that contains something else.
var ErrNoJob = errors.New("not the job of a verification")

// ReadJob reads a file of [Job.Write] and returns the folder of the verification, too. It returns [ErrNoJob] for
// another file, and an error with its remedy for a job of another version.
func ReadJob(path string) (j *Job, dir string, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, "", fmt.Errorf("no job at %s: %w: repeat the command that wrote it", path, err)
	}
	j = &Job{}
	if err := json.Unmarshal(content, j); err != nil || j.Kind != JobKind {
		return nil, "", fmt.Errorf("%s: %w", path, ErrNoJob)
	}
	if j.Schema != jobSchema {
		return nil, "", fmt.Errorf("job %s has schema %d, this program reads %d: start verify and workers with the "+
			"same version of tightrope", path, j.Schema, jobSchema)
	}
	return j, filepath.Dir(filepath.Dir(path)), nil
}

// Worker says where a process finds the backend and the data sets of a job; the zero value uses the defaults.
type Worker struct {
	Backend string // see [backend.Open]
	DataDir string // of the data sets
}

// open reads the network and the images. It returns an error if they are not those of the job.
func (j *Job) open(dataDir string) (*net.Network, *data.Set, error) {
	r := &j.Recipe
	file, err := model.Open(j.Model)
	if err != nil {
		return nil, nil, err
	}
	o := model.LoadOptions{Order: r.Layers}
	if r.Arch != "" {
		arch, err := model.Named(r.Arch, r.Input, r.Classes)
		if err != nil {
			return nil, nil, err
		}
		o.Arch = &arch
	}
	m, err := file.Model(o)
	if err != nil {
		return nil, nil, err
	}
	n, err := net.FromModel(m)
	if err != nil {
		return nil, nil, err
	}
	split := j.Split
	split.Dir = dataDir
	splits, err := data.Load(j.Data, split)
	if err != nil {
		return nil, nil, err
	}
	set := splits.Test.Head(r.Samples)
	if n.Hash() != r.Network || set.Hash() != r.DataHash {
		return nil, nil, fmt.Errorf("%s or the images of %s are not those that the job was made for: repeat the "+
			"command that made it", j.Model, r.Data)
	}
	return n, set, nil
}

// Tasks are the job's parts in the folder of the verification, for [queue.Work]. It returns an error if network,
// images or backend cannot be opened.
func (j *Job) Tasks(dir string, w Worker) ([]queue.Task, error) {
	n, set, err := j.open(w.DataDir)
	if err != nil {
		return nil, err
	}
	b, _, err := backend.Open(w.Backend)
	if err != nil {
		return nil, err
	}
	tasks := j.Watch(dir)
	for i, p := range j.parts(dir) {
		tasks[i].Run = func(ctx context.Context, c *queue.Claim) error {
			return j.work(ctx, c, p, b, n, set.Slice(p.first, p.end))
		}
	}
	return tasks, nil
}

// Watch returns the tasks for watching their progress, without a Run function.
func (j *Job) Watch(dir string) (tasks []queue.Task) {
	for _, p := range j.parts(dir) {
		tasks = append(tasks, queue.Task{Name: filepath.Base(p.dir), Dir: p.dir, Done: func() (bool, error) {
			found, err := record.Find(p.dir)
			return len(found) > 0, err
		}})
	}
	return tasks
}
