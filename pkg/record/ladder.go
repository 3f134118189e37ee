package record

// LadderError are the images of a data set that one technique does not certify at one radius.
type LadderError struct {
	Technique string  `json:"technique"` // PGD: the images that the attack changes, a lower bound of the robust error
	Eps       float64 `json:"eps"`       // pixel units
	Samples   int     `json:"samples"`
	Error     float64 `json:"error"` // percent of the samples; misclassified clean images included
	// images whose programs ran out of time: they count as not certified
	Unfinished int `json:"unfinished,omitempty"`
	// images robust according to the solver alone: they count as not certified
	Unchecked int `json:"unchecked,omitempty"`
	// images decided by a theorem from another technique, e.g. certified by Fast-Lin, so by the LP
	Inferred int     `json:"inferred,omitempty"`
	Seconds  float64 `json:"seconds"` // for all samples together, one after the other
	// PGD: how the samples were attacked; nil elsewhere and in older records
	Attack *Attack `json:"attack,omitempty"`
}

// LadderNeuron is an unstable neuron at the optimum of one relaxation of one margin.
type LadderNeuron struct {
	Technique string  `json:"technique"`
	Layer     int     `json:"layer"` // relu layer, from 0
	Unit      int     `json:"unit"`
	Lower     float64 `json:"lower"` // l
	Upper     float64 `json:"upper"` // u
	Z         float64 `json:"z"`     // its input at the relaxation's optimum
	Out       float64 `json:"out"`   // its output there
	Tight     bool    `json:"tight"` // out = relu(z) up to a thousandth of u - l
}

// CertifiedRadius is the largest radius at which a technique certifies an image, found by bisection.
type CertifiedRadius struct {
	Technique string  `json:"technique"`
	Index     int     `json:"index"` // of the image in its data set
	Label     int     `json:"label"`
	Lower     float64 `json:"lower"` // certified here, pixel units; of PGD: not attacked with success here
	Upper     float64 `json:"upper"` // not certified here; of PGD: misclassified here
	// Unchecked is the largest radius above Lower at which the image is robust according to the solver alone; 0: none.
	Unchecked float64 `json:"unchecked,omitempty"`
	// Unfinished is set if time ran out at Upper: the true radius may be larger.
	Unfinished bool    `json:"unfinished,omitempty"`
	Seconds    float64 `json:"seconds"`
}
