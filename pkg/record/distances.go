package record

import (
	"math"
	"slices"
)

// Distances is how far from an image each attack finds an adversarial one, together with the exact minimal distortion,
// against which attacks are measured (Carlini et al. 2017). Distances are in pixel units, in the ball's norm.
type Distances struct {
	Norm      string      `json:"norm"`
	Box       *[2]float64 `json:"box,omitempty"` // valid inputs; nil: no box
	Largest   float64     `json:"largest"`       // radius up to which was searched
	Tolerance float64     `json:"tolerance"`     // length of the intervals at which the bisections ended
	Attacks   []Attack    `json:"attacks"`       // by attack: how
	Names     []string    `json:"names"`         // by attack: its technique
	Seconds   []float64   `json:"seconds"`       // by attack, for all images
	// Misclassified images, which have no distance, are left out.
	Images []ImageDistance `json:"images"`
}

// ImageDistance are the distances of one image.
type ImageDistance struct {
	Index int `json:"index"` // in the data set
	Label int `json:"label"`
	// The exact minimal distortion is at least Lower, by a proof, and at most Upper: there is an adversarial image,
	// unless Unfinished, where time ran out and no attack found one.
	Lower      float64 `json:"lower"`
	Upper      float64 `json:"upper"`
	Unfinished bool    `json:"unfinished,omitempty"`
	// Found, by attack, is the distance of the nearest adversarial image; 0: none up to the largest radius.
	Found []float64 `json:"found"`
}

// Ratios are the distances that an attack found over the exact minimal distortion, at most: over its proved lower end.
// Images without an adversarial one are left out.
func (d *Distances) Ratios(attack int) (ratios []float64) {
	for _, i := range d.Images {
		if f := i.Found[attack]; f > 0 && i.Lower > 0 {
			ratios = append(ratios, f/i.Lower)
		}
	}
	return ratios
}

// Median is the median of numbers; NaN of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
