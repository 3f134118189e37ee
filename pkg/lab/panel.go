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
	ID, Address           string
	Label, Text           string
	First, Last, Position int
	Step                  float64
	Decimals              int
	Options               []string
}

// panel is the part of a page with the controls of a live figure, their values, the button Stop, and a line that says
// what the picture shows.
type panel struct {
	Root    string // HTML id, and beginning of all addresses
	Widgets []widget
	Stop    string // address of the button
}

func newPanel(root string, controls []Control) *panel {
	p := &panel{Root: root, Stop: root + "/stop"}
	for i, c := range controls {
		w := c.widget()
		w.ID, w.Address = fmt.Sprintf("%s_%d", root, i), fmt.Sprintf("%s/%d", root, i)
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
// channel that it returns is closed when the browser has sent one message for each of them, which it does at once.
func (p *panel) listen(moved func(control, position int), stopped func()) <-chan struct{} {
	ready := make(chan struct{})
	var missing sync.WaitGroup
	subscribe := func(address string, got func(int)) {
		missing.Add(1)
		first := sync.OnceFunc(missing.Done)
		comms.Subscribe(address, func(_ string, value int) { got(value); first() })
	}
	for i, w := range p.Widgets {
		subscribe(w.Address, func(position int) { moved(i, position) })
	}
	subscribe(p.Stop, func(clicks int) {
		if clicks > 0 {
			stopped()
		}
	})
	go func() { missing.Wait(); close(ready) }()
	return ready
}

// place moves a control in the browser. As a text: GoNB's script drops the number 0.
func (p *panel) place(control, position int) {
	comms.Send(p.Widgets[control].Address, fmt.Sprint(position))
}

// say writes the line under the controls, which screen readers read out.
func (p *panel) say(text string) { comms.Send(p.Root+"/said", text) }

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
