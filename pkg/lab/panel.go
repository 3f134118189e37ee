package lab

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"
)

//go:embed panel.html
var panelHTML string

//go:embed panel.js
var panelScript string

var panelTemplate = template.Must(template.New("panel").Parse(panelHTML))

// widget is one control as the page shows it; Options are those of a selection, else it is a slider.
type widget struct {
	ID, Label, Text       string
	First, Last, Position int
	Step                  float64
	Decimals              int
	Options               []string
}

// panel is the part of a page with the controls of a live figure, their values, the button Stop, and a line that says
// what the picture shows.
//
// It talks to the browser by one address each way: the kernel sets up the connection again for each address that has no
// answer, which takes three seconds. The browser sends "ready", "stop", or a control's number and its position.
type panel struct {
	Root    string // HTML id, and beginning of the addresses
	Widgets []widget
}

func newPanel(root string, controls []Control) *panel {
	p := &panel{Root: root}
	for i, c := range controls {
		w := c.widget()
		w.ID = fmt.Sprintf("%s_%d", root, i)
		p.Widgets = append(p.Widgets, w)
	}
	return p
}

// Script is the panel's program.
func (p *panel) Script() template.JS {
	return template.JS(strings.ReplaceAll(panelScript, "ROOT", p.Root))
}

// html is the panel as a page holds it.
func (p *panel) html() string {
	var out strings.Builder
	if err := panelTemplate.Execute(&out, p); err != nil {
		panic(err) // the template is ours, and so are its data
	}
	return out.String()
}

// listen calls moved for the position of a control that the browser sends, and stopped for a click on the button. The
// channel that it returns is closed when the browser has sent that it is ready, which it does at once.
func (p *panel) listen(moved func(control, position int), stopped func()) <-chan struct{} {
	ready := make(chan struct{})
	answered := sync.OnceFunc(func() { close(ready) })
	comms.Subscribe(p.Root+"/to", func(_ string, text string) {
		p.heard(text, answered, stopped, moved)
	})
	return ready
}

// heard takes a message of the browser; one that it does not know is left out.
func (p *panel) heard(text string, answered, stopped func(), moved func(control, position int)) {
	var control, position int
	switch n, _ := fmt.Sscanf(text, "%d %d", &control, &position); {
	case text == "ready":
		answered()
	case text == "stop":
		stopped()
	case n == 2 && control >= 0 && control < len(p.Widgets):
		moved(control, position)
	}
}

// place moves a control in the browser.
func (p *panel) place(control, position int) {
	comms.Send(p.Root+"/from", fmt.Sprintf("%d %d", control, position))
}

// page is the live part of a cell's output; it is gone when the cell has ended.
type page struct {
	*panel
	figure string // display id of the figure
	frame  string // display id of the panel
	closed bool
}

// newPage makes a page with the controls, which open shows.
func newPage(controls []Control) *page {
	id := gonbui.UniqueID()
	return &page{panel: newPanel("tightrope_"+id, controls), figure: "tightrope_figure_" + id,
		frame: "tightrope_frame_" + id}
}

// open shows the controls.
func (p *page) open() {
	gonbui.UpdateHTML(p.frame, p.html())
	gonbui.Sync()
}

func (p *page) update(html string) {
	gonbui.UpdateHTML(p.figure, html)
	gonbui.Sync()
}

func (p *page) close() {
	if p.closed {
		return
	}
	p.closed = true
	gonbui.UpdateHTML(p.frame, "")
	gonbui.UpdateHTML(p.figure, "")
	gonbui.Sync()
}
