package recipe

import (
	"fmt"
	"strings"

	"tightrope/pkg/backend"
	"tightrope/pkg/train"
)

// sessions are the backends that the training has used, with this one added where it is another: what the next
// checkpoint holds.
func (s *run) sessions(resumed *train.Checkpoint) []train.Session {
	now := train.Session{Backend: place(s.info)}
	if resumed == nil {
		return []train.Session{now}
	}
	before := resumed.Sessions
	if len(before) == 0 {
		before = []train.Session{{Backend: "a backend that the checkpoint does not name"}}
	}
	if before[len(before)-1].Backend == now.Backend {
		return before
	}
	now.Epoch, now.Step = resumed.Epoch, resumed.Done
	return append(before[:len(before):len(before)], now)
}

// place is where a training runs: the backend and, where there is one, the card.
func place(i backend.Info) string {
	if i.Card == "" {
		return i.Name
	}
	return i.Name + " (" + i.Card + ")"
}

// sessionsNote says on which backends the parts of a training ran; empty if there was one.
func sessionsNote(all []train.Session) string {
	if len(all) < 2 {
		return ""
	}
	parts := []string{"trained on " + all[0].Backend}
	for _, p := range all[1:] {
		parts = append(parts, fmt.Sprintf("from epoch %d, step %d on %s", p.Epoch+1, p.Step+1, p.Backend))
	}
	return strings.Join(parts, "; ")
}
