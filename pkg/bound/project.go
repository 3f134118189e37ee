package bound

// IsEstimate tells whether a technique's bounds hold only on average, so that they prove nothing.
func IsEstimate(t Technique) bool {
	e, ok := t.(interface{ Estimate() bool })
	return ok && e.Estimate()
}
