package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tightrope/pkg/model"
)

// Schema is the version of the record's form that this program writes. A file of a newer one is refused.
const Schema = 1

// Kind says what made a record.
type Kind string

// The kinds of records.
const (
	Train  Kind = "train"  // a training with its evaluation
	Eval   Kind = "eval"   // a network evaluated, not trained
	Verify Kind = "verify" // a network certified by a cascade
	// Models is a cascade of models, trained or evaluated
	Models Kind = "model cascade"
	Toy    Kind = "toy" // an example small enough to be checked in closed form
)

// Record is the result of one run: enough to repeat it, and every number that a table or a figure shows. All errors are
// in percent. Seed, Lambda and Gamma are of a training; what an evaluation or verification knows of that of its network
// is Model: see [Record.Training].
type Record struct {
	Schema  int             `json:"schema"`
	Name    string          `json:"name"` // e.g. "mlp-2x100/mnist"
	Kind    Kind            `json:"kind"`
	Recipe  json.RawMessage `json:"recipe,omitempty"` // as it was run, all overrides applied
	Seed    uint64          `json:"seed"`
	Lambda  float64         `json:"lambda"` // final weight of the indicator d
	Gamma   float64         `json:"gamma"`  // final weight of the indicator r
	Backend json.RawMessage `json:"backend,omitempty"`
	Model   *model.Origin   `json:"model,omitempty"` // what the network's file says of its training; nil: nothing

	Versions Versions `json:"versions"`
	Machine  Machine  `json:"machine"`
	Dataset  Dataset  `json:"dataset"`

	Started     time.Time `json:"started"` // RFC 3339
	WallSeconds float64   `json:"wallSeconds"`
	Work        *Work     `json:"work,omitempty"` // nil: not known
	// Remeasured is when a part of the results was measured again; zero: never.
	Remeasured time.Time `json:"remeasured,omitzero"`

	Epochs    []EpochMetrics         `json:"epochs,omitempty"`
	Results   map[string]SplitResult `json:"results,omitempty"` // by split: "validation", "test"
	Curve     []CurvePoint           `json:"curve,omitempty"`   // errors over eps, ascending
	Tightness []LayerTightness       `json:"tightness,omitempty"`
	Ladder    []Rung                 `json:"ladder,omitempty"`
	Errors    []LadderError          `json:"ladderErrors,omitempty"` // by technique and radius
	Neurons   []LadderNeuron         `json:"neurons,omitempty"`
	Radii     []CertifiedRadius      `json:"radii,omitempty"`
	Distances *Distances             `json:"distances,omitempty"`
	Smoothing *Smoothing             `json:"smoothing,omitempty"`
	Toy       *ToyCheck              `json:"toy,omitempty"`
	Noise     []ProjectionNoise      `json:"projectionNoise,omitempty"`
	Course    *PlaneCourse           `json:"course,omitempty"`
	Pairs     []TightnessPair        `json:"tightnessPairs,omitempty"`
	Cascade   *ModelCascade          `json:"modelCascade,omitempty"`
	Methods   []Trained              `json:"methods,omitempty"`
	Notes     []string               `json:"notes,omitempty"`

	// Path and Hash tell where a record was read from, and the SHA-256 of its file in hexadecimal.
	Path string `json:"-"`
	Hash string `json:"-"`
}

// The splits that Results holds.
const (
	Validation = "validation"
	Test       = "test"
)

// Dataset names the data and its content.
type Dataset struct {
	Name string `json:"name"`
	Hash string `json:"hash,omitempty"` // SHA-256, hexadecimal
}

// EpochMetrics are means over the samples of one epoch, or, where Partial is set, of the steps since the line before.
type EpochMetrics struct {
	Epoch   int  `json:"epoch"` // from 1
	Step    int  `json:"step"`  // updates done so far
	Partial bool `json:"partial,omitempty"`

	Eps    float64 `json:"eps"` // pixel units, at the end of the epoch
	LR     float64 `json:"lr"`
	Lambda float64 `json:"lambda"`
	Gamma  float64 `json:"gamma"`

	Loss     float64 `json:"loss"`
	RobustCE float64 `json:"robustCE"` // cross-entropy of the negated lower bounds
	// The tightness: both indicators and the count are 0 if the epoch did not measure them, see
	// [EpochMetrics.MeasuresTightness].
	D        float64 `json:"d"`        // indicator d (Eq. 2)
	R        float64 `json:"r"`        // indicator r
	Unstable float64 `json:"unstable"` // unstable neurons per sample

	TrainStandardError  float64 `json:"trainStandardError"`  // percent
	TrainCertifiedError float64 `json:"trainCertifiedError"` // percent, at Eps

	// On the validation split at the final eps; 0 samples where this epoch was not validated.
	ValidationSamples int     `json:"validationSamples,omitempty"`
	StandardError     float64 `json:"standardError"`
	CertifiedError    float64 `json:"certifiedError"`

	Seconds float64 `json:"seconds"`
}

// MeasuresTightness reports whether d and r were measured. Losses on intervals (IBP, CROWN-IBP's second stage) have no
// optimal input at which they could be, and natural epochs have no bound: both are stored as 0 then. Where both are 0
// after a measurement no neuron was unstable, and r had nothing to measure either.
func (m EpochMetrics) MeasuresTightness() bool { return m.D != 0 || m.R != 0 }

// SplitResult are a network's errors on one split, in percent.
type SplitResult struct {
	Samples       int     `json:"samples"`
	StandardError float64 `json:"standardError"`
	PGDError      float64 `json:"pgdError"` // a lower bound of the robust error; 0 steps: not attacked
	PGDSteps      int     `json:"pgdSteps"` // steps of the attack
	// Attack is how it was attacked; nil with steps: by an older attack about which no more is known.
	Attack         *Attack `json:"attack,omitempty"`
	CertifiedError float64 `json:"certifiedError"`     // an upper bound of the robust error
	Technique      string  `json:"technique"`          // of the bound
	Estimate       bool    `json:"estimate,omitempty"` // the bound used random projections: no certificate

	Eps float64 `json:"eps"` // pixel units; the largest of Channels
	// Channels are the radii of the channels, where they differ.
	Channels []float64   `json:"channels,omitempty"`
	Norm     string      `json:"norm"`
	Box      *[2]float64 `json:"box,omitempty"` // valid inputs; nil: no box
}

// OlderAttack reports whether the PGD error is one by the older attack on the cross-entropy, from the image alone: its
// loss saturates, so that its errors are too low on confident networks.
func (s SplitResult) OlderAttack() bool { return s.PGDSteps > 0 && s.Attack == nil }

// CurvePoint are the errors at one radius, in percent.
type CurvePoint struct {
	Eps            float64 `json:"eps"` // pixel units
	StandardError  float64 `json:"standardError"`
	CertifiedError float64 `json:"certifiedError"`
	PGDError       float64 `json:"pgdError"`
	PGDSteps       int     `json:"pgdSteps"` // 0: not attacked
}

// LayerTightness are the indicators of one relu layer, means over samples and classes.
type LayerTightness struct {
	Layer             string  `json:"layer"`
	D                 float64 `json:"d"`
	R                 float64 `json:"r"`
	Units             int     `json:"units,omitempty"`
	UnstablePerSample float64 `json:"unstablePerSample"`
	TightPerSample    float64 `json:"tightPerSample"` // unstable neurons that sit on a touching point
}

// Rung is one bound of the ladder of docs/method.md, section 9: the lower bound of a margin by one technique, at one
// radius.
type Rung struct {
	Technique string  `json:"technique"`
	Eps       float64 `json:"eps"`
	Margin    float64 `json:"margin"`
}

// Read reads a record; path is its file, or the folder of its run. The error says what to do.
func Read(path string) (*Record, error) {
	path = Path(path)
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no record at %s: give a run's folder whose run has ended, or its %s", path, recordFile)
	}
	if err != nil {
		return nil, err
	}
	return parse(path, content)
}

func parse(path string, content []byte) (*Record, error) {
	r := &Record{Path: path, Hash: hash(content)}
	if err := json.Unmarshal(content, r); err != nil {
		return nil, fmt.Errorf("record %s is damaged (%w): run again, or restore the file", path, err)
	}
	if r.Schema < 1 || r.Schema > Schema {
		return nil, fmt.Errorf("record %s has schema %d, this program reads 1 to %d: use a newer version of tightrope",
			path, r.Schema, Schema)
	}
	return r, nil
}

// Write writes the record to a file, whole or not at all; Path and Hash are set. It returns an error if the file
// cannot be written.
func (r *Record) Write(path string) error {
	r.Schema = Schema
	content, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("record %s: %w: a metric is not a finite number", r.Name, err)
	}
	content = append(content, '\n')
	if err := WriteAtomic(path, content); err != nil {
		return err
	}
	r.Path, r.Hash = path, hash(content)
	return nil
}

// CopyFolder is the folder within that of the figures which holds copies of records from elsewhere.
const CopyFolder = "records"

// Kept lists the patterns, for [Find], of the records that a folder of figures keeps: its copies, and its results.
func Kept(figures string) []string {
	return append([]string{filepath.Join(figures, CopyFolder, "*.json")}, Results(figures)...)
}

// Results lists the patterns of the records among [Kept] that are no copies.
func Results(figures string) []string {
	folder := filepath.Join(figures, "results")
	return []string{filepath.Join(folder, "*.json"), filepath.Join(folder, "*", "*.json")}
}

// Find reads every record that matches one of the patterns (see [filepath.Match]); a matching folder stands for the
// record in it, and is skipped while it has none. Each record comes once, in the order of the patterns, then of the
// names.
func Find(patterns ...string) ([]*Record, error) {
	var found []*Record
	seen := map[string]bool{}
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		for _, path := range paths {
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				path = filepath.Join(path, recordFile)
				if _, err := os.Stat(path); err != nil {
					continue
				}
			}
			if seen[path] {
				continue
			}
			seen[path] = true
			r, err := Read(path)
			if err != nil {
				return nil, err
			}
			found = append(found, r)
		}
	}
	return found, nil
}
