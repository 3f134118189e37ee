package train

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"tightrope/pkg/bound"
	"tightrope/pkg/net"
)

// Measures are the means of one step or one epoch.
type Measures struct {
	Loss     float64 `json:"loss"`
	Robust   float64 `json:"robust_ce"`
	D        float64 `json:"d"`
	R        float64 `json:"r"`
	Unproven float64 `json:"unproven"` // part of the training samples not certified
	Unstable float64 `json:"unstable"` // unstable neurons a sample
}

// numMeasures is the number of fields of Measures.
const numMeasures = 6

func (m *Measures) fields() [numMeasures]*float64 {
	return [numMeasures]*float64{&m.Loss, &m.Robust, &m.D, &m.R, &m.Unproven, &m.Unstable}
}

// stepper runs training steps: the compiled graph, the weights and the optimizer's state.
type stepper struct {
	config  Config
	network *net.Network
	store   *model.Store
	exec    *model.Exec
}

func newStepper(backend compute.Backend, network *net.Network, config Config) (*stepper, error) {
	s := &stepper{config: config, network: network, store: model.NewStore()}
	for i, t := range network.Tensors() {
		if _, err := s.store.CreateVariable(weightPath(network.Params[i].Name), t); err != nil {
			return nil, err
		}
	}
	var err error
	s.exec, err = model.NewExec(backend, s.store, s.graph)
	return s, err
}

func weightPath(param string) string { return "/weights/" + param }

// graph takes x, labels, eps, lambda, gamma, updates the variables and returns the measures as one vector.
func (s *stepper) graph(scope *model.Scope, args []*Node) *Node {
	g := args[0].Graph()
	s.store.SetTraining(g, true) // else the pure-Go backend builds the weights in as constants, and they never change
	var values []*Node
	for _, p := range s.network.Params {
		values = append(values, s.store.GetVariable(weightPath(p.Name)).NodeValue(g))
	}
	m := objective(s.config, s.network.On(values), batchNodes{args[0], args[1], args[2], args[3], args[4]})
	optimizer.Adam().LearningRate(s.config.LearningRate).Done().UpdateGraph(scope, g, m.loss)
	return Stack([]*Node{m.loss, m.robust, m.d, m.r, m.unproven, m.unstable}, 0)
}

// run makes one step on a batch.
func (s *stepper) run(x []float32, labels []int32, w Weights) (Measures, error) {
	dims := append([]int{len(labels)}, s.network.Input...)
	scalar := func(v float64) *tensors.Tensor { return bound.FloatTensor([]float64{v}, s.network.DType) }
	out, err := s.exec.Call1(bound.FloatTensor(bound.Float64s(x), s.network.DType, dims...),
		tensors.FromFlatDataAndDimensions(labels, len(labels)), scalar(w.Eps), scalar(w.Lambda), scalar(w.Gamma))
	if err != nil {
		return Measures{}, fmt.Errorf("training step: %w", err)
	}
	var m Measures
	values := make([]float64, numMeasures)
	if err := bound.ReadFloats(values, out); err != nil {
		return m, err
	}
	out.MustFinalizeAll()
	for i, p := range m.fields() {
		*p = values[i]
	}
	return m, nil
}

// setLearningRate changes the optimizer's rate for the steps to come.
func (s *stepper) setLearningRate(rate float64) error {
	v := optimizer.LearningRateVarWithValue(s.store.RootScope(), s.network.DType, rate)
	return v.SetValue(bound.FloatTensor([]float64{rate}, s.network.DType))
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

func (s *stepper) close() {
	s.exec.Finalize()
	s.store.Finalize()
}
