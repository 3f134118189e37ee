package toy

import (
	"fmt"
	"math"
	"math/rand/v2"

	"tightrope/pkg/data"
)

// moonsHalf is half the side of the square that holds the moons.
const moonsHalf = 1.5

// Moons are points on two interleaved half circles of the plane with normal noise, label by label: a data set that no
// line separates. Points outside [-1.5, 1.5]^2 are drawn again. It returns an error for fewer than two points or wrong
// noise.
func Moons(points int, noise float64, seed uint64) (*data.Set, error) {
	if points < 2 || !(noise >= 0 && noise <= 0.5) {
		return nil, fmt.Errorf("moons of %d points with noise %v: use at least 2 points and a noise of 0 to 0.5",
			points, noise)
	}
	set := &data.Set{Name: "moons", Shape: []int{1, 1, 2}, Classes: 2, ClassNames: []string{"lower", "upper"},
		Lower: -moonsHalf, Upper: moonsHalf}
	rng := rand.New(rand.NewPCG(seed, 0x6d6f6f6e))
	for len(set.Y) < points {
		label := int32(len(set.Y) % 2)
		x := moon(label, math.Pi*rng.Float64())
		x[0], x[1] = x[0]+noise*rng.NormFloat64(), x[1]+noise*rng.NormFloat64()
		if max(math.Abs(x[0]), math.Abs(x[1])) > moonsHalf {
			continue
		}
		set.X, set.Y = append(set.X, float32(x[0]), float32(x[1])), append(set.Y, label)
	}
	return set, nil
}

// moon is a point on the upper half circle (label 1) or on the lower one, which is shifted so that they interleave.
func moon(label int32, angle float64) [2]float64 {
	if label == 1 {
		return [2]float64{0.85*math.Cos(angle) - 0.4, 0.85*math.Sin(angle) - 0.2}
	}
	return [2]float64{0.4 - 0.85*math.Cos(angle), 0.2 - 0.85*math.Sin(angle)}
}
