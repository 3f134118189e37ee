package study

import (
	"context"

	"github.com/gomlx/compute"

	"tightrope/pkg/data"
	"tightrope/pkg/internal/processor"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// timedEpochs is how many epochs are timed, after one that compiles.
const timedEpochs = 3

// cost are the processor seconds of an epoch of a recipe at its target radius, the median of three: 0 if the operating
// system does not say. They hardly depend on what else the machine does, as seconds on the clock would.
func cost(ctx context.Context, b compute.Backend, r recipe.Recipe, set *data.Set) (float64, error) {
	n, err := r.Network(set)
	if err != nil {
		return 0, err
	}
	c := r.Train.Dearest()
	c.Warmup, c.Ramp, c.Epochs = 0, 0, 1+timedEpochs
	c.Decay = train.Decay{}
	var at []float64
	_, _, err = train.Run(ctx, b, n, set, c, train.Options{OnEpoch: func([]train.Epoch, *net.Network) error {
		at = append(at, processor.Seconds())
		return nil
	}})
	if err != nil {
		return 0, err
	}
	var each []float64
	for i := range timedEpochs {
		each = append(each, at[i+1]-at[i])
	}
	s, err := record.Summarize(each)
	return s.Median, err
}
