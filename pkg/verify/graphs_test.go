package verify

import (
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/graphgen"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/highs"
)

// ladderGraphs is how many random networks are climbed; each takes a fraction of a second.
const ladderGraphs = 40

// TestLadderOfRandomGraphs climbs random networks by every technique at radii from 0 on, where no unit is unstable: no
// bound may lie above PGD's margin, which [Ladder] checks itself, and nothing may panic.
func TestLadderOfRandomGraphs(t *testing.T) {
	backend, graphs := testbackend.Open(t), uint64(ladderGraphs)
	if strings.HasPrefix(os.Getenv(compute.ConfigEnvVar), "xla") {
		graphs = 5 // the attack of each compiles for a second
	}
	for seed := range graphs {
		c := graphgen.New(seed, graphgen.Options{Samples: 1})
		c.Network.DType = dtypes.Float32
		set := &data.Set{Name: "random", Shape: c.Network.Input, Classes: c.Network.Classes(), Y: c.Labels}
		for _, v := range c.X {
			set.X = append(set.X, float32(v))
		}
		within := c.Radii[1]
		o := LadderOptions{Ball: c.Ball, Radii: []float64{0, math.SmallestNonzeroFloat64, 0x1p-40 * within,
			0x1p-10 * within, within}, Workers: 1,
			PerProgram: time.Second, AlphaSteps: 10, DualSteps: 40, Attack: &attack.Options{Steps: 10}}
		for _, r := range append(Rungs(), technique.Dual) {
			if !r.Row().HiGHS || highs.Load() == nil && c.Ball.Norm != ball.L2 {
				o.Rungs = append(o.Rungs, r)
			}
		}
		_, ladders, err := Ladder(t.Context(), backend, c.Network, set, o)
		if err != nil {
			t.Errorf("%v: %v", c, err)
			continue
		}
		if len(ladders) != len(o.Radii) {
			t.Errorf("%v: %d ladders, want %d", c, len(ladders), len(o.Radii))
		}
	}
}
