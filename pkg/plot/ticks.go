package plot

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// fewTicks shows about the given number of labelled ticks, at round values.
type fewTicks struct{ about int }

// Ticks implements plot.Ticker.
func (f fewTicks) Ticks(low, high float64) []plot.Tick {
	step := roundStep((high - low) / float64(f.about))
	if step < 1e-12*max(math.Abs(low), math.Abs(high)) { // closer together than numbers can be told apart
		return []plot.Tick{{Value: low, Label: tickLabel(low, math.Abs(low)*1e-9)}}
	}
	var ticks []plot.Tick
	for k := ceil(low / step); float64(k)*step <= high+step*1e-9; k++ {
		v := float64(k) * step
		ticks = append(ticks, plot.Tick{Value: v, Label: tickLabel(v, step)})
	}
	return ticks
}

// logTicks are 1, 2 and 5 times the powers of ten in a range.
func logTicks(low, high float64) (ticks []plot.Tick) {
	for power := math.Floor(math.Log10(low)); power <= math.Log10(high); power++ {
		for _, digit := range []float64{1, 2, 5} {
			if v := digit * math.Pow(10, power); v >= low && v <= high {
				ticks = append(ticks, plot.Tick{Value: v, Label: tickLabel(v, v)})
			}
		}
	}
	return ticks
}

// mostDecimals is the number of decimals from which a label changes to an exponent.
const mostDecimals = 6

// tickLabel shows a multiple of a step with all digits that tell it from its neighbours, and no noise digits.
func tickLabel(v, step float64) string {
	text := ""
	switch decimals := decimalsOf(step); {
	case v == 0 && decimals > mostDecimals:
		text = "0"
	case decimals > mostDecimals || math.Abs(v) >= 1e9:
		digits := int(math.Max(0, math.Floor(math.Log10(math.Abs(v)/step)))) + 3 // a step has two digits at most
		text = strconv.FormatFloat(v, 'g', min(digits, 17), 64)
	default:
		text = strconv.FormatFloat(v, 'f', decimals, 64)
	}
	return strings.ReplaceAll(text, "-", "−")
}

// decimalsOf is the number of decimals that a step needs.
func decimalsOf(step float64) int {
	for decimals := range mostDecimals + 1 {
		scaled := step * math.Pow(10, float64(decimals))
		if math.Abs(math.Round(scaled)-scaled) < 1e-6*scaled {
			return decimals
		}
	}
	return mostDecimals + 1
}
