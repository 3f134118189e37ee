package main

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

var (
	bold    = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	italics = regexp.MustCompile(`(^|[\s(])\*([^*\s][^*]*)\*`)
	coded   = regexp.MustCompile("`([^`]+)`")
	formula = regexp.MustCompile(`\$([^$]+)\$`)
	linked  = regexp.MustCompile(`!?\[([^\]]+)\]\([^)]*\)`)
	section = regexp.MustCompile(`^(\d+)\. `)
)

// prose makes a page of the little of Markdown that docs/method.md uses: headings, paragraphs, lists, tables and blocks
// of code, which keep their form. Headings of sections get an address; links are dropped, as their targets are not
// here.
func prose(text string) string {
	var out strings.Builder
	for _, block := range blocks(text) {
		first, _, _ := strings.Cut(block, "\n")
		switch {
		case strings.HasPrefix(block, "```"):
			body := strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(block, first)), "```")
			fmt.Fprintf(&out, "<pre tabindex=\"0\">%s</pre>\n", html.EscapeString(strings.TrimSpace(body)))
		case strings.HasPrefix(block, "|"):
			fmt.Fprintf(&out, "<pre tabindex=\"0\">%s</pre>\n", html.EscapeString(block))
		case strings.HasPrefix(block, "#"):
			out.WriteString(heading(first))
		case strings.HasPrefix(block, "* "):
			out.WriteString("<ul>")
			for _, item := range strings.Split("\n"+block, "\n* ")[1:] {
				fmt.Fprintf(&out, "<li>%s</li>", inline(item))
			}
			out.WriteString("</ul>\n")
		default:
			fmt.Fprintf(&out, "<p>%s</p>\n", inline(block))
		}
	}
	return out.String()
}

// blocks cuts a text at empty lines outside blocks of code.
func blocks(text string) (all []string) {
	var now []string
	code := false
	flush := func() {
		if len(now) > 0 {
			all = append(all, strings.Join(now, "\n"))
		}
		now = nil
	}
	for _, line := range strings.Split(text, "\n") {
		fence := strings.HasPrefix(line, "```")
		if fence && !code || line == "" && !code {
			flush()
		}
		if line != "" || code {
			now = append(now, line)
		}
		if fence {
			if code {
				flush()
			}
			code = !code
		}
	}
	flush()
	return all
}

func heading(line string) string {
	text := strings.TrimLeft(line, "#")
	level, text := len(line)-len(text), strings.TrimSpace(text)
	id := ""
	if m := section.FindStringSubmatch(text); m != nil {
		id = fmt.Sprintf(` id="section-%s"`, m[1])
	}
	return fmt.Sprintf("<h%d%s>%s</h%d>\n", level, id, inline(text), level)
}

// inline is a line of text with its marks.
func inline(text string) string {
	text = html.EscapeString(linked.ReplaceAllString(text, "$1"))
	text = formula.ReplaceAllString(text, "<code>$1</code>")
	text = coded.ReplaceAllString(text, "<code>$1</code>")
	text = bold.ReplaceAllString(text, "<b>$1</b>")
	return italics.ReplaceAllString(text, "$1<em>$2</em>")
}
