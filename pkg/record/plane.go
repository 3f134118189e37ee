package record

// PlaneCourse is the training of networks on points of the plane, epoch by epoch: enough to draw each epoch's boundary
// and certified boxes.
type PlaneCourse struct {
	Arch   string       `json:"arch"`
	Eps    float64      `json:"eps"` // radius of the boxes, l_inf
	X      [][2]float64 `json:"x"`   // points
	Labels []int        `json:"labels"`
	Runs   []PlaneRun   `json:"runs"` // same seed, different methods and regularizers
}

// PlaneRun is one training.
type PlaneRun struct {
	Method string       `json:"method"` // e.g. "natural", "cp"
	Lambda float64      `json:"lambda"`
	Gamma  float64      `json:"gamma"`
	Frames []PlaneFrame `json:"frames"` // of ascending epochs
	// Distances are those of the unstable neurons' z' from the nearest touching point, relative to u-l, after the last
	// epoch.
	Distances []float32 `json:"distances"`
}

// PlaneFrame is a network after an epoch, and what is known of each point.
type PlaneFrame struct {
	Epoch    int          `json:"epoch"`
	Layers   []PlaneLayer `json:"layers"`   // with relus between them
	Bounds   []float32    `json:"bounds"`   // p_C of each point
	Attacked []float32    `json:"attacked"` // smallest margin that a grid of the point's box has, at least p_O*

	D        float64 `json:"d"` // means over the points
	R        float64 `json:"r"`
	Unstable float64 `json:"unstable"` // unstable neurons per point
}

// PlaneLayer is a dense layer: a row of weights and a bias for each unit.
type PlaneLayer struct {
	Weights [][]float32 `json:"weights"`
	Biases  []float32   `json:"biases"`
}

// Count returns the number of points that no attack changed, and the number of certified points.
func (f PlaneFrame) Count() (unbroken, certified int) {
	for i := range f.Bounds {
		if f.Attacked[i] > 0 {
			unbroken++
		}
		if f.Bounds[i] > 0 {
			certified++
		}
	}
	return unbroken, certified
}

// Margin is logit 1 minus logit 0 of the network.
func (f PlaneFrame) Margin(x [2]float64) float64 {
	a := x[:]
	for k, layer := range f.Layers {
		a = layer.apply(a, k > 0)
	}
	return a[1] - a[0]
}

// apply is W a + b, or W relu(a) + b.
func (l PlaneLayer) apply(a []float64, relu bool) []float64 {
	out := make([]float64, len(l.Biases))
	for j, row := range l.Weights {
		out[j] = float64(l.Biases[j])
		for i, w := range row {
			v := a[i]
			if relu {
				v = max(v, 0)
			}
			out[j] += float64(w) * v
		}
	}
	return out
}
