package record

// Work is what a record took, over all sessions in which it was made. A session that was killed leaves what it did, and
// no times.
type Work struct {
	Sessions         int     `json:"sessions"`
	Seconds          float64 `json:"seconds"`                    // wall time
	ProcessorSeconds float64 `json:"processorSeconds,omitempty"` // user and system, of all processes; 0: not known
	// Load holds the least and the greatest load average of a minute, at the sessions' begins and ends.
	Load [2]float64 `json:"load"`
}

// Add counts one more session that began and ended at these load averages.
func (w *Work) Add(seconds, processorSeconds float64, load [2]float64) {
	low, high := min(load[0], load[1]), max(load[0], load[1])
	if w.Sessions > 0 {
		low, high = min(low, w.Load[0]), max(high, w.Load[1])
	}
	w.Load = [2]float64{low, high}
	w.Sessions++
	w.Seconds += seconds
	w.ProcessorSeconds += processorSeconds
}
