package cert

// Bounds hold Lower <= z <= Upper of every relu's input, [relus][units] (l, u in the paper).
type Bounds struct {
	Lower, Upper [][]float64
}

// Unstable reports whether a unit may be on either side.
func (b *Bounds) Unstable(relu, unit int) bool {
	return b.Lower[relu][unit] < 0 && b.Upper[relu][unit] > 0
}
