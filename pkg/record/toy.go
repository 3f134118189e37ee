package record

// ToyCheck is Claim 1 checked on points of the toy data set S (docs/method.md, section 12; Appendix E of the paper).
type ToyCheck struct {
	B   float64 `json:"b"`   // width of the empty corridor around the decision boundary
	Eps float64 `json:"eps"` // radius, l_inf

	Points     int     `json:"points"`     // points of S that were checked
	Unstable   int     `json:"unstable"`   // of them, points with an unstable neuron
	LargestGap float64 `json:"largestGap"` // max |p_O* - p_C|
	LargestD   float64 `json:"largestD"`
	LargestR   float64 `json:"largestR"`

	Sample []ToyPoint `json:"sample"` // some of the points, to draw
}

// ToyPoint is one point with its bound.
type ToyPoint struct {
	X        [2]float64 `json:"x"`
	XStar    [2]float64 `json:"xStar"` // where the relaxed problem is optimal
	Worst    [2]float64 `json:"worst"` // where the real problem is
	Label    int        `json:"label"`
	Bound    float64    `json:"bound"` // p_C
	Exact    float64    `json:"exact"` // p_O*
	D        float64    `json:"d"`
	R        float64    `json:"r"`
	Unstable int        `json:"unstable"` // unstable neurons of 4
}
