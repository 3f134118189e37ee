package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/wyatt915/treeblood"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

var (
	displayed  = regexp.MustCompile("(?ms)^```math\n(.*?)^```$")
	inline     = regexp.MustCompile(`\$([^$\n]+)\$`)
	section    = regexp.MustCompile(`(?m)<h2>(\d+)\. `)
	toSection  = regexp.MustCompile(`\]\(#(\d+)-[^)]*\)`)
	elsewhere  = regexp.MustCompile(`([^!])\[([^\]]*)\]\((?:[^#)h]|#[^s])[^)]*\)`)
	picture    = regexp.MustCompile(`!\[([^\]]*)\]\(([^)]+)\)`)
	annotation = regexp.MustCompile(`(?s)<annotation.*?</annotation>`)
	styled     = regexp.MustCompile(` style="[^"]*"`) // which the pages' policy forbids
	gaps       = regexp.MustCompile(`>\s+<`)
	held       = regexp.MustCompile(`formula(\d+)held`)
	numbered   = regexp.MustCompile(`\s*\\tag\{(\d+)\}`)
	cited      = regexp.MustCompile(`(quations? )\((\d+)\)`)
)

// prose makes HTML of a file of docs: Markdown with GitHub's formulas, which become MathML. Headings of sections get
// an address, pictures are copied, and links to other files, which are not here, become their text.
func (b *builder) prose(file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	text, formulas, err := hold(string(content))
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	if text, err = b.pictures(text, filepath.Dir(file)); err != nil {
		return "", err
	}
	text = toSection.ReplaceAllString(text, "](#section-$1)")
	text = elsewhere.ReplaceAllString(text, "$1$2")
	var out bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.Table)).Convert([]byte(text), &out); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	body := section.ReplaceAllString(out.String(), `<h2 id="section-$1">$1. `)
	body = strings.ReplaceAll(body, "<pre>", `<pre tabindex="0">`)
	body = strings.ReplaceAll(body, "<th></th>", "<td></td>") // heads nothing
	body = strings.ReplaceAll(body, "<table>", `<div class="scroll" tabindex="0"><table>`)
	body = strings.ReplaceAll(body, "</table>", "</table></div>")
	return held.ReplaceAllStringFunc(body, func(name string) string { return formulas[name] }), nil
}

// spellings are commands that treeblood knows by another name.
var spellings = strings.NewReplacer(`\arg\min`, `\argmin`, `\thinspace`, `\,`,
	`\operatorname{`, `\mathrm{`)

// wide is the length of a formula that may not fit on a narrow screen, where it can be scrolled.
const wide = 40

// hold takes the formulas of a text out, so that their underscores are no Markdown; names stand in their place.
func hold(text string) (string, map[string]string, error) {
	formulas := map[string]string{}
	var failure error
	take := func(form func(string, map[string]string) (string, error), tex string) string {
		mathml, err := form(spellings.Replace(tex), nil)
		if err != nil {
			failure = fmt.Errorf("formula %q: %w", tex, err)
		}
		name := fmt.Sprintf("formula%dheld", len(formulas))
		mathml = strings.ReplaceAll(mathml, "strechy", "stretchy") // a slip of treeblood 0.1.16
		mathml = gaps.ReplaceAllString(styled.ReplaceAllString(annotation.ReplaceAllString(mathml, ""), ""), "><")
		formulas[name] = strings.TrimSpace(mathml)
		if len(tex) > wide {
			formulas[name] = `<span class="scroll" tabindex="0">` + formulas[name] + "</span>"
		}
		return name
	}
	text = cited.ReplaceAllString(text, "$1[($2)](#section-equation-$2)")
	text = displayed.ReplaceAllStringFunc(text, func(all string) string {
		tex := displayed.FindStringSubmatch(all)[1]
		name := take(treeblood.DisplayStyle, numbered.ReplaceAllString(tex, ""))
		if number := numbered.FindStringSubmatch(tex); number != nil {
			formulas[name] = fmt.Sprintf(`<span class="equation" id="section-equation-%s">%s<span>(%s)</span></span>`,
				number[1], formulas[name], number[1])
		}
		return name
	})
	text = inline.ReplaceAllStringFunc(text, func(all string) string {
		return take(treeblood.InlineStyle, strings.Trim(all, "$"))
	})
	return text, formulas, failure
}

// pictures copies a text's pictures into the site.
func (b *builder) pictures(text, folder string) (string, error) {
	for _, found := range picture.FindAllStringSubmatch(text, -1) {
		content, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(found[2])))
		if err != nil {
			return "", err
		}
		name := path.Base(found[2])
		if err := b.write(name, content); err != nil {
			return "", err
		}
		text = strings.ReplaceAll(text, "]("+found[2]+")", "]("+name+")")
	}
	return text, nil
}
