package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
)

// Checkpoint is the whole state of a training after a step: weights, optimizer, position and the epoch's sums.
type Checkpoint struct {
	Config  Config   `json:"config"`
	Arch    net.Arch `json:"arch"`
	Epoch   int      `json:"epoch"` // counted from 0
	Done    int      `json:"done"`  // finished steps of this epoch
	Sums    Measures `json:"sums"`
	Seconds float64  `json:"seconds"`
	History []Epoch  `json:"history"`
	Data    string   `json:"data"` // the training set's hash
	Levels  Levels   `json:"levels,omitzero"`
	// Sessions lists the backends that the training has used, in order. The caller that saves the checkpoint fills it
	// in.
	Sessions []Session `json:"sessions,omitempty"`

	variables map[string]*tensors.Tensor // by path in the store
}

// Session is a part of a training that ran on one backend.
type Session struct {
	Epoch   int    `json:"epoch"` // in which it began, counted from 0
	Step    int    `json:"step"`  // finished steps of that epoch before the session
	Backend string `json:"backend"`
}

// metadataKey holds the JSON part of a checkpoint file.
const metadataKey = "tightrope.checkpoint"

// checkpoint copies the state of the loop.
func (l *loop) checkpoint(seconds float64) (*Checkpoint, error) {
	c := &Checkpoint{Config: l.config, Arch: l.network.Arch(), Epoch: l.epoch, Done: l.done, Sums: l.sums,
		Seconds: l.seconds + seconds, History: slices.Clone(l.history), Data: l.dataHash, Levels: l.step.levels.clone(),
		variables: map[string]*tensors.Tensor{}}
	for v := range l.step.store.IterVariables() {
		if !v.HasValue() || strings.HasPrefix(v.Path(), sumPath("")) { // sums are 0 between steps
			continue
		}
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		if c.variables[v.Path()], err = value.LocalClone(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// notFinite finds a variable that holds NaN or an infinity: its path and the value, "" for none.
func (c *Checkpoint) notFinite() (path string, value float64) {
	for _, p := range slices.Sorted(maps.Keys(c.variables)) {
		t := c.variables[p]
		if !t.DType().IsFloat() {
			continue
		}
		values := make([]float64, t.Size())
		if err := floats.Read(values, t); err != nil {
			return p, math.NaN()
		}
		if i := slices.IndexFunc(values, func(v float64) bool { return !finite(v) }); i >= 0 {
			return p, values[i]
		}
	}
	return "", 0
}

// restore continues from a checkpoint of the same architecture, configuration and data.
func (l *loop) restore(c *Checkpoint) error {
	if !reflect.DeepEqual(c.Arch, l.network.Arch()) {
		return fmt.Errorf("the checkpoint is of architecture %s, not of %s: choose the checkpoint's architecture "+
			"or another --out", c.Arch, l.network.Arch())
	}
	if !reflect.DeepEqual(c.Config, l.config) {
		return fmt.Errorf("the checkpoint was made with another configuration (%s): resume with the same flags, or "+
			"choose another --out", differences(c.Config, l.config))
	}
	if c.Data != l.dataHash {
		return fmt.Errorf("the checkpoint was made on other training data: resume with the same data set, split " +
			"and seed")
	}
	for path, value := range c.variables {
		clone, err := value.LocalClone()
		if err != nil {
			return err
		}
		if v := l.step.store.GetVariable(path); v != nil {
			if err := v.SetValue(clone); err != nil {
				return err
			}
		} else if v, err := l.step.store.CreateVariable(path, clone); err != nil {
			return err
		} else {
			v.SetTrainable(false) // the optimizer's state; the weights exist already
		}
	}
	l.step.levels = c.Levels.clone()
	l.epoch, l.done, l.sums, l.seconds, l.history = c.Epoch, c.Done, c.Sums, c.Seconds, slices.Clone(c.History)
	return nil
}

// differences names the fields in which two configurations differ.
func differences(a, b Config) string {
	fields := func(c Config) map[string]any {
		var m map[string]any
		content, _ := json.Marshal(c)
		json.Unmarshal(content, &m)
		return m
	}
	fa, fb := fields(a), fields(b)
	var out []string
	for k := range fb {
		if !reflect.DeepEqual(fa[k], fb[k]) {
			out = append(out, fmt.Sprintf("%s %v there, %v here", k, fa[k], fb[k]))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// WriteCheckpoint stores a checkpoint atomically as safetensors, so that a crash at any moment leaves the previous
// checkpoint intact. It returns an error if the file cannot be written.
func WriteCheckpoint(path string, c *Checkpoint) error {
	meta, err := json.Marshal(c)
	if err != nil {
		return err
	}
	var values []net.NamedTensor
	for _, p := range slices.Sorted(maps.Keys(c.variables)) {
		values = append(values, net.NamedTensor{Name: p, Value: c.variables[p]})
	}
	if err := net.WriteTensors(path, values, map[string]string{metadataKey: string(meta)}); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// ReadCheckpoint reads a checkpoint. It returns an error for any other file.
func ReadCheckpoint(path string) (*Checkpoint, error) {
	values, metadata, err := net.ReadTensors(path)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	c := &Checkpoint{variables: map[string]*tensors.Tensor{}}
	if err := json.Unmarshal([]byte(metadata[metadataKey]), c); err != nil {
		return nil, fmt.Errorf("checkpoint %s: not a checkpoint of tightrope train (%w): name a run's "+
			"checkpoint.safetensors", path, err)
	}
	for _, v := range values {
		c.variables[v.Name] = v.Value
	}
	return c, nil
}
