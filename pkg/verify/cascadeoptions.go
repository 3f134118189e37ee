package verify

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// CascadeOptions of [Cascade]; the zero value runs every stage at eps 0, with a minute per image, and saves nothing.
// Except for Again, Dir and Progress they are plain data, which a [Job] passes to other processes.
type CascadeOptions struct {
	Ball     ball.Ball       `json:"ball"`               // eps in pixel units
	Until    outcome.Stage   `json:"until"`              // the last stage; 0: MILP
	Skip     []outcome.Stage `json:"skip,omitempty"`     // stages that are left out
	PerImage time.Duration   `json:"perImage,omitempty"` // for all stages from alpha-CROWN on; 0: one minute
	Attack   *attack.Options `json:"attack,omitempty"`   // nil: 40 PGD steps from the clean image; its Ball is replaced
	Search   bab.Options     `json:"search"`             // of branch and bound
	Workers  int             `json:"workers,omitempty"`  // images at the same time; 0: one for each processor
	Memory   int64           `json:"memory,omitempty"`   // bytes that the bounds of images in work may take; 0: 256 MiB
	// Again decides the images again that an earlier session left unknown.
	Again bool `json:"-"`
	// Dir is the folder of decisions and certificates, with those of an earlier session if there was one; empty:
	// nothing is saved.
	Dir string `json:"-"`
	// Progress receives the counts after every chunk, and after every image that is decided on its own. It is called
	// from one goroutine at a time.
	Progress func(*outcome.Summary) `json:"-"`
}

func (o CascadeOptions) withDefaults() CascadeOptions {
	if o.PerImage == 0 {
		o.PerImage = time.Minute
	}
	if o.Attack == nil {
		o.Attack = &attack.Options{Steps: 40, Restarts: attack.NoRestarts} // what it misses, exact stages find
	}
	if o.Memory == 0 {
		o.Memory = 256 << 20
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o
}

// Check returns the error with which [Cascade] would refuse to start.
func (o CascadeOptions) Check(network *net.Network, set *data.Set) error {
	if o.PerImage < 0 || o.Workers < 0 {
		return fmt.Errorf("%v an image with %d workers: use positive numbers, or 0 for the default",
			o.PerImage, o.Workers)
	}
	if !o.Until.Known() {
		return fmt.Errorf("%v is no stage", o.Until)
	}
	return cmp.Or(o.Ball.Validate(), checkImages(network, o.Ball, set))
}

// checkImages returns an error if there is nothing to ask, or images, ball and network do not fit each other or the
// checker.
func checkImages(network *net.Network, b ball.Ball, set *data.Set) error {
	if set.Len() == 0 {
		return errors.New("no images: give at least one")
	}
	if err := engine.CheckSamples(network, b, set.X, set.Y); err != nil {
		return err
	}
	_, err := cert.NewNetwork(network.Model())
	return err
}

// runs reports whether a stage is wanted.
func (o *CascadeOptions) runs(s outcome.Stage) bool {
	return (o.Until == outcome.Last || s <= o.Until) && !slices.Contains(o.Skip, s)
}
