package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/memory"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
	"tightrope/pkg/train"
)

// open loads all that a task needs.
func (j job) open() (compute.Backend, string, *net.Network, *data.Set, error) {
	n, set, err := j.load()
	if err != nil {
		return nil, "", nil, nil, err
	}
	device, info, err := backend.Open(backend.Auto)
	if err != nil {
		return nil, "", nil, nil, err
	}
	return device, info.String(), n, set, nil
}

// idle only loads: what every other task pays before it starts.
func idle(j job) (*result, error) {
	_, name, _, _, err := j.open()
	return &result{Device: name}, err
}

func (j job) ball() ball.Ball { return ball.Ball{Eps: j.eps, Box: ball.Unit} }

// verify bounds the margins of all samples.
func verify(j job) (*result, error) {
	device, name, n, set, err := j.open()
	if err != nil {
		return nil, err
	}
	id, err := technique.ParseOf(j.method, technique.ForGraph)
	if err != nil {
		return nil, err
	}
	allowed, err := memory.Parse(j.memory)
	if err != nil {
		return nil, err
	}
	graph, err := bound.ByID(id)
	if err != nil {
		return nil, err
	}
	e, err := bound.NewBounder(device, n, graph, bound.Options{Ball: j.ball(), Batch: j.batch, Memory: allowed})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	var out *bound.Output
	r, err := j.timed(func() (err error) {
		out, err = e.Bound(set.X, set.Y, j.eps)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.Device, r.Samples, r.Margins = name, set.Len(), out.Margins
	return r, nil
}

// step trains on one batch, over and over, as a user's training does: bounds, gradient, Adam.
func step(j job) (*result, error) {
	device, name, n, set, err := j.open()
	if err != nil {
		return nil, err
	}
	config := train.Config{Epochs: j.repeats + 1, Batch: set.Len(), Eps: j.eps, Box: ball.Unit, Projections: j.project,
		Seed: 1}
	methods := map[string]train.Method{"fast-lin": train.CP, "ibp": train.IBP, "crown-ibp": train.CROWNIBP}
	var ok bool
	if config.Method, ok = methods[j.method]; !ok {
		return nil, fmt.Errorf("method %q is not known", j.method)
	}
	r := &result{Device: name, Samples: set.Len()}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	last := time.Now()
	allowed, err := memory.Parse(j.memory)
	if err != nil {
		return nil, err
	}
	_, _, err = train.Run(ctx, device, n, set, config.Dearest(),
		train.Options{Memory: allowed, OnStep: func(p train.Progress) {
			r.Losses = append(r.Losses, p.Loss)
			took := time.Since(last)
			if last = time.Now(); len(r.Losses) == 1 {
				r.First = took.Seconds()
				return
			}
			if r.Times = append(r.Times, milliseconds(took)); j.enough(r.Times) {
				stop()
			}
		}})
	if err != nil && !errors.Is(err, train.ErrInterrupted) {
		return nil, err
	}
	return r, nil
}

// attackAll runs PGD-100 on all samples.
func attackAll(j job) (*result, error) {
	device, name, n, set, err := j.open()
	if err != nil {
		return nil, err
	}
	options := attack.PGD100(j.ball())
	options.Batch = j.batch
	a, err := attack.New(device, n, options)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	var out *attack.Result
	r, err := j.timed(func() (err error) {
		out, err = attack.Run(a, set.X, set.Y)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.Device, r.Samples, r.Margins = name, set.Len(), smallest(out.Margin)
	return r, nil
}
