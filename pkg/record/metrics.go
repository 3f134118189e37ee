package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Append adds one line to the stream of metrics. A value that is not finite is an error: find it before it gets here.
func (r *Run) Append(m EpochMetrics) error {
	line, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("metrics of step %d: %w", m.Step, err)
	}
	_, err = r.metrics.Write(append(line, '\n'))
	return explain(r.path(metricsFile), err)
}

// Metrics reads the stream of metrics.
func (r *Run) Metrics() ([]EpochMetrics, error) { return ReadMetrics(r.Dir) }

// ReadMetrics reads the stream of metrics of the run in dir, of one that is still going too: an unfinished last line is
// left out. Without a stream it returns none.
func ReadMetrics(dir string) ([]EpochMetrics, error) {
	path := filepath.Join(dir, metricsFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseMetrics(path, content)
}

func parseMetrics(path string, content []byte) ([]EpochMetrics, error) {
	var all []EpochMetrics
	for number := 1; ; number++ {
		line, rest, whole := bytes.Cut(content, []byte("\n"))
		if !whole {
			return all, nil
		}
		var m EpochMetrics
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, fmt.Errorf("%s line %d is damaged (%w): delete the line, or start again with --force", path,
				number, err)
		}
		all, content = append(all, m), rest
	}
}

// Rewind makes the stream of metrics agree with a checkpoint: it keeps the whole lines of steps up to the given one,
// drops the rest (a crash may have cut the last line, and later steps will be done again), and returns what it kept.
// Rewind(0) empties it.
func (r *Run) Rewind(step int) ([]EpochMetrics, error) {
	all, err := r.Metrics()
	if err != nil {
		return nil, err
	}
	var kept []EpochMetrics
	var content bytes.Buffer
	for _, m := range all {
		if m.Step > step {
			continue
		}
		line, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		kept = append(kept, m)
		content.Write(append(line, '\n'))
	}
	path := r.path(metricsFile)
	r.metrics.Close() // renaming over an open file fails on Windows
	if err := WriteAtomic(path, content.Bytes()); err != nil {
		return nil, err
	}
	r.metrics, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o644)
	return kept, explain(path, err)
}
