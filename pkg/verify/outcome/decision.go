package outcome

import "slices"

// Verdict on an image.
type Verdict string

// The verdicts.
const (
	Certified Verdict = "certified" // with a certificate that the checker confirmed
	Falsified Verdict = "falsified" // with a misclassified image of the ball that the checker confirmed
	Unchecked Verdict = "unchecked" // decided robust by the word of the MILP solver, without a proof
	Unknown   Verdict = "unknown"   // neither, within the limits
)

// Decision is the outcome of one image: one line of a run's decisions.jsonl.
type Decision struct {
	Index   int     `json:"index"` // in the data set
	Label   int     `json:"label"`
	Verdict Verdict `json:"verdict"`
	Stage   Stage   `json:"stage"`           // that decided; of an unknown image the last that was tried
	Seconds float64 `json:"seconds"`         // of the stages that work on single images
	Nodes   int     `json:"nodes,omitempty"` // of branch and bound
	// falsified: the class at the adversarial image; unknown: a class that is left
	Class *int    `json:"class,omitempty"`
	Lower float64 `json:"lower,omitempty"` // certified: the least proven margin
	// Offset and Length find the certificate in certificates.jsonl, in bytes.
	Offset int64 `json:"offset,omitempty"`
	Length int64 `json:"length,omitempty"`
}

// StageCount is what a stage did.
type StageCount struct {
	Stage     Stage   `json:"stage"`
	Reached   int     `json:"reached"` // images
	Certified int     `json:"certified"`
	Falsified int     `json:"falsified"`
	Unchecked int     `json:"unchecked"`
	Seconds   float64 `json:"seconds"` // spent in it, over all workers, in this session
}

// Summary counts the decisions of a run.
type Summary struct {
	Samples   int          `json:"samples"`
	Standard  int          `json:"standard"` // clean images that are misclassified; they are among Falsified
	Certified int          `json:"certified"`
	Falsified int          `json:"falsified"`
	Unchecked int          `json:"unchecked"`
	Unknown   int          `json:"unknown"`
	Resumed   int          `json:"resumed"` // decisions taken over from an earlier session
	Stages    []StageCount `json:"stages,omitempty"`
	Seconds   float64      `json:"seconds"` // wall time of this session
	// ProcessorSeconds are those of this session, user and system; 0: not known.
	ProcessorSeconds float64    `json:"processorSeconds,omitempty"`
	Load             [2]float64 `json:"load"` // load averages of a minute, at its begin and end
	Notes            []string   `json:"notes,omitempty"`
}

// Done is the number of images that were worked on.
func (s *Summary) Done() int { return s.Certified + s.Falsified + s.Unchecked + s.Unknown }

// Interval holds the exact robust error, in percent, by proofs alone: at least the falsified images, at most all that
// are not certified.
func (s *Summary) Interval() (low, high float64) {
	return s.Percent(s.Falsified), s.Percent(s.Samples - s.Certified)
}

// Believed is the interval if the solver's word is taken for the images that it alone decided.
func (s *Summary) Believed() (low, high float64) {
	return s.Percent(s.Falsified), s.Percent(s.Samples - s.Certified - s.Unchecked)
}

// Percent is a count in percent of the images.
func (s *Summary) Percent(count int) float64 {
	return 100 * float64(count) / float64(max(s.Samples, 1))
}

// At finds or makes the count of a stage. The counts are in the order of the stages.
func (s *Summary) At(stage Stage) *StageCount {
	i, found := slices.BinarySearchFunc(s.Stages, stage, func(c StageCount, to Stage) int { return int(c.Stage - to) })
	if !found {
		s.Stages = slices.Insert(s.Stages, i, StageCount{Stage: stage})
	}
	return &s.Stages[i]
}

// Count adds a decision.
func (s *Summary) Count(d *Decision) {
	at := s.At(d.Stage)
	switch d.Verdict {
	case Certified:
		s.Certified++
		at.Certified++
	case Falsified:
		s.Falsified++
		at.Falsified++
		if d.Stage == Clean {
			s.Standard++
		}
	case Unchecked:
		s.Unchecked++
		at.Unchecked++
	default:
		s.Unknown++
	}
}

// AddWork adds what the stages did elsewhere, on decisions that this session took over: images reached and seconds, not
// the decisions. nil adds nothing.
func (s *Summary) AddWork(other *Summary) {
	if other == nil {
		return
	}
	for _, c := range other.Stages {
		at := s.At(c.Stage)
		at.Reached += c.Reached
		at.Seconds += c.Seconds
	}
	s.Resumed -= other.Done()
	s.Seconds += other.Seconds
	s.ProcessorSeconds += other.ProcessorSeconds
	for _, note := range other.Notes {
		if !slices.Contains(s.Notes, note) {
			s.Notes = append(s.Notes, note)
		}
	}
}
