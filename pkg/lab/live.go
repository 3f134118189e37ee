package lab

import (
	"fmt"
	"html"
	"os"
	"os/signal"
	"time"

	"tightrope/pkg/plot"
)

// Time limits of a live cell.
var (
	// Patience is how long [Live] waits for the next change before it ends by itself, so that the next cell can run.
	Patience = 3 * time.Minute
	// browserPatience is how long it waits for a browser to show the widgets, each time that it asks.
	browserPatience = 6 * time.Second
)

// handshakes is how often a live cell asks for a browser. The first answer gets lost at times, on a busy machine or
// after a page was opened again on a running kernel; GoNB's script in the page waits half a second for the kernel.
const handshakes = 4

// Live draws a figure again whenever the reader moves one of the controls, until Stop is pressed, the cell is
// interrupted, or [Patience] runs out; the last picture stays in the notebook. In a batch run it draws once. An error
// of draw is shown in place of the figure while live, and ends the cell in a batch run.
func Live(draw func() (*plot.Figure, error), controls ...Control) {
	if Batch() {
		Show(draw())
		return
	}
	s := newSession(draw, controls)
	defer func() { s.page.close() }()
	start := time.Now()
	if !handshake(s.showControls, func() { s.page.close() }) {
		Markdown("%s", noAnswer(time.Since(start)))
	} else {
		s.loop()
		s.page.close()
	}
	Show(draw())
}

// handshake shows the widgets until a browser answers that it has them, and reports whether one did. What was shown in
// vain is taken away, so that the next attempt starts afresh.
func handshake(show func() (ready <-chan struct{}), remove func()) bool {
	for range handshakes {
		select {
		case <-show():
			return true
		case <-time.After(browserPatience):
			remove()
		}
	}
	return false
}

// noAnswer says how to continue.
func noAnswer(waited time.Duration) string {
	return fmt.Sprintf("*No browser answered within %.0f seconds, so this figure stands still.* "+
		"**Run this cell again** (Shift+Enter). If that does not help, reload the page, choose "+
		"*Kernel → Restart Kernel* and run the notebook from the top. Outside JupyterLab all figures stand still.",
		waited.Seconds())
}

// change is a widget's new position.
type change struct {
	control  int
	position int
}

// screen is where a live figure is drawn; a notebook page, or a test.
type screen interface {
	update(html string)          // shows a picture
	place(control, position int) // moves a control
}

// session is one live cell.
type session struct {
	draw     func() (*plot.Figure, error)
	controls []Control
	asked    []int // the position that each control was last asked to take
	page     *page
	screen   screen
	changes  chan change
	stop     chan struct{}
}

func newSession(draw func() (*plot.Figure, error), controls []Control) *session {
	s := &session{draw: draw, controls: controls, changes: make(chan change, 1024), stop: make(chan struct{}, 16)}
	for _, c := range controls {
		s.asked = append(s.asked, c.position())
	}
	return s
}

// showControls shows the controls on a new page; the channel that it returns is closed when a browser has answered.
// Each call has the kernel set up the connection where it is broken.
func (s *session) showControls() <-chan struct{} {
	p := newPage(s.controls)
	s.page, s.screen = p, p
	p.open() // first: its script looks after the connection, which listening has the kernel set up
	return p.listen(s.changed, s.stopped)
}

// changed and stopped never block: their callers are the messages of the browser.
func (s *session) changed(control, position int) {
	select {
	case s.changes <- change{control, position}:
	default:
	}
}

func (s *session) stopped() {
	select {
	case s.stop <- struct{}{}:
	default:
	}
}

// loop redraws after each change, or once for all changes that came in meanwhile.
func (s *session) loop() {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	defer signal.Stop(interrupted)
	s.redraw()
	for {
		select {
		case c := <-s.changes:
			s.take(c)
			s.redraw()
		case <-s.stop:
			return
		case <-interrupted:
			return
		case <-time.After(Patience):
			return
		}
	}
}

// take moves the controls by a change and all that wait behind it. A control that could not follow is moved back in the
// browser.
func (s *session) take(c change) {
	for more := true; more; {
		s.asked[c.control] = c.position
		s.controls[c.control].move(c.position)
		select {
		case c = <-s.changes:
		default:
			more = false
		}
	}
	for i, c := range s.controls {
		if at := c.position(); at != s.asked[i] {
			s.asked[i] = at
			s.screen.place(i, at)
		}
	}
}

func (s *session) redraw() {
	f, err := s.draw()
	if err != nil {
		s.screen.update(figure(fmt.Sprintf(`<p style="color:#D55E00">No picture: %s</p>`,
			html.EscapeString(err.Error()))))
		return
	}
	s.screen.update(figure(svg(f)))
}

// figure marks what the panel's line under the controls says: the title of a picture, or else the text.
func figure(html string) string { return `<div class="tightrope-figure">` + html + "</div>" }
