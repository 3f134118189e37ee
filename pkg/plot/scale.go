package plot

import "math"

func hypot(x, y float64) float64 { return math.Hypot(x, y) }

func abs(x float64) float64 { return math.Abs(x) }

func ceil(x float64) int { return int(math.Ceil(x - 1e-9)) }

// roundStep is the smallest of 1, 2, 2.5, 5 times a power of ten that is at least x.
func roundStep(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// limits are the smallest and largest of finite values; ok is false if there is none.
func limits(values ...float64) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		low, high, ok = min(low, v), max(high, v), true
	}
	return low, high, ok
}

// widened adds a fraction of the range on both sides, so that lines do not touch the frame.
func widened(low, high, fraction float64) (float64, float64) {
	margin := (high - low) * fraction
	if margin <= 0 {
		margin = max(math.Abs(low)*0.05, 1e-6)
	}
	return low - margin, high + margin
}
