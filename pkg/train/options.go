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

// Progress is what a caller learns after every step.
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
	Resume          *Checkpoint   // continue from here; nil: start anew
	OnStep          func(Progress)
	// Validation is the set that each ValidateEvery-th epoch and the last are measured on; nil: none.
	Validation    *data.Set
	ValidateEvery int     // 0: 1
	ValidationEps float64 // radius, pixel units; 0: the target radius of the training
	// OnEpoch gets the history up to and with this epoch and the weights after it, before the epoch's checkpoint is
	// saved: a crash in between repeats the epoch. An error ends the training.
	OnEpoch func([]Epoch, *net.Network) error
	// Warn gets one-line explanations of suspicious runs (loss stuck at ln(classes)).
	Warn func(string)
	// Compiled keeps the graphs for the next run; nil: they are freed.
	Compiled *Compiled
	// Memory is what a step may take, in bytes, by the cost model; 0: three quarters of what is free. A batch that does
	// not fit is worked off in equal micro-batches, with the same result to rounding where nothing is drawn at random;
	// so, on XLA CPU, is one that is faster so.
	Memory int64
	// Devices is the number of devices that share each batch, whose size it must divide; 0: 1. The results agree with
	// those of one device to rounding.
	Devices int
}
