package lab

import (
	"fmt"
	"html"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// updateHTML and syncOutput reach the notebook; replaced in tests.
var (
	updateHTML = gonbui.UpdateHTML
	syncOutput = gonbui.Sync
)

// Progress is a bar below the cell; it vanishes when it ends and shows nothing in a batch run.
type Progress struct {
	id   string
	last time.Time
}

// NewProgress shows a bar.
func NewProgress() *Progress { return &Progress{id: "tightrope_progress_" + gonbui.UniqueID()} }

// Set shows done of total with a text, a few times a second at most.
func (p *Progress) Set(done, total int, text string) {
	if Batch() || time.Since(p.last) < 250*time.Millisecond && done < total {
		return
	}
	p.last = time.Now()
	updateHTML(p.id, fmt.Sprintf(`<progress value="%d" max="%d"></progress> %s`, done, max(total, 1),
		html.EscapeString(text)))
}

// End removes the bar.
func (p *Progress) End() {
	if Batch() || p.last.IsZero() {
		return
	}
	updateHTML(p.id, "")
	syncOutput()
}
