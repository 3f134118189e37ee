package train

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"tightrope/pkg/data"
)

// A batch that is cut into micro-batches is worked off by one call for each, which adds its gradient to variables of
// their own, and one call that updates the weights from them. So only one micro-batch's intermediate values are in
// memory, and one graph of its size is compiled. The results are those of the whole batch to rounding, because every
// loss that is cut is a mean over samples (see method.whole).

// sumPath is where the gradient of a weight is summed up.
func sumPath(weight string) string { return "/gradient" + weight }

// addSums creates the variables for the gradient.
func (s *stepper) addSums() error {
	for _, p := range s.network.Params {
		path := weightPath(p.Name)
		v, err := s.store.CreateVariable(sumPath(path), tensors.FromShape(s.store.GetVariable(path).Shape()))
		if err != nil {
			return err
		}
		v.SetTrainable(false)
	}
	return nil
}

// trainable are the weights in the order of their gradients.
func (s *stepper) trainable(g *Graph) (all []*model.Variable) {
	for v := range s.store.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			all = append(all, v)
		}
	}
	return all
}

// add adds a micro-batch's gradient to the sums.
func (s *stepper) add(g *Graph, gradient []*Node) {
	for i, v := range s.trainable(g) {
		sum := s.store.GetVariable(sumPath(v.Path()))
		sum.SetNodeValue(Add(sum.NodeValue(g), DivScalar(gradient[i], float64(s.microbatches))))
	}
}

// applyGraph updates the weights from the sums, and clears them. Its argument is returned: a graph needs some.
func (s *stepper) applyGraph(scope *model.Scope, args []*Node) *Node {
	g := args[0].Graph()
	s.store.SetTraining(g, true)
	s.values(g) // they are in use
	var gradient []*Node
	for _, v := range s.trainable(g) {
		sum := s.store.GetVariable(sumPath(v.Path()))
		gradient = append(gradient, sum.NodeValue(g))
		sum.SetNodeValue(ZerosLike(gradient[len(gradient)-1]))
	}
	update(scope, s.config, gradient, gradient[0].DType())
	return args[0]
}

// apply runs applyGraph.
func (s *stepper) apply() error {
	if s.microbatches == 1 {
		return nil
	}
	if s.applier == nil {
		exec, err := model.NewExec(s.backend, s.store, s.applyGraph)
		if err != nil {
			return err
		}
		s.applier = exec
	}
	if err := s.call(s.applier, make([]float64, 1), s.scalars(0)...); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}

// microbatch is the i-th of the equal micro-batches of a batch.
func (s *stepper) microbatch(b data.Batch, i int) data.Batch {
	n := len(b.Y) / s.microbatches
	size := len(b.X) / len(b.Y)
	return data.Batch{X: b.X[i*n*size : (i+1)*n*size], Y: b.Y[i*n : (i+1)*n], Count: n}
}
