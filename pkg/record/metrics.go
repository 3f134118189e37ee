package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Append adds one line to the stream of metrics. A value that is not finite is an error; callers must detect it
// earlier.
func (r *Run) Append(m EpochMetrics) error {
	if _, _, err := r.metrics.Append(m); err != nil {
		return fmt.Errorf("metrics of step %d: %w", m.Step, err)
	}
	return nil
}

// Metrics reads the stream of metrics.
func (r *Run) Metrics() ([]EpochMetrics, error) { return ReadMetrics(r.Dir) }

// ReadMetrics reads the stream of metrics of the run in dir, even if it is still running: an unfinished last line is
// ignored. Without a stream it returns none. The error names a damaged line.
func ReadMetrics(dir string) (all []EpochMetrics, err error) {
	err = ReadJournal(filepath.Join(dir, metricsFile), func(line []byte) (bool, error) {
		var m EpochMetrics
		err := json.Unmarshal(line, &m)
		all = append(all, m)
		return true, err
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Rewind makes the stream of metrics agree with a checkpoint: it keeps the whole lines of steps up to the given one,
// drops the rest (a crash may have cut the last line, and later steps will be done again), and returns what it kept.
// Rewind(0) empties it.
func (r *Run) Rewind(step int) (kept []EpochMetrics, err error) {
	r.metrics.Close()
	r.metrics, err = OpenJournal(r.path(metricsFile), func(line []byte) (bool, error) {
		var m EpochMetrics
		if err := json.Unmarshal(line, &m); err != nil || m.Step > step {
			return false, err
		}
		kept = append(kept, m)
		return true, nil
	})
	if err != nil {
		r.metrics = &Journal{}
		return nil, err
	}
	return kept, nil
}
