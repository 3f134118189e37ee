package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"path/filepath"

	"tightrope/pkg/play"
)

// card is a page and its picture at the start.
type card struct {
	Page   *play.Page
	Answer *play.Answer
	SVG    template.HTML // made by package play, which escapes all text
	Still  template.HTML // for the start page
}

// view is what a page's template sees.
type view struct {
	card
	Here          string
	All           []*play.Page
	Cards         []card
	Before, After *play.Page
	Notebook      string // address; "": it is not there
	JSON          template.JS
	Megabytes     string // of the library
	Body          template.HTML
}

// control is a control as the script sees it.
type control struct {
	play.Control
	Decimals int `json:"decimals"`
}

// pages writes all pages; site is the folder round the playground, where the notebooks' pages may lie.
func (b *builder) pages(site string) error {
	templates, err := template.ParseFS(static, "static/*.html")
	if err != nil {
		return err
	}
	cards, err := stills()
	if err != nil {
		return err
	}
	for i, c := range cards {
		v := &view{card: c, Here: c.Page.Name, All: play.Pages(), Megabytes: fmt.Sprintf("%.1f", float64(b.size)/1e6)}
		if i > 0 {
			v.Before = cards[i-1].Page
		}
		if i+1 < len(cards) {
			v.After = cards[i+1].Page
		}
		notebook := "notebooks/" + c.Page.Notebook + ".html"
		if _, err := os.Stat(filepath.Join(site, filepath.FromSlash(notebook))); err == nil {
			v.Notebook = "../" + notebook
		}
		if v.JSON, err = b.script(c); err != nil {
			return err
		}
		if err := b.render(templates, "page.html", c.Page.Name+".html", v); err != nil {
			return err
		}
	}
	if err := b.render(templates, "index.html", "index.html", &view{All: play.Pages(), Cards: cards}); err != nil {
		return err
	}
	body, err := b.prose(b.method)
	if err != nil {
		return err
	}
	v := &view{All: play.Pages(), Body: template.HTML(body)} // of our own file
	return b.render(templates, "method.html", "method.html", v)
}

func (b *builder) render(t *template.Template, name, file string, v *view) error {
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, name, v); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return b.write(file, out.Bytes())
}

// stills are all pages at their start, with everything that fills in later.
func stills() (all []card, err error) {
	player := &play.Player{}
	for _, p := range play.Pages() {
		a, err := whole(player, p.Name, nil)
		if err != nil {
			return nil, err
		}
		still := a
		if p.Still != nil {
			if still, err = whole(player, p.Name, p.Still); err != nil {
				return nil, err
			}
		}
		all = append(all, card{p, a, template.HTML(a.SVG), template.HTML(still.SVG)})
	}
	return all, nil
}

// whole is the last of a page's answers.
func whole(player *play.Player, page string, s play.State) (*play.Answer, error) {
	a, err := player.Answer(play.Request{Page: page, State: s})
	for err == nil && a.Next > 0 {
		a, err = player.Answer(play.Request{Page: page, State: a.State, Stage: a.Next})
	}
	return a, err
}

// script is what the page's script reads.
func (b *builder) script(c card) (template.JS, error) {
	data := struct {
		Name     string     `json:"name"`
		Controls []control  `json:"controls"`
		Start    play.State `json:"start"`
		File     string     `json:"file"`
		Size     int        `json:"size"`
	}{Name: c.Page.Name, Start: c.Answer.State, File: b.file, Size: b.size}
	for _, one := range c.Page.Controls {
		data.Controls = append(data.Controls, control{one, one.Decimals()})
	}
	text, err := json.Marshal(data)
	return template.JS(text), err // json.Marshal escapes what would end a script
}
