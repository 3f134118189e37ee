package record

// Trained is one run of a comparison of training methods on one network, data set and radius. Errors are in percent of
// the test images.
type Trained struct {
	Method string  `json:"method"` // as readers know it, with its parameters
	Recipe string  `json:"recipe"`
	Seed   uint64  `json:"seed"`
	Epochs int     `json:"epochs"`
	Second float64 `json:"processorSecondsAnEpoch"` // at the target radius, without validation; 0: not measured

	StandardError float64 `json:"standardError"`
	PGDError      float64 `json:"pgdError"`
	// CertifiedError is measured by the same technique for all runs, except for cascades of models, which have their
	// own.
	CertifiedError float64 `json:"certifiedError"`
	Technique      string  `json:"technique"`
	// CleanChoiceError is that of a cascade of models, which is no bound of its error; nil: of another run.
	CleanChoiceError *float64 `json:"cleanChoiceError,omitempty"`
	// At are its errors at radii, by several bounds; the record's recipe tells the attack.
	At []TrainedAt `json:"at,omitempty"`
}

// TrainedAt are the errors of a run's network at one radius, in percent of the test images.
type TrainedAt struct {
	Eps       float64            `json:"eps"` // pixel units
	PGDError  float64            `json:"pgdError"`
	Certified map[string]float64 `json:"certifiedErrors"` // by the technique's name
}

// IsMethods reports whether the record compares training methods.
func (r *Record) IsMethods() bool { return len(r.Methods) > 0 }
