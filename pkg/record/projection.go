package record

// ProjectionNoise is how well K random projections estimate the radius of a layer's bounds (docs/method.md,
// section 14), over many draws and all units of the layer: the ratio of the estimated to the exact radius.
type ProjectionNoise struct {
	Norm  string `json:"norm"`
	K     int    `json:"k"` // random vectors
	Draws int    `json:"draws"`
	Units int    `json:"units"`

	Mean      float64 `json:"mean"`      // over draws and units
	Low       float64 `json:"low"`       // 5 % of the ratios are below
	High      float64 `json:"high"`      // 5 % are above
	Deviation float64 `json:"deviation"` // standard deviation of one unit's ratio, mean over units
	WorstUnit float64 `json:"worstUnit"` // largest |mean over draws - 1| of a unit
}
