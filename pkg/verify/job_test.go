package verify

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/queue"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/outcome"
)

// digitsJob is a job on the first digits, with a network file of its own.
func digitsJob(t *testing.T, images int) (*Job, *net.Network, *data.Set) {
	t.Helper()
	splits, err := data.Load("digits", data.Options{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	n, err := net.Named("fc12 fc10", splits.Test.Shape, splits.Test.Classes)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := net.Save(path, n.Init(3)); err != nil {
		t.Fatal(err)
	}
	set := splits.Test.Head(images)
	o := CascadeOptions{Ball: ball.Ball{Eps: 0.004, Box: ball.Unit}, Until: outcome.CROWN, Workers: 1,
		Skip: []outcome.Stage{outcome.IBP, outcome.CROWNIBP}, PerImage: 3 * time.Second,
		Attack: &attack.Options{Steps: 3, Restarts: attack.NoRestarts}}
	job, err := NewJob(path, n, set, data.Options{Seed: 2}, o)
	if err != nil {
		t.Fatal(err)
	}
	return job, n, set
}

// TestJob: workers that know nothing but the job's file decide, part by part, what one cascade decides; and the
// verification that takes their decisions over has the same results.
func TestJob(t *testing.T) {
	job, n, set := digitsJob(t, 70)
	dir := t.TempDir()
	path, err := job.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	read, folder, err := ReadJob(path)
	if err != nil || !reflect.DeepEqual(read, job) || folder != dir {
		t.Fatalf("read %+v for %s, %v; want %+v for %s", read, folder, err, job, dir)
	}
	tasks, err := read.Tasks(dir, Worker{Backend: backend.Go})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read.Merge(dir); err == nil || !strings.Contains(err.Error(), "is incomplete") {
		t.Errorf("parts were merged that nobody had worked on: %v", err)
	}
	if err := queue.Work(t.Context(), tasks, queue.Options{}); err != nil {
		t.Fatal(err)
	}
	work, err := read.Merge(dir)
	if err != nil || work.Done() != set.Len() || len(tasks) != 24 {
		t.Fatalf("%d parts did %+v, %v", len(tasks), work, err)
	}
	many, one := job.Options, job.Options
	many.Dir, one.Dir = dir, t.TempDir()
	got, err := Cascade(t.Context(), testbackend.Open(t), n, set, many)
	if err != nil || got.Resumed != set.Len() {
		t.Fatalf("%+v, %v", got, err)
	}
	want, err := Cascade(t.Context(), testbackend.Open(t), n, set, one)
	if err != nil || want.Certified < 5 || want.Falsified < 5 {
		t.Fatalf("%+v, %v: the test shows little", want, err)
	}
	a, b := Record(got, "job", many).Results[record.Test], Record(want, "one", one).Results[record.Test]
	if !reflect.DeepEqual(a, b) || got.Certified != want.Certified || got.Unknown != want.Unknown {
		t.Errorf("%+v by parts, %+v by one cascade", a, b)
	}
}

// TestJobOfOther: a worker refuses a network or images that are not those of the job, and files that are no job.
func TestJobOfOther(t *testing.T) {
	for name, change := range map[string]func(*Job){
		"another network": func(j *Job) { j.Recipe.Network = "0" },
		"other images":    func(j *Job) { j.Recipe.DataHash = "0" },
		"another split":   func(j *Job) { j.Split.Seed++ },
		"fewer images":    func(j *Job) { j.Recipe.Samples-- },
	} {
		job, _, _ := digitsJob(t, 5)
		if change(job); job.Recipe.Samples == 5 && name == "fewer images" {
			t.Fatal(name)
		}
		if _, err := job.Tasks(t.TempDir(), Worker{}); err == nil || !strings.Contains(err.Error(), "not those") {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "runs.json")
	for text, want := range map[string]string{`{"schema":1,"runs":[]}`: ErrNoJob.Error(), "[": ErrNoJob.Error(),
		`{"kind":"verify","schema":1}`: "has schema 1"} {
		if err := record.WriteAtomic(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadJob(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
