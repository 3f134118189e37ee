package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Status is the status in the newest claim of a task.
type Status string

// The statuses.
const (
	Waiting Status = "waiting" // nobody has claimed it, or it was given back, e.g. at Ctrl-C
	Claimed Status = "claimed" // somebody has, and reported nothing yet
	Running Status = "running"
	Done    Status = "done"
	Failed  Status = "failed" // Error says why; [Retry] makes it wait again
)

// schema is the version of the claims' form.
const schema = 1

// State is one claim of a task: the content of its file.
type State struct {
	Schema   int       `json:"schema"`
	Number   int       `json:"number"` // of the claim, from 1; 0: never claimed
	Status   Status    `json:"status"`
	Worker   string    `json:"worker,omitempty"` // name of the worker
	Host     Host      `json:"host"`             // and where it runs
	Lease    Duration  `json:"lease"`            // the claim is abandoned if it was not renewed for so long
	Deaths   int       `json:"deaths,omitempty"` // owners in a row that died before a milestone
	Progress string    `json:"progress,omitempty"`
	Error    string    `json:"error,omitempty"`
	Started  time.Time `json:"started"`
	Updated  time.Time `json:"updated"`
}

// active reports whether the claim has an owner, dead or alive.
func (s State) active() bool { return s.Status == Claimed || s.Status == Running }

// Duration is a time.Duration that reads and writes as text, e.g. "1m30s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// claimPath is the file of a claim.
func claimPath(dir string, number int) string {
	return filepath.Join(dir, fmt.Sprintf(".claim-%06d.json", number))
}

// Look reads the newest claim of the task in dir; a task that nobody has claimed is waiting. It returns an error for a
// claim that cannot be read.
func Look(dir string) (State, error) {
	s, _, err := newest(dir)
	return s, err
}

// History reads all claims of the task in dir, the oldest first. It returns an error for a claim that cannot be read.
func History(dir string) ([]State, error) {
	last, _, err := newest(dir)
	if err != nil {
		return nil, err
	}
	var all []State
	for n := 1; n <= last.Number; n++ {
		s, _, err := readClaim(claimPath(dir, n))
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// newest is the newest claim and when it was renewed, by the file system's clock.
func newest(dir string) (State, time.Time, error) {
	paths, err := filepath.Glob(filepath.Join(dir, ".claim-[0-9][0-9][0-9][0-9][0-9][0-9].json"))
	if err != nil || len(paths) == 0 {
		return State{Schema: schema, Status: Waiting}, time.Time{}, err
	}
	return readClaim(paths[len(paths)-1]) // Glob sorts
}

func readClaim(path string) (s State, renewed time.Time, err error) {
	file, err := os.Open(path) // opening makes a network file system ask its server for the present content
	if err != nil {
		return s, renewed, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return s, renewed, err
	}
	if err := json.NewDecoder(file).Decode(&s); err != nil {
		return s, renewed, fmt.Errorf("claim %s is damaged (%w): delete it if no process works in its folder", path,
			err)
	}
	if s.Schema != schema {
		return s, renewed, fmt.Errorf("claim %s has schema %d, this program reads %d: use the version of tightrope "+
			"that wrote it, or delete the .claim-* files of the folder once no process works there",
			path, s.Schema, schema)
	}
	return s, info.ModTime(), nil
}

// ErrBusy means that another process has claimed the task.
var ErrBusy = errors.New("claimed by another process")

// ErrLost means that a claim could not be renewed within its lease, or was taken over.
var ErrLost = errors.New("the claim on the run was lost")
