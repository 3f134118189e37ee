package record

// TightnessPair are both indicators of one relaxed problem.
type TightnessPair struct {
	D        float64 `json:"d"`
	R        float64 `json:"r"`
	Unstable int     `json:"unstable"` // unstable neurons
}
