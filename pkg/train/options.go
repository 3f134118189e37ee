package train

import (
	"time"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
)

// Epoch is the summary of one finished epoch.
type Epoch struct {
	Epoch int `json:"epoch"` // counted from 1
	Weights
	Measures
	Validation *Validation `json:"validation,omitempty"` // nil: this epoch was not validated
	Seconds    float64     `json:"seconds"`
}

// Progress is reported to the caller after every step.
type Progress struct {
	Epoch, Epochs int // current epoch, counted from 1
	Step, Steps   int // finished steps of this epoch
	Weights
	Measures // of this step
}

// Options of [Run]. The zero value trains on the backend given, silently, without checkpoints.
type Options struct {
	// Save stores a checkpoint; nil: none is made. It is called after every epoch, after every CheckpointEvery of an
	// epoch, and on interruption.
	Save            func(*Checkpoint) error
	CheckpointEvery time.Duration // 0: one minute
	Resume          *Checkpoint   // continue from here; nil: start from the beginning
	OnStep          func(Progress)
	// Validation is the set on which every ValidateEvery-th epoch and the last one are measured; nil: none.
	Validation    *data.Set
	ValidateEvery int     // 0: 1
	ValidationEps float64 // radius, pixel units; 0: the target radius of the training
	// OnEpoch receives the history including this epoch, and the weights after it, before the epoch's checkpoint is
	// saved: after a crash in between, the epoch is repeated. An error ends the training.
	OnEpoch func([]Epoch, *net.Network) error
	// Warn receives one-line explanations of suspicious runs (loss stuck at ln(classes)).
	Warn func(string)
	// Compiled keeps the graphs for the next run; nil: they are freed.
	Compiled *Compiled
	// Memory is the number of bytes that a step may take according to the cost model; 0: three quarters of the free
	// memory. A batch that does not fit is processed in equal micro-batches. The result is the same up to rounding,
	// unless something is drawn at random. On XLA CPU, batches are also divided if that is faster.
	Memory int64
	// Devices is the number of devices that share each batch, whose size it must divide; 0: 1. The results agree with
	// those of one device up to rounding.
	Devices int
}
