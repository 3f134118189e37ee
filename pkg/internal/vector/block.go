package vector

// A block holds [Lanes] numbers for each of many units, lane q of unit i at i*Lanes+q: so many rows over the units,
// which are worked on at once. Functions take a list of units; what a block holds for others is not looked at.

// Line is how a relu's unit is relaxed. The entry h over its output becomes nu = h Negative or h Positive, by h's sign,
// over its input z, and h relu(z) - nu z is linear between Lower, Upper and, where Kink is set, 0 (where it is 0).
type Line struct {
	Negative, Positive float64
	Lower, Upper       float64 // of z
	AtLower, AtUpper   float64 // slope of relu at either: 0 or 1
	Kink               bool    // 0 lies between them
}

// Ends are sums of least or largest values, and of their sizes, lane by lane.
type Ends struct{ Sum, Size [Lanes]float64 }
