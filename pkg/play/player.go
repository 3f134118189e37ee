package play

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Request asks for the picture of a page.
type Request struct {
	Page  string  `json:"page"`
	State State   `json:"state"`
	Moved string  `json:"moved,omitempty"` // the control that was moved last, which gives way where two meet
	Stage int     `json:"stage,omitempty"` // 0, or Answer.Next of the answer before
	Width float64 `json:"width,omitempty"` // of the picture, in pixels; 0: 720
}

// Answer is what a page shows.
type Answer struct {
	SVG     string             `json:"svg"`
	Text    string             `json:"text"` // what the picture shows, in words
	Verdict string             `json:"verdict,omitempty"`
	Good    bool               `json:"good,omitempty"`  // the verdict's colour
	Heads   []string           `json:"heads,omitempty"` // of the columns of Rows; none: one column
	Rows    []Row              `json:"rows,omitempty"`  // the numbers, as they are printed
	Numbers map[string]float64 `json:"numbers"`         // and as they are
	State   State              `json:"state"`           // the controls, made valid
	Handles []Handle           `json:"handles,omitempty"`
	Next    int                `json:"next,omitempty"` // ask again with this stage for more; 0: this is all
}

// Row is one line of the table beside a picture.
type Row struct {
	Label string `json:"label"`
	Value string `json:"value"`
	Other string `json:"other,omitempty"` // of the second column
	Class string `json:"class,omitempty"` // colour key of the technique
	Best  bool   `json:"best,omitempty"`
}

// Handle is a place of the picture that can be dragged, or moved by the arrow keys.
type Handle struct {
	ID    string  `json:"id"`
	Label string  `json:"label"`
	X     float64 `json:"x"` // in percent of the picture's width
	Y     float64 `json:"y"` // in percent of its height
	Moves []Move  `json:"moves"`
}

// Move says which control a direction of a handle changes: its value is Zero + Slope times the pixels from the
// picture's left or upper edge.
type Move struct {
	Control  string  `json:"control"`
	Vertical bool    `json:"vertical,omitempty"`
	Zero     float64 `json:"zero"`
	Slope    float64 `json:"slope"`
}

// Player answers requests. It keeps networks and compiled graphs between them, and is not safe for concurrent use.
type Player struct {
	planes   map[string]*planeNet
	digits   *digits
	training *training
}

// defaultWidth is the width of a picture where none is asked for.
const defaultWidth = 720

// narrowest and widest are the widths that pictures are laid out for.
const narrowest, widest = 280, 1100

// Answer draws a page. It returns an error for a page or state that does not exist.
func (p *Player) Answer(r Request) (*Answer, error) {
	page, err := Find(r.Page)
	if err != nil {
		return nil, err
	}
	v, err := page.read(r.State)
	if err != nil {
		return nil, err
	}
	v.moved, v.stage, v.width = r.Moved, r.Stage, defaultWidth
	if r.Width > 0 {
		v.width = min(max(r.Width, narrowest), widest)
	}
	a, err := page.draw(p, v)
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", page.Name, err)
	}
	a.State = v.state
	return a, nil
}

// JSON is [Player.Answer] from and to JSON, for the browser.
func (p *Player) JSON(request []byte) ([]byte, error) {
	var r Request
	if err := json.Unmarshal(request, &r); err != nil {
		return nil, fmt.Errorf("a request that cannot be read (%w): reload the page", err)
	}
	a, err := p.Answer(r)
	if err != nil {
		return nil, err
	}
	return json.Marshal(a)
}

// Pages are all pages, in the order of a course.
func Pages() []*Page {
	return []*Page{&neuronPage, &boxesPage, &toyPage, &adversariesPage, &ladderPage, &digitPage, &proofPage, &trainPage}
}

// Find is a page by its name; an unknown one is an error that names them.
func Find(name string) (*Page, error) {
	var names []string
	for _, p := range Pages() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return nil, fmt.Errorf("page %.20q: use one of %s", name, strings.Join(names, ", "))
}
