package train

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	engine "tightrope/pkg/backend"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
)

// Measures are the means of one step or one epoch.
type Measures struct {
	Loss   float64 `json:"loss"`
	Robust float64 `json:"robust_ce"`
	D      float64 `json:"d"`
	R      float64 `json:"r"`
	// fraction of training samples that are not certified; attack losses: misclassified under attack
	Unproven float64 `json:"unproven"`
	Unstable float64 `json:"unstable"` // unstable neurons per sample
	// fraction of clean training samples that are misclassified; where the loss does not need their logits, of the
	// first eighth of each batch
	Wrong    float64 `json:"wrong"`
	Negative float64 `json:"negative_d"` // mean of the part of d below 0 (estimated bounds)
}

// numMeasures is the number of fields of Measures.
const numMeasures = 8

func (m *Measures) fields() [numMeasures]*float64 {
	return [numMeasures]*float64{&m.Loss, &m.Robust, &m.D, &m.R, &m.Unproven, &m.Unstable, &m.Wrong, &m.Negative}
}

func (m measures) nodes() []*Node {
	return []*Node{m.loss, m.robust, m.d, m.r, m.unproven, m.unstable, m.wrong, m.negative}
}

// stepper runs training steps: the weights, the optimizer's state, and the compiled graph of each stage.
type stepper struct {
	backend compute.Backend
	devices *engine.Devices // nil: one
	config  Config
	network *net.Network
	store   *model.Store
	stages  map[stage]*model.Exec
	// microbatches is the number of equal ones into which a batch is cut.
	microbatches int
	applier      *model.Exec // of the update where there are several; nil until it is used
	checker      *model.Exec // of the validation; nil until it is used

	screening bool          // whether robust steps look first which units need rows
	screeners []*model.Exec // that look, by relu
	levels    Levels        // for whose counts of rows steps are compiled
}

func newStepper(backend compute.Backend, devices *engine.Devices, network *net.Network, config Config,
	microbatches int) (*stepper, error) {
	if smooth := network.Smooths(); config.RS > 0 && len(smooth) > 0 {
		return nil, fmt.Errorf("the RS loss makes relus stable, network %q has %s: use RS 0", network.Name,
			strings.Join(smooth, " and "))
	}
	s := &stepper{backend: backend, devices: devices, config: config, microbatches: microbatches, network: network,
		store: model.NewStore(), stages: map[stage]*model.Exec{},
		screening: devices == nil && !engine.IsGPU(backend) && config.screens(network)}
	for i, t := range network.Tensors() {
		if err := s.create(weightPath(network.Params[i].Name), t); err != nil {
			return nil, err
		}
	}
	if microbatches > 1 {
		return s, s.addSums()
	}
	return s, nil
}

// create makes a variable from a tensor of weights. A single device gets the tensor at once, so that its copy in Go's
// memory is free before the first step. It returns an error if the device has no room for it.
func (s *stepper) create(path string, t *tensors.Tensor) error {
	if s.devices == nil {
		if err := t.MaterializeOnDevice(s.backend, false, 0); err != nil {
			return fmt.Errorf("moving %s to the device: %w", path, err)
		}
		t.FinalizeLocal()
	}
	_, err := s.store.CreateVariable(path, t)
	return err
}

func weightPath(param string) string { return "/weights/" + param }

// exec is the compiled step of a stage.
func (s *stepper) exec(at stage) (*model.Exec, error) {
	if e := s.stages[at]; e != nil {
		return e, nil
	}
	e, err := model.NewExec(s.backend, s.store,
		func(scope *model.Scope, args []*Node) *Node { return s.graph(at, scope, args) })
	if err == nil {
		s.stages[at] = s.sharded(e)
	}
	return e, err
}

// graph takes x, labels, the scheduled scalars, the state of the random numbers and, where the stage screens, the units
// that need rows by relu; it updates the variables (of a micro-batch: the sums of the gradient) and returns the
// measures as one vector.
func (s *stepper) graph(at stage, scope *model.Scope, args []*Node) *Node {
	g := args[0].Graph()
	s.store.SetTraining(g, true) // else the pure-Go backend builds the weights in as constants, and they never change
	b := &batch{config: s.config, x: args[0], labels: args[1], eps: args[2], lambda: args[3], gamma: args[4],
		kappa: args[5], beta: args[6], random: args[7], needed: args[8:]}
	b.params = s.values(g)
	b.net = s.network.On(b.params)
	m := objective(at, b)
	if gradient := scope.BuildTrainableVariablesGradientsGraph(m.loss); s.microbatches > 1 {
		s.add(g, gradient)
	} else {
		update(scope, s.config, gradient, m.loss.DType())
	}
	return Stack(m.nodes(), 0)
}

func (s *stepper) values(g *Graph) []*Node {
	var values []*Node
	for _, p := range s.network.Params {
		values = append(values, s.store.GetVariable(weightPath(p.Name)).NodeValue(g))
	}
	return values
}

// position of a step in the whole run; what is drawn at random depends on it and the seed only.
type position struct{ epoch, step int }

// run makes one step on a batch.
func (s *stepper) run(b data.Batch, w Weights, at position) (m Measures, err error) {
	sums := m.fields()
	for i := range s.microbatches {
		values, err := s.runMicrobatch(s.microbatch(b, i), w, at, i)
		if err != nil {
			return m, fmt.Errorf("training step: %w", err)
		}
		for k, v := range values {
			*sums[k] += v / float64(s.microbatches)
		}
	}
	return m, s.apply()
}

// runMicrobatch calls the step's graph on the i-th micro-batch.
func (s *stepper) runMicrobatch(b data.Batch, w Weights, at position, i int) (values []float64, err error) {
	stage := s.config.stage(at.epoch)
	exec, err := s.exec(stage)
	if err != nil {
		return nil, err
	}
	seed := mix(s.config.Seed, uint64(at.epoch)<<32|uint64(at.step))
	if i > 0 {
		seed = mix(seed, uint64(i))
	}
	random, err := RNGStateFromSeed(int64(seed))
	if err != nil {
		return nil, err
	}
	args := append(s.inputs(b), s.scalars(w.Eps, w.Lambda, w.Gamma, w.Kappa, w.Beta)...)
	var needed []any
	if s.screening && stage == robustStage {
		if needed, err = s.needed(args[0], args[2]); err != nil {
			return nil, err
		}
	}
	values = make([]float64, numMeasures)
	return values, s.call(exec, values, append(append(args, random), needed...)...)
}

// call reads the one output of a graph and frees input and output at once, rather than at the next garbage collection.
func (s *stepper) call(exec *model.Exec, values []float64, args ...any) error {
	spread, err := s.devices.Spread(args, batchArguments)
	if err != nil {
		return err
	}
	out, err := exec.Call(spread...)
	if err != nil {
		return err
	}
	if err := floats.Read(values, out[0]); err != nil { // every device has it
		return err
	}
	if s.devices != nil {
		args = append(args, spread...)
	}
	for _, t := range args {
		t.(*tensors.Tensor).MustFinalizeAll()
	}
	for _, t := range out {
		t.MustFinalizeAll()
	}
	return nil
}

// inputs are the images and labels of a batch as tensors.
func (s *stepper) inputs(b data.Batch) []any {
	dims := append([]int{len(b.Y)}, s.network.Input...)
	labels := tensors.FromFlatDataAndDimensions(b.Y, len(b.Y))
	if s.network.DType == dtypes.Float32 {
		return []any{tensors.FromFlatDataAndDimensions(b.X, dims...), labels}
	}
	return []any{floats.Tensor(floats.Double(b.X), s.network.DType, dims...), labels}
}

func (s *stepper) scalars(values ...float64) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = floats.Tensor([]float64{v}, s.network.DType)
	}
	return out
}

// setLearningRate changes the optimizer's rate for the steps to come.
func (s *stepper) setLearningRate(rate float64) error {
	v := optimizer.LearningRateVarWithValue(s.store.RootScope(), s.network.DType, rate)
	return v.SetValue(floats.Tensor([]float64{rate}, s.network.DType))
}

// weights copies the trained weights into a new network.
func (s *stepper) weights() (*net.Network, error) {
	n := s.network.Clone()
	var values []*tensors.Tensor
	for _, p := range n.Params {
		t, err := s.store.GetVariable(weightPath(p.Name)).Value()
		if err != nil {
			return nil, err
		}
		values = append(values, t)
	}
	return n, n.SetTensors(values)
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// mix makes one number of two; nearby ones give unrelated results (SplitMix64's output function).
func mix(a, b uint64) uint64 {
	for _, v := range []uint64{a, b} {
		a ^= v + 0x9e3779b97f4a7c15
		a = (a ^ a>>30) * 0xbf58476d1ce4e5b9
		a = (a ^ a>>27) * 0x94d049bb133111eb
		a ^= a >> 31
	}
	return a
}

func (s *stepper) close() {
	for _, e := range s.stages {
		e.Finalize()
	}
	for _, e := range append(s.screeners, s.checker, s.applier) {
		if e != nil {
			e.Finalize()
		}
	}
	s.store.Finalize()
}
