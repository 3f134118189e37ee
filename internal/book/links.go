package main

import (
	"go/doc/comment"
	"strings"
)

// unlink makes plain text of links to packages that have no page here, in a block and all that it holds.
func (p *source) unlink(block comment.Block) {
	switch b := block.(type) {
	case *comment.Paragraph:
		b.Text = p.plain(b.Text)
	case *comment.Heading:
		b.Text = p.plain(b.Text)
	case *comment.List:
		for _, item := range b.Items {
			for _, inner := range item.Content {
				p.unlink(inner)
			}
		}
	}
}

// plain replaces the links in a text that lead nowhere here.
func (p *source) plain(texts []comment.Text) (kept []comment.Text) {
	for _, t := range texts {
		link, is := t.(*comment.DocLink)
		if !is || p.has(link) {
			kept = append(kept, t)
			continue
		}
		kept = append(kept, link.Text...)
	}
	return kept
}

// has reports whether a link's target is on a page.
func (p *source) has(link *comment.DocLink) bool {
	name, inside := strings.CutPrefix(link.ImportPath, module+"pkg/")
	return link.ImportPath == "" || inside && p.own[name]
}
