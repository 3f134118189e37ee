package recipe

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// Options of [Run]; the zero value runs silently on the backend that is found, in the folder named by the recipe.
type Options struct {
	Backend  string          // name for backend.Open; empty: found
	Out      string          // run folder
	Existing record.Existing // what to do with a run that the folder holds
	DataDir  string          // folder of the data sets; empty: found
	Devices  int             // devices of the backend that share each batch; 0: 1
	Memory   int64           // bytes that a training step or a bound may take; 0: half of what is free
	OnOpen   func()          // called when the recipe has passed its checks and the folder is open
	OnStep   func(train.Progress)
	OnEpoch  func(train.Epoch)
	// Progress of the evaluation.
	Progress func(stage string, done, total int)
	Log      func(string) // one-line messages, warnings among them
	// Select takes the training samples that are used; nil: all. A recipe with After needs it.
	Select func(*data.Set) *data.Set
	// Compiled keeps the compiled steps for the next run of this process; nil: they are freed.
	Compiled *train.Compiled
	// Evaluations keeps those of the evaluation; nil: they are kept for this run.
	Evaluations *measure.Compiled
}

// run is the state of one run of a recipe.
type run struct {
	Recipe
	options Options
	folder  *record.Run
	backend compute.Backend
	info    backend.Info
	places  []train.Session // on this backend and those of earlier sessions
	splits  *data.Splits
	network *net.Network // before the training
	record  *record.Record
	notes   []string
}

// Run trains and evaluates a recipe in a run folder and returns its record. Where the folder holds a finished run and
// Existing is record.Resume, that run's record is returned. A cancelled context leaves a checkpoint and returns
// train.ErrInterrupted. Further errors: a recipe that is not valid or does not fit its data, data that are missing, a
// folder that holds another run, a training that diverges, and files that cannot be written.
func Run(ctx context.Context, r Recipe, o Options) (*record.Record, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if o.Evaluations == nil {
		o.Evaluations = &measure.Compiled{}
		defer o.Evaluations.Close()
	}
	s := &run{Recipe: r, options: o}
	if err := s.open(); err != nil {
		return nil, err
	}
	defer s.folder.Close()
	if o.OnOpen != nil {
		o.OnOpen()
	}
	if s.folder.Resumed {
		done, err := ended(o.Out)
		if err != nil {
			return nil, err // a record that this program cannot read is somebody's result
		}
		if done != nil {
			s.log("the run in " + o.Out + " has ended already: its record is read")
			return done, nil
		}
	}
	start := time.Now()
	network, history, err := s.train(ctx)
	if err != nil {
		return nil, err
	}
	if err := net.Save(s.folder.ModelPath(), network); err != nil {
		return nil, err
	}
	s.record.Epochs = s.metrics(history)
	if err := s.evaluate(ctx, network, history); err != nil {
		return nil, err
	}
	return s.finish(start, history)
}

func (s *run) log(text string) {
	if s.options.Log != nil {
		s.options.Log(text)
	}
}

// open checks everything that can fail before it touches the run folder.
func (s *run) open() (err error) {
	if s.splits, err = data.Load(s.Data, data.Options{Dir: s.options.DataDir, Seed: s.Train.Seed,
		Validation: s.Validation}); err != nil {
		return err
	}
	for _, note := range s.splits.Notes {
		s.log("data: " + note)
	}
	s.logShort()
	if s.TrainSamples > 0 {
		s.splits.Train = s.splits.Train.Head(s.TrainSamples)
	}
	if err = s.selectSamples(); err != nil {
		return err
	}
	if err = s.openBackend(); err != nil {
		return err
	}
	if s.network, err = s.Network(s.splits.Train); err != nil {
		return err
	}
	if err = train.Check(s.backend, s.network, s.splits.Train, s.Train, s.trainOptions()); err != nil {
		return err
	}
	if s.folder, err = record.Create(s.options.Out, s.options.Existing); err != nil {
		return err
	}
	if err = s.folder.SetRecipe(s.Recipe); err == nil && !s.folder.Resumed {
		err = removeChosen(s.folder)
	}
	if err != nil {
		s.folder.Close()
		return err
	}
	s.record = record.New(s.Name, record.Train)
	s.record.Dataset = record.Dataset{Name: s.Data, Hash: s.splits.Hash}
	s.record.Seed, s.record.Lambda, s.record.Gamma = s.Train.Seed, s.Train.Lambda, s.Train.Gamma
	if s.record.Recipe, err = json.Marshal(s.Recipe); err == nil {
		s.record.Backend, err = json.Marshal(s.info)
	}
	return err
}

// selectSamples leaves the training samples to a member of a cascade that are its own.
func (s *run) selectSamples() error {
	if s.options.Select != nil {
		s.splits.Train = s.options.Select(s.splits.Train)
	} else if len(s.After) > 0 {
		return fmt.Errorf("%s is member %d of a cascade of models, trained on what the members before it do not "+
			"certify: train the whole by `tightrope train RECIPE --cascade %d`", s.Name, len(s.After)+1, len(s.After)+1)
	}
	return nil
}

// logShort says where a recipe asks for more samples than there are.
func (s *run) logShort() {
	for _, part := range []struct {
		what        string
		asked, have int
	}{{"training", s.TrainSamples, s.splits.Train.Len()}, {"test", s.Eval.TestSamples, s.splits.Test.Len()},
		{"attacked test", s.Eval.PGDSamples, s.splits.Test.Len()}, {"test", s.Eval.CurveSample, s.splits.Test.Len()}} {
		if part.asked > part.have {
			s.log(fmt.Sprintf("note: %d %s samples are asked for, %s has only %d: all are taken",
				part.asked, part.what, s.Data, part.have))
		}
	}
}

// openBackend opens the engine with as many devices as are asked for, which must be able to share a batch.
func (s *run) openBackend() error {
	name, err := backend.WithDevices(s.options.Backend, s.options.Devices)
	if err != nil {
		return err
	}
	if s.backend, s.info, err = backend.Open(name); err != nil {
		return err
	}
	devices, err := backend.NewDevices(s.backend, s.options.Devices)
	if err != nil {
		return err
	}
	if devices.Count() > 1 {
		s.info.Used = devices.Count()
	}
	return devices.CheckBatch(cmp.Or(s.Train.Batch, 50))
}

func (s *run) trainOptions() train.Options {
	o := train.Options{
		Memory:  s.options.Memory,
		Save:    s.save,
		OnStep:  s.options.OnStep,
		OnEpoch: s.onEpoch,
		Warn:    s.warn,

		Validation: s.splits.Validation, ValidateEvery: s.Eval.ValidateEvery, ValidationEps: s.Ball().Eps,
		Compiled: s.options.Compiled, Devices: s.options.Devices,
	}
	if s.Eval.ValidateEvery == 0 {
		o.Validation = nil
	}
	return o
}

func (s *run) train(ctx context.Context) (_ *net.Network, _ []train.Epoch, err error) {
	o := s.trainOptions()
	if s.folder.Resumed && s.folder.HasCheckpoint() {
		if o.Resume, err = train.ReadCheckpoint(s.folder.CheckpointPath()); err != nil {
			return nil, nil, err
		}
		s.log(fmt.Sprintf("resuming in epoch %d after %d steps", o.Resume.Epoch+1, o.Resume.Done))
	}
	s.places = s.sessions(o.Resume)
	if err := s.rewind(o.Resume); err != nil {
		return nil, nil, err
	}
	return train.Run(ctx, s.backend, s.network, s.splits.Train, s.Train, o)
}

func (s *run) save(c *train.Checkpoint) error {
	c.Sessions = s.places
	return train.WriteCheckpoint(s.folder.CheckpointPath(), c)
}

// rewind makes the metrics stream agree with the checkpoint.
func (s *run) rewind(c *train.Checkpoint) error {
	step := 0
	if c != nil {
		step = c.Epoch * (s.splits.Train.Len() / max(s.Train.Batch, 1))
	}
	_, err := s.folder.Rewind(step)
	return err
}

func (s *run) warn(text string) {
	s.notes = append(s.notes, text)
	s.log("WARNING: " + text)
}

func (s *run) onEpoch(history []train.Epoch, n *net.Network) error {
	last := history[len(history)-1:]
	if train.Best(history) == len(history)-1 {
		if err := net.Save(chosenPath(s.folder), n); err != nil {
			return err
		}
	}
	if err := s.folder.Append(s.metrics(last)[0]); err != nil {
		return err
	}
	if s.options.OnEpoch != nil { // after the metrics are written: a live curve reads them
		s.options.OnEpoch(last[0])
	}
	return nil
}

func (s *run) metrics(history []train.Epoch) []record.EpochMetrics {
	var out []record.EpochMetrics
	for _, e := range history {
		m := record.EpochMetrics{
			Epoch: e.Epoch, Step: e.Epoch * (s.splits.Train.Len() / max(s.Train.Batch, 1)),
			Eps: e.Eps, LR: e.LearningRate, Lambda: e.Lambda, Gamma: e.Gamma,
			Loss: e.Loss, RobustCE: e.Robust, D: e.D, R: e.R, Unstable: e.Unstable,
			TrainStandardError: 100 * e.Wrong, TrainCertifiedError: 100 * e.Unproven, Seconds: e.Seconds,
		}
		if v := e.Validation; v != nil {
			m.ValidationSamples = v.Samples
			m.StandardError, m.CertifiedError = percent(v.Wrong, v.Samples), percent(v.Uncertified, v.Samples)
		}
		out = append(out, m)
	}
	return out
}

func percent(count, of int) float64 { return 100 * float64(count) / float64(of) }

func (s *run) finish(start time.Time, history []train.Epoch) (*record.Record, error) {
	s.record.Started = start.UTC()
	// Epochs before a resume count with the seconds that they took then.
	trained := 0.0
	for _, e := range history {
		trained += e.Seconds
	}
	s.record.WallSeconds = max(time.Since(start).Seconds(), trained)
	s.record.Notes = append(s.record.Notes, s.notes...)
	if note := sessionsNote(s.places); note != "" {
		s.record.Notes = append(s.record.Notes, note)
	}
	return s.record, s.folder.Finish(s.record)
}
