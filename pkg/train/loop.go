package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
)

// ErrInterrupted is returned if the context was cancelled; the checkpoint of the last step has been saved.
var ErrInterrupted = errors.New("training interrupted; the checkpoint is saved")

// Run trains a copy of the network on a set and returns it. A cancelled context saves a checkpoint and returns
// [ErrInterrupted]. The same network, data, configuration, backend and thread count give the same result bit by bit,
// also across a resume. Further errors: what [Check] returns, weights or losses that are no longer finite, a checkpoint
// of another training, and what the options' functions return.
func Run(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, config Config,
	o Options) (*net.Network, []Epoch, error) {
	config = config.withDefaults()
	if err := checkTraining(network, set, config); err != nil {
		return nil, nil, err
	}
	l := &loop{config: config, options: o, network: network, dataHash: set.Hash()}
	var err error
	if l.batches, err = data.NewBatcher(set, config.Batch, config.Seed); err != nil {
		return nil, nil, err
	}
	if config.Augment != nil {
		if err := l.batches.SetAugment(*config.Augment); err != nil {
			return nil, nil, err
		}
	}
	if o.Compiled == nil {
		o.Compiled = &Compiled{}
		defer o.Compiled.Close()
	}
	devices, err := spread(backend, o.Devices, config.Batch)
	if err != nil {
		return nil, nil, err
	}
	microbatches, err := config.microbatchesFor(backend, network, o.Memory, devices.Count())
	if err != nil {
		return nil, nil, err
	}
	if l.step, err = o.Compiled.stepper(backend, devices, network, config, microbatches); err != nil {
		return nil, nil, err
	}
	if o.Resume != nil {
		if err := l.restore(o.Resume); err != nil {
			return nil, nil, err
		}
	}
	if err := l.epochs(ctx); err != nil {
		return nil, l.history, err
	}
	trained, err := l.weights()
	return trained, l.history, err
}

// Check returns the error with which [Run] would refuse to start, because configuration, network, data set, number of
// devices or memory do not fit. It ignores o.Resume.
func Check(backend compute.Backend, network *net.Network, set *data.Set, config Config, o Options) error {
	config = config.withDefaults()
	if err := checkTraining(network, set, config); err != nil {
		return err
	}
	batches, err := data.NewBatcher(set, config.Batch, config.Seed)
	if err == nil && config.Augment != nil {
		err = batches.SetAugment(*config.Augment)
	}
	if err != nil {
		return err
	}
	devices, err := spread(backend, o.Devices, config.Batch)
	if err != nil {
		return err
	}
	_, err = config.microbatchesFor(backend, network, o.Memory, devices.Count())
	return err
}

func checkTraining(n *net.Network, set *data.Set, c Config) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if err := n.Validate(); err != nil {
		return err
	}
	if set.Dim() != n.InputSize() {
		return fmt.Errorf("network %q takes inputs of shape %v, data set %s has %v: choose an architecture for this "+
			"data set", n.Name, n.Input, set.Name, set.Shape)
	}
	if set.Classes > n.Classes() {
		return fmt.Errorf("network %q has %d outputs, data set %s has %d classes: choose an architecture for this "+
			"data set", n.Name, n.Classes(), set.Name, set.Classes)
	}
	return nil
}

// loop is the state of a training.
type loop struct {
	config   Config
	options  Options
	network  *net.Network
	dataHash string
	batches  *data.Batcher
	step     *stepper

	epoch, done int      // epoch, and steps of it that are done
	sums        Measures // over the steps done of this epoch
	seconds     float64  // spent on this epoch before the last resume
	history     []Epoch
	saved       time.Time
	warned      bool // that the loss is stuck
}

func (l *loop) epochs(ctx context.Context) error {
	l.saved = time.Now()
	for ; l.epoch < l.config.Epochs; l.epoch++ {
		if err := l.step.setLearningRate(l.config.At(l.epoch, 0, l.batches.Steps()).LearningRate); err != nil {
			return err
		}
		if err := l.oneEpoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (l *loop) oneEpoch(ctx context.Context) error {
	start := time.Now()
	for step, batch := range l.batches.EpochFrom(l.epoch, l.done) {
		w := l.config.At(l.epoch, step, l.batches.Steps())
		m, err := l.step.run(batch, w, position{l.epoch, step})
		if err != nil {
			return err
		}
		if err := l.checkFinite(m, step); err != nil {
			return err
		}
		l.account(m, w)
		if err := l.maybeSave(ctx, start); err != nil {
			return err
		}
	}
	return l.finishEpoch(start)
}

func (l *loop) checkFinite(m Measures, step int) error {
	if finite(m.Loss) {
		return nil
	}
	return l.diverged("the loss", m.Loss, l.epoch+1, step+1)
}

func (l *loop) diverged(what string, value float64, epoch, step int) error {
	w := l.config.At(epoch-1, max(0, step-1), l.batches.Steps())
	return fmt.Errorf("%s became %v in epoch %d, step %d (eps %.4g, learning rate %.3g): the weights diverged; lower "+
		"--lr or lengthen --ramp; the last good checkpoint is kept",
		what, value, epoch, step, w.Eps, w.LearningRate)
}

func (l *loop) account(m Measures, w Weights) {
	l.done++
	sums, more := l.sums.fields(), m.fields()
	for i := range sums {
		*sums[i] += *more[i]
	}
	if l.options.OnStep != nil {
		l.options.OnStep(Progress{Epoch: l.epoch + 1, Epochs: l.config.Epochs, Step: l.done, Steps: l.batches.Steps(),
			Weights: w, Measures: m})
	}
}

// maybeSave checkpoints where it is time to, or where the user wants to stop.
func (l *loop) maybeSave(ctx context.Context, start time.Time) error {
	every := l.options.CheckpointEvery
	if every == 0 {
		every = time.Minute
	}
	stop := ctx.Err() != nil
	if !stop && (time.Since(l.saved) < every || l.done == l.batches.Steps()) {
		return nil
	}
	if err := l.save(time.Since(start).Seconds()); err != nil {
		return err
	}
	if stop {
		return ErrInterrupted
	}
	return nil
}

func (l *loop) save(seconds float64) error {
	l.saved = time.Now()
	if l.options.Save == nil {
		return nil
	}
	c, err := l.checkpoint(seconds)
	if err != nil {
		return err
	}
	if path, value := c.notFinite(); path != "" {
		return l.diverged(path, value, c.Epoch+1, c.Done)
	}
	return l.options.Save(c)
}

// finishEpoch sums an epoch up, validates it, tells the caller, and saves.
func (l *loop) finishEpoch(start time.Time) error {
	e := Epoch{Epoch: l.epoch + 1, Weights: l.config.At(l.epoch, l.done-1, l.done)}
	mean, sums := e.Measures.fields(), l.sums.fields()
	for i := range sums {
		*mean[i] = *sums[i] / float64(l.done)
	}
	var err error
	if e.Validation, err = l.validate(e.Epoch); err != nil {
		return err
	}
	e.Seconds = l.seconds + time.Since(start).Seconds()
	l.history = append(l.history, e)
	l.warnStuck()
	if err := l.tell(); err != nil {
		return err
	}
	l.epoch, l.done, l.sums, l.seconds = l.epoch+1, 0, Measures{}, 0
	defer func() { l.epoch-- }() // the loop's own increment follows
	return l.save(0)
}

// validate measures an epoch, counted from 1, where it is its turn.
func (l *loop) validate(epoch int) (*Validation, error) {
	set := l.options.Validation
	if set == nil || set.Len() == 0 || epoch%max(1, l.options.ValidateEvery) != 0 && epoch != l.config.Epochs {
		return nil, nil
	}
	eps := l.options.ValidationEps
	if eps == 0 {
		eps = l.config.Eps
	}
	return l.step.validate(set, eps)
}

func (l *loop) tell() error {
	if l.options.OnEpoch == nil {
		return nil
	}
	n, err := l.weights()
	if err != nil {
		return err
	}
	return l.options.OnEpoch(l.history, n)
}

// weights are the present weights, which must be finite.
func (l *loop) weights() (*net.Network, error) {
	n, err := l.step.weights()
	if err != nil {
		return nil, err
	}
	for _, p := range n.Params {
		if i := slices.IndexFunc(p.Data, func(v float64) bool { return !finite(v) }); i >= 0 {
			return nil, l.diverged(p.Name, p.Data[i], l.epoch+1, l.done)
		}
	}
	return n, nil
}

// stuckEpochs is how many epochs in a row at ln(classes) count as stuck.
const stuckEpochs = 3

// warnStuck explains a loss that stays at ln(classes): the network answers the same for every input.
func (l *loop) warnStuck() {
	if l.options.Warn == nil || l.warned || len(l.history) < stuckEpochs {
		return
	}
	chance := math.Log(float64(l.network.Classes()))
	for _, e := range l.history[len(l.history)-stuckEpochs:] {
		if math.Abs(e.Robust-chance) > 2e-3 {
			return
		}
	}
	l.warned = true
	l.options.Warn(fmt.Sprintf("the loss has been stuck at ln(%d) = %.3f for %d epochs: the network gives every "+
		"class the same bound; start from a smaller --eps-start, lengthen --ramp, or lower --lambda and --gamma",
		l.network.Classes(), chance, stuckEpochs))
}
