package record

import (
	"encoding/json"
	"fmt"
	"math"
)

// Smooth is the kind of a network smoothed with noise and certified by draws.
const Smooth Kind = "smooth"

// Smoothing are the certificates of randomized smoothing (Cohen et al. 2019) of some images: probabilistic, each with
// confidence 1 - Alpha. Radii are l_2, in pixel units.
type Smoothing struct {
	Sigma  float64       `json:"sigma"`  // deviation of the noise, pixel units
	Select int           `json:"select"` // n0: draws that chose the class
	Draws  int           `json:"draws"`  // n: draws that bounded its probability
	Alpha  float64       `json:"alpha"`
	Seed   uint64        `json:"seed"` // of the noise
	Curve  []SmoothPoint `json:"curve"`
	Images []SmoothImage `json:"images"`
	// Beside are trainings whose bounds hold for the same norm and data, to compare with.
	Beside []BoundCurve `json:"beside,omitempty"`
}

// BoundCurve is the certified accuracy of one training over the radius, by its bound.
type BoundCurve struct {
	Record       string        `json:"record"` // its name
	Hash         string        `json:"hash"`   // SHA-256 of its file, hexadecimal
	Method       string        `json:"method"` // of the training
	Technique    string        `json:"technique"`
	Norm         string        `json:"norm"`
	Eps          float64       `json:"eps"` // radius of the training, pixel units
	Epochs       int           `json:"epochs"`
	TrainSamples int           `json:"trainSamples"` // 0: all
	Samples      int           `json:"samples"`      // test images that were evaluated
	Curve        []SmoothPoint `json:"curve"`
}

// Compare adds the bounds of a training on the same data set, for l_2. It returns an error for any other record.
func (r *Record) Compare(training *Record) error {
	t := training.Results[Test]
	switch {
	case training.Kind != Train || len(training.Curve) == 0:
		return fmt.Errorf("%s is no record of a training with a curve: train with --curve", training.Name)
	case t.Norm != "l2":
		return fmt.Errorf("%s was trained for %s: smoothing is compared with l2 only", training.Name, t.Norm)
	case training.Dataset.Name != r.Dataset.Name:
		return fmt.Errorf("%s was trained on %s, and this is %s", training.Name, training.Dataset.Name, r.Dataset.Name)
	}
	var recipe struct {
		TrainSamples int `json:"train_samples"`
		Train        struct {
			Method string `json:"method"`
			Epochs int    `json:"epochs"`
		} `json:"train"`
		Eval struct {
			CurveSamples int `json:"curve_samples"`
		} `json:"eval"`
	}
	if err := json.Unmarshal(training.Recipe, &recipe); err != nil {
		return fmt.Errorf("recipe of %s: %w", training.Name, err)
	}
	b := BoundCurve{Record: training.Name, Hash: training.Hash, Method: recipe.Train.Method, Technique: t.Technique,
		Norm: t.Norm, Eps: t.Eps, Epochs: recipe.Train.Epochs, TrainSamples: recipe.TrainSamples, Samples: t.Samples}
	if n := recipe.Eval.CurveSamples; n > 0 {
		b.Samples = min(n, t.Samples)
	}
	for _, c := range training.Curve {
		b.Curve = append(b.Curve, SmoothPoint{Radius: c.Eps, Accuracy: 100 - c.CertifiedError})
	}
	r.Smoothing.Beside = append(r.Smoothing.Beside, b)
	return nil
}

// At is the certified accuracy at a radius of the curve; NaN at any other.
func (b BoundCurve) At(radius float64) float64 {
	for _, p := range b.Curve {
		if p.Radius == radius {
			return p.Accuracy
		}
	}
	return math.NaN()
}

// SmoothPoint is the certified accuracy at one radius, in percent of the images.
type SmoothPoint struct {
	Radius   float64 `json:"radius"`
	Accuracy float64 `json:"accuracy"`
}

// SmoothImage is the certificate of one image.
type SmoothImage struct {
	Index     int     `json:"index"`
	Label     int     `json:"label"`
	Class     int     `json:"class"`               // of the smoothed classifier; -1: it abstains
	Radius    float64 `json:"radius"`              // 0 if it abstains
	Lower     float64 `json:"lower"`               // bound of the class's probability
	Predicted *int    `json:"predicted,omitempty"` // by PREDICT; -1: it abstains; nil: it was not asked
}

// CertifiedAccuracy is the fraction of the images, in percent, whose certificate gives their label to every input of
// the closed ball of a radius.
func (s *Smoothing) CertifiedAccuracy(radius float64) float64 {
	return s.percent(func(i SmoothImage) bool { return i.Class == i.Label && i.Radius > radius })
}

// Abstained is the fraction of the images, in percent, without a certificate.
func (s *Smoothing) Abstained() float64 {
	return s.percent(func(i SmoothImage) bool { return i.Class < 0 })
}

func (s *Smoothing) percent(is func(SmoothImage) bool) float64 {
	n := 0
	for _, i := range s.Images {
		if is(i) {
			n++
		}
	}
	return 100 * float64(n) / float64(len(s.Images))
}

// Confidence is the confidence of a certificate in words, to be printed with every certificate.
func (s *Smoothing) Confidence() string {
	return fmt.Sprintf("with confidence %g for each image", 1-s.Alpha)
}

// Words describes how the images were smoothed.
func (s *Smoothing) Words() string {
	return fmt.Sprintf("σ = %g (pixel units), n0 = %d, n = %d, α = %g, %d images", s.Sigma, s.Select, s.Draws, s.Alpha,
		len(s.Images))
}

// IsSmoothing reports whether the record holds certificates of randomized smoothing.
func (r *Record) IsSmoothing() bool { return r.Smoothing != nil && len(r.Smoothing.Images) > 0 }
