package study

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

// Noise are the parameters of the study of random projections; the zero value is the project's figure.
type Noise struct {
	Vectors []int   `json:"vectors"` // numbers of random vectors; nil: 5 to 200
	Draws   int     `json:"draws"`   // of each number; 0: 2,000
	Eps     float64 `json:"eps"`     // l_inf radius; that of l_2 is 8 times as large, as the root of 64 pixels; 0: 0.1
	Seed    uint64  `json:"seed"`    // of the network's weights
}

// Projections measures how random projections estimate the bounds of the second layer of an untrained mlp-2x100 round
// the first test digit, for l_inf (Cauchy vectors) and l_2 (Gaussian vectors for the input, Cauchy vectors for the
// relus). It returns an error for fewer than two draws, and for numbers of vectors below one.
func Projections(n Noise) (*record.Record, error) {
	if n.Vectors == nil {
		n.Vectors = []int{5, 10, 20, 50, 100, 200}
	}
	if n.Draws == 0 {
		n.Draws = 2000
	}
	if n.Eps == 0 {
		n.Eps = 0.1
	}
	if n.Draws < 2 || slices.Min(n.Vectors) < 1 {
		return nil, fmt.Errorf("%d draws of %v vectors: use at least 2 draws of at least 1 vector", n.Draws, n.Vectors)
	}
	r, b, err := newRecord("projections: mlp-2x100", n)
	if err != nil {
		return nil, err
	}
	set, err := data.Load("digits", data.Options{})
	if err != nil {
		return nil, err
	}
	network, err := net.Named("mlp-2x100", set.Test.Shape, set.Test.Classes)
	if err != nil {
		return nil, err
	}
	network.Init(n.Seed)
	r.Dataset = record.Dataset{Name: "digits", Hash: set.Test.Hash()}
	x := floats.Double(set.Test.X[:set.Test.Dim()])
	for _, threat := range []ball.Ball{{Eps: n.Eps, Box: ball.Unit}, {Norm: ball.L2, Eps: 8 * n.Eps}} {
		for _, k := range n.Vectors {
			one, err := noiseOf(b, network, threat, k, n.Draws, x)
			if err != nil {
				return nil, err
			}
			r.Noise = append(r.Noise, one)
		}
	}
	r.WallSeconds = time.Since(r.Started).Seconds()
	return r, nil
}

func noiseOf(b compute.Backend, network *net.Network, threat ball.Ball, k, draws int,
	x []float64) (record.ProjectionNoise, error) {
	n, err := bound.NewProjectionNoise(b, network, threat, k, x)
	if err != nil {
		return record.ProjectionNoise{}, err
	}
	defer n.Close()
	var ratios [][]float64 // [draw][unit]
	for d := range draws {
		one, err := n.Ratios(int64(d))
		if err != nil {
			return record.ProjectionNoise{}, err
		}
		ratios = append(ratios, one)
	}
	s := summarizeNoise(ratios)
	s.Norm, s.K = threat.Norm.String(), k
	return s, nil
}

// summarizeNoise describes ratios [draw][unit].
func summarizeNoise(ratios [][]float64) record.ProjectionNoise {
	draws, units := len(ratios), len(ratios[0])
	s := record.ProjectionNoise{Draws: draws, Units: units}
	for j := range units {
		mean, square := 0.0, 0.0
		for _, one := range ratios {
			mean += one[j] / float64(draws)
		}
		for _, one := range ratios {
			square += (one[j] - mean) * (one[j] - mean) / float64(draws-1)
		}
		s.Mean += mean / float64(units)
		s.Deviation += math.Sqrt(square) / float64(units)
		s.WorstUnit = max(s.WorstUnit, math.Abs(mean-1))
	}
	all := slices.Concat(ratios...)
	slices.Sort(all)
	s.Low, s.High = all[len(all)/20], all[len(all)-1-len(all)/20]
	return s
}
