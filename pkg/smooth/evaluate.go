package smooth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

// EvaluateOptions of [Evaluate].
type EvaluateOptions struct {
	Options
	Radii    []float64 // of the curve, l_2, pixel units; nil: 17 from 0 to the largest that the draws can certify
	Predict  bool      // also count what [Predict] says, with draws of its own
	Progress func(done, total int)
}

// Evaluate certifies every image of a set and returns a record with [record.Smoothing]: the certified accuracy over the
// radius, and every image's certificate. A cancelled context ends it with the context's error.
func Evaluate(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o EvaluateOptions) (
	*record.Record, error) {
	if set.Len() == 0 {
		return nil, fmt.Errorf("data set %s has no images to certify", set.Name)
	}
	s, err := New(backend, network, o.Options)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	start := time.Now()
	all := record.Smoothing{Sigma: o.Sigma, Select: s.options.Select, Draws: s.options.Draws, Alpha: s.options.Alpha,
		Seed: o.Seed}
	for i, label := range set.Y {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one, err := s.image(set, i, o.Predict)
		if err != nil {
			return nil, fmt.Errorf("image %d: %w", i, err)
		}
		one.Label = int(label)
		all.Images = append(all.Images, one)
		if o.Progress != nil {
			o.Progress(i+1, set.Len())
		}
	}
	for _, r := range o.radii() {
		all.Curve = append(all.Curve, record.SmoothPoint{Radius: r, Accuracy: all.CertifiedAccuracy(r)})
	}
	r := record.New(network.Name, record.Smooth)
	r.Dataset = record.Dataset{Name: set.Name, Hash: set.Hash()}
	r.SetModel(network.Origin)
	r.Smoothing, r.Started, r.WallSeconds = &all, start.UTC(), time.Since(start).Seconds()
	return r, nil
}

// image certifies one image, and predicts it where asked: by random numbers that the certificate has not seen.
func (s *Smoother) image(set *data.Set, i int, predict bool) (one record.SmoothImage, err error) {
	c, err := Certify(s, set.Sample(i), i)
	if err != nil {
		return one, err
	}
	one = record.SmoothImage{Index: i, Class: c.Class, Radius: c.Radius, Lower: c.Lower}
	if !predict {
		return one, nil
	}
	class, err := Predict(s, set.Sample(i), -1-i)
	one.Predicted = &class
	return one, err
}

// radii are those of the curve, ascending.
func (o EvaluateOptions) radii() []float64 {
	if o.Radii != nil {
		return slices.Sorted(slices.Values(o.Radii))
	}
	const parts = 16
	var radii []float64
	for i := range parts + 1 {
		radii = append(radii, o.Largest()*float64(i)/parts)
	}
	return radii
}
