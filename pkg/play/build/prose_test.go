package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestProse: formulas become MathML and nothing else does, sections have addresses, pictures are copied, and links to
// files that are not in the site become text.
func TestProse(t *testing.T) {
	b := &builder{out: t.TempDir()}
	docs := t.TempDir()
	page := filepath.Join(docs, "page.md")
	text := "# Title\n\n## 3. Third <part>\n\nSee [there](#3-third), [file](other.md) and $a_1 * b_2$.\n\n" +
		"```math\n\\frac{1}{2} \\tag{7}\n```\n\nBy equation (7)\n\n![alt](p.svg)\n\n" +
		"| a | b |\n|---|---|\n| $c_{1}$ | `d` |\n"
	for name, content := range map[string]string{"page.md": text, "p.svg": "<svg/>"} {
		if err := os.WriteFile(filepath.Join(docs, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	body, err := b.prose(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<h2 id="section-3">3. Third `, `<a href="#section-3">there</a>`, "file and <math",
		"<mfrac>", `id="section-equation-7"`, "<span>(7)</span>", `<a href="#section-equation-7">(7)</a>`,
		`<img src="p.svg" alt="alt"`, "<table>", "<code>d</code>"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if strings.Contains(body, "held") || strings.Contains(body, "$") || strings.Contains(body, "<part>") ||
		strings.Contains(body, "other.md") {
		t.Errorf("left over: %s", body)
	}
	if _, err := os.Stat(filepath.Join(b.out, "p.svg")); err != nil {
		t.Error(err)
	}
	if strings.Count(body, "<math") != 3 {
		t.Errorf("%d formulas, want 3", strings.Count(body, "<math"))
	}
}

// TestMethod: the method's page has every section, and its formulas are well formed.
func TestMethod(t *testing.T) {
	b := &builder{out: t.TempDir()}
	body, err := b.prose("../../../docs/method.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(body, `<h2 id="section-`); n < 19 {
		t.Errorf("%d sections", n)
	}
	formulas := regexp.MustCompile(`(?s)<math.*?</math>`).FindAllString(body, -1)
	if len(formulas) < 500 {
		t.Errorf("%d formulas", len(formulas))
	}
	for _, f := range formulas {
		d := xml.NewDecoder(strings.NewReader(f))
		d.Entity = xml.HTMLEntity
		var node struct{}
		if err := d.Decode(&node); err != nil {
			t.Errorf("%v: %s", err, f)
		}
		if strings.Contains(f, "merror") || strings.Contains(f, " style=") {
			t.Errorf("a command that is not known, or a style: %s", f)
		}
	}
}
