package outcome

import (
	"errors"
	"path/filepath"
	"time"

	"tightrope/pkg/internal/strictjson"
	"tightrope/pkg/record"
)

// SessionsName is the file of a verification's folder that tells what its sessions took: one line for each that ended,
// or was interrupted; one that is killed leaves none.
const SessionsName = "sessions.jsonl"

// Session is what one session of a verification took: one line of sessions.jsonl.
type Session struct {
	Started          time.Time    `json:"started"` // RFC 3339
	Seconds          float64      `json:"seconds"` // wall time
	ProcessorSeconds float64      `json:"processorSeconds,omitempty"`
	Load             [2]float64   `json:"load"` // load averages of a minute, at its begin and end
	Images           int          `json:"images"`
	Stages           []StageCount `json:"stages,omitempty"`
}

// KeepSession adds the session whose counts these are to those of a folder, and returns the earlier ones in the order
// in which they ended. It returns an error where the file is damaged or cannot be written.
func (s *Summary) KeepSession(dir string) (earlier []Session, err error) {
	j, err := record.OpenJournal(filepath.Join(dir, SessionsName), func(line []byte) (bool, error) {
		var held Session
		err := strictjson.Unmarshal(line, &held)
		earlier = append(earlier, held)
		return true, err
	})
	if err != nil {
		return nil, err
	}
	_, _, err = j.Append(s.Session())
	return earlier, errors.Join(err, j.Close())
}

// Session is what the session took whose counts these are; it ends now.
func (s *Summary) Session() *Session {
	began := time.Now().Add(-time.Duration(s.Seconds * float64(time.Second)))
	return &Session{Started: began.UTC(), Seconds: s.Seconds, ProcessorSeconds: s.ProcessorSeconds, Load: s.Load,
		Images: s.Done() - s.Resumed, Stages: s.Stages}
}

// AddSessions adds the images that the stages reached in earlier sessions, and their time.
func (s *Summary) AddSessions(earlier []Session) {
	for _, e := range earlier {
		s.AddWork(&Summary{Stages: e.Stages, Seconds: e.Seconds, ProcessorSeconds: e.ProcessorSeconds})
	}
}

// WorkOf sums what sessions took.
func WorkOf(sessions []Session) *record.Work {
	w := &record.Work{}
	for _, s := range sessions {
		w.Add(s.Seconds, s.ProcessorSeconds, s.Load)
	}
	return w
}
