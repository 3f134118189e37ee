package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/format"
	"strings"
)

// page is the package as Markdown: overview, functions, types with what belongs to them.
func (p *source) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n```go\nimport %q\n```\n\n%s", p.name, p.ImportPath, p.text(p.Doc))
	p.examples(&b, p.Examples)
	p.values(&b, "Constants", p.Consts)
	p.values(&b, "Variables", p.Vars)
	for _, f := range p.Funcs {
		p.function(&b, 2, f)
	}
	for _, t := range p.Types {
		p.entry(&b, 2, t.Name, "type "+t.Name, t.Decl, t.Doc)
		p.examples(&b, t.Examples)
		p.values(&b, "", t.Consts)
		p.values(&b, "", t.Vars)
		for _, f := range append(t.Funcs, t.Methods...) {
			p.function(&b, 3, f)
		}
	}
	return b.String()
}

// function is a function or a method; methods have addresses such as CROWN.Bound.
func (p *source) function(b *strings.Builder, level int, f *doc.Func) {
	id, title := f.Name, "func "+f.Name
	if f.Recv != "" {
		id = strings.TrimPrefix(f.Recv, "*") + "." + f.Name
		title = "func (" + f.Recv + ") " + f.Name
	}
	p.entry(b, level, id, title, f.Decl, f.Doc)
	p.examples(b, f.Examples)
}

// entry is a heading with an address, a declaration and its comment.
func (p *source) entry(b *strings.Builder, level int, id, title string, decl ast.Node, text string) {
	fmt.Fprintf(b, "<div id=%q></div>\n\n%s %s\n\n", id, strings.Repeat("#", level), cell(title))
	for _, name := range members(decl) {
		fmt.Fprintf(b, "<div id=%q></div>\n", id+"."+name)
	}
	fmt.Fprintf(b, "\n%s%s", p.code(decl), p.text(text))
}

// members are the names of the fields of a struct, and of the methods of an interface.
func members(decl ast.Node) (names []string) {
	general, is := decl.(*ast.GenDecl)
	if !is {
		return nil
	}
	for _, spec := range general.Specs {
		var fields *ast.FieldList
		if t, is := spec.(*ast.TypeSpec); is {
			switch kind := t.Type.(type) {
			case *ast.StructType:
				fields = kind.Fields
			case *ast.InterfaceType:
				fields = kind.Methods
			}
		}
		for _, name := range fieldNames(fields) {
			names = append(names, name.Name)
		}
	}
	return names
}

func fieldNames(fields *ast.FieldList) (names []*ast.Ident) {
	if fields != nil {
		for _, f := range fields.List {
			names = append(names, f.Names...)
		}
	}
	return names
}

// values are groups of constants or variables, each with the addresses of its names.
func (p *source) values(b *strings.Builder, title string, groups []*doc.Value) {
	if title != "" && len(groups) > 0 {
		fmt.Fprintf(b, "## %s\n\n", title)
	}
	for _, g := range groups {
		for _, name := range g.Names {
			fmt.Fprintf(b, "<div id=%q></div>\n", name)
		}
		fmt.Fprintf(b, "\n%s%s", p.code(g.Decl), p.text(g.Doc))
	}
}

// examples are shown with the output that the tests check.
func (p *source) examples(b *strings.Builder, examples []*doc.Example) {
	for _, e := range examples {
		code, _, _ := strings.Cut(p.exampleCode(e.Code), "\n// Output:")
		fmt.Fprintf(b, "**Example**\n\n%s```go\n%s\n```\n\n", p.text(e.Doc), strings.TrimSpace(code))
		if e.Output != "" {
			fmt.Fprintf(b, "```text\n%s\n```\n\n", strings.TrimRight(e.Output, "\n"))
		}
	}
}

// exampleCode is the body of an example without its braces, or its whole file.
func (p *source) exampleCode(node ast.Node) string {
	text := p.source(node)
	if body, found := strings.CutPrefix(text, "{\n"); found {
		text = strings.ReplaceAll("\n"+strings.TrimSuffix(body, "}"), "\n\t", "\n")
	}
	return text
}

// code is a declaration as a block of Markdown.
func (p *source) code(node ast.Node) string { return "```go\n" + p.source(node) + "\n```\n\n" }

// source is a piece of Go as gofmt writes it.
func (p *source) source(node ast.Node) string {
	var b bytes.Buffer
	if err := format.Node(&b, p.set, node); err != nil {
		return "" // only of a syntax tree that no parser gives
	}
	return strings.TrimSpace(b.String())
}

// text is a comment as Markdown. Names in brackets become links where they have a page here.
func (p *source) text(text string) string {
	printer := p.Printer()
	printer.HeadingLevel = 4
	printer.HeadingID = func(*comment.Heading) string { return "" }
	printer.DocLinkURL = p.address
	parsed := p.Parser().Parse(text)
	for _, block := range parsed.Content {
		p.unlink(block)
	}
	return strings.ReplaceAll(string(printer.Markdown(parsed)), "$", `\$`) + "\n"
}

// address is where a name of a package of this module is explained.
func (p *source) address(link *comment.DocLink) string {
	name := link.Name
	if link.Recv != "" {
		name = link.Recv + "." + name
	}
	if link.ImportPath == "" {
		return "place:" + file(p.name, ".html") + "#" + name
	}
	return "place:" + file(strings.TrimPrefix(link.ImportPath, module+"pkg/"), ".html") + "#" + name
}

// cell is a text in which nothing is markup, for a heading or a table.
func cell(text string) string {
	markup := strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "$", `\$`, "<", "&lt;", "[", `\[`, "|", `\|`)
	return markup.Replace(text)
}
