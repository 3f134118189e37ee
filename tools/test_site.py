"""Tests of tools/site: python -m unittest discover -s tools (those of formulas are skipped without the site's packages)"""

import json
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "site"))
import assemble
import crawl
import notebooks
import playground

REPO = pathlib.Path(__file__).resolve().parent.parent
try:
    import mathml
except ImportError as missing:
    mathml, absent = None, missing

PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def site(files):
    """The faults of a site of files, given as texts by name."""
    folder = pathlib.Path(tempfile.mkdtemp())
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return crawl.faults(folder)


class Crawl(unittest.TestCase):
    # A page's body, and what must be said of it.
    WRONG = (
        ('<a href="gone.html">x</a>', "links to gone.html, which is not there"),
        ('<a href="sub/other.html#gone">x</a>', "a place which is not there"),
        ('<a href="#gone">x</a>', "a place which is not there"),
        ('<a href="../outside.html">x</a>', "which is not there"),
        ('<img alt="x" src="https://example.org/x.png">', "from elsewhere"),
        ('<img alt="x" src="//example.org/x.png">', "from elsewhere"),
        ('<img alt="x" src="gone.png">', "loads gone.png, which is not there"),
        ('<img alt="x" src="%s" srcset="//example.org/x.png 2x">' % PIXEL, "from elsewhere"),
        ('<img src="%s">' % PIXEL, "has no text"),
        ('<script src="http://example.org/x.js"></script>', "from elsewhere"),
        ('<link rel="stylesheet" href="https://example.org/x.css">', "from elsewhere"),
        ('<link rel="preconnect" href="https://example.org">', "from elsewhere"),
        ('<iframe src="https://example.org"></iframe>', "from elsewhere"),
        ('<style>@import "https://example.org/x.css";</style>', "from elsewhere"),
        ('<style>a { background: url(//example.org/x.png) }</style>', "from elsewhere"),
        ('<p style="background: url(https://example.org/x.png)">x</p>', "from elsewhere"),
        ("<p>the bound $p_C$ is</p>", "shows TeX"),
        ("<p>the bound $$p$$ is</p>", "shows TeX"),
        (r"<p>the bound \le is</p>", "shows TeX"),
        (r"<p>x_{ij}</p>", "shows TeX"),
        ("<math><merror><mtext>x</mtext></merror></math>", "holds an error"),
        (r"<math><mi>\foo</mi></math>", "a formula holds"),
    )
    RIGHT = (
        '<a href="sub/other.html#there">x</a> <a href="#here">x</a> <a href="sub/">x</a> <a href="play/a.html#eps=1">x</a>',
        '<a href="https://example.org">a reader may go there</a> <a href="mailto:a@example.org">x</a>',
        f'<img alt="x" src="{PIXEL}"> <img alt="x" src="x.png"> <script src="x.js?v=1"></script>',
        r"<pre>$PATH \le x_{ij} $a$</pre><code>\le</code><p>$HOME and $TIGHTROPE_DATA or $3 and $4</p>",
        "<math><mi>x</mi></math><script>const s = '\\\\le $$';</script>",
    )
    AROUND = {"sub/other.html": '<p id="there">x</p>', "sub/index.html": "<p>x</p>", "play/a.html": "<p>x</p>", "x.png": "x", "x.js": "x"}

    def test_each_fault_is_found_alone(self):
        for body, want in self.WRONG:
            found = site(self.AROUND | {"page.html": f'<p id="here">x</p>{body}'})
            self.assertEqual(len(found), 1, f"{body}: {found}")
            self.assertIn(want, found[0], body)
            self.assertIn("page.html", found[0], body)

    def test_what_is_right_is_no_fault(self):
        for body in self.RIGHT:
            self.assertEqual(site(self.AROUND | {"page.html": f'<p id="here">x</p>{body}'}), [], body)

    def test_style_sheets_are_read(self):
        page = {"page.html": "<p>x</p>", "fonts/a.otf": "x"}
        self.assertEqual(site(page | {"a.css": "@font-face { src: url('fonts/a.otf?v=2') } b { background: url(data:x) }"}), [])
        self.assertIn("from elsewhere", site(page | {"a.css": "b { background: url('https://example.org/x') }"})[0])
        self.assertIn("not there", site(page | {"a.css": "b { background: url(fonts/b.otf) }"})[0])

    def test_an_empty_folder_is_no_site(self):
        self.assertIn("holds no page", site({"x.txt": "x"})[0])


class Assemble(unittest.TestCase):
    def sources(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        (folder / "packages").mkdir()
        for name in ("verify", "verify-cert", "relax"):
            (folder / "packages" / f"{name}.md").write_text("x")
        made = assemble.Sources(folder / "sources", folder / "extra", folder)
        made.pages = {"docs/method.md", "docs/scale.md", "notebooks/01_a.ipynb"}
        return made

    def test_links_hold_in_the_site(self):
        made = self.sources()
        for text, want in (
            ("[m](method.md#5-the-pass)", "[m](method.md#5-the-pass)"),
            ("[n](../notebooks/01_a.ipynb)", "[n](../notebooks/01_a.ipynb)"),
            ("[r](../README.md#what)", "[r](../index.md)"),
            ("[code](../pkg/relax/relax.go)", "[code](../reference/packages/relax.md)"),
            ("[`a [b]`](../pkg/verify/cert/rule.go)", "[`a [b]`](../reference/packages/verify-cert.md)"),
            ("[house](../internal/house/x.go), [gone](gone.md)", "house, gone"),
            ("[paper](https://example.org/x), [here](#5-the-pass)", "[paper](https://example.org/x), [here](#5-the-pass)"),
            ("![picture](../figures/figure-1.svg)", "![picture](../figures/figure-1.svg)"),
            ("`[x](gone.md)`\n\n```go\n[x](gone.md)\n```\n", "`[x](gone.md)`\n\n```go\n[x](gone.md)\n```\n"),
        ):
            self.assertEqual(made.markdown("docs/x.md", text), want)

    def test_files_of_figures_are_linked_where_they_are(self):
        self.assertTrue((REPO / "figures" / "figure-1.png").is_file())
        self.assertEqual(self.sources().markdown("figures/index.md", "[PNG](figure-1.png)"), "[PNG](page:figure-1.png)")

    def test_what_an_earlier_build_left_is_removed(self):
        made = self.sources()
        made.write("a/old.md", "x")
        made.written.clear()
        made.write("new.md", "x")
        made.prune()
        self.assertEqual([path.name for path in made.out.rglob("*")], ["new.md"])

    def test_every_document_has_a_chapter(self):
        named = [name for names in assemble.contents().values() for name in names]
        self.assertEqual(len(named), len(set(named)))
        for path in (REPO / "docs").rglob("*.md"):
            self.assertIn(path.relative_to(REPO).as_posix(), named)


class Notebooks(unittest.TestCase):
    def notebook(self, *cells):
        path = pathlib.Path(tempfile.mkdtemp()) / "01_a.ipynb"
        path.write_text(json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
        return notebooks.Notebook(path)

    FIRST = {"cell_type": "markdown", "metadata": {}, "source": ["# 1 · First *steps*\n", "\n", "**You will learn** how\n", "[a](b.md) $x$. **Time:** 2 minutes.\n"]}
    CODE = {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": "x", "outputs": [
        {"output_type": "display_data", "metadata": {}, "data": {"image/png": "aGk=", "image/svg+xml": ["<svg>", "</svg>"]}}]}

    def test_what_it_says_of_itself(self):
        book = self.notebook(self.FIRST, self.CODE)
        self.assertEqual(book.title(), "1 · First *steps*")
        self.assertEqual(book.says("You will learn"), "how a $x$.")
        self.assertEqual(book.says("Time"), "2 minutes.")
        self.assertEqual(book.says("Nothing"), "")
        self.assertEqual(book.about(), "You will learn how a $x$.")
        goals = self.notebook({"cell_type": "markdown", "metadata": {}, "source": "# 2\n\n**Goals.** You can\n\n* say $x$;\n* do [a](b.md).\n\n**Time.** 3 minutes.\n\nMore."})
        self.assertEqual((goals.about(), goals.says("Time")), ("You can say $x$; do a.", "3 minutes."))
        self.assertEqual(book.picture(), ("svg", b"<svg></svg>"))
        self.assertIsNone(self.notebook(self.FIRST).picture())

    def test_the_page_keeps_outputs_and_gets_notes(self):
        book = self.notebook(self.FIRST, self.CODE)
        page = json.loads(book.page(lambda text: text.upper(), "a note"))
        self.assertEqual([cell["source"] for cell in page["cells"][1:]], ["a note", "x"])
        self.assertIn("FIRST", page["cells"][0]["source"])
        self.assertEqual(page["cells"][2], self.CODE)
        self.assertEqual(page["metadata"]["language_info"]["pygments_lexer"], "go")

    def test_live_cells_lead_to_the_playground(self):
        live = [self.CODE | {"source": text} for text in ("lab.Live(draw, l)", "lab.Show(f)", "lab.Live(draw, x)")]
        page = json.loads(self.notebook(self.FIRST, *live).page(str, "", ["neuron.html#l=1&u=2", "toy.html"]))
        shown = [cell["outputs"][0]["data"] for cell in page["cells"][1:]]
        self.assertEqual(shown[0]["text/html"].count('href="../play/neuron.html#l=1&amp;u=2"'), 2)
        self.assertIn("<svg></svg>", shown[0]["text/html"])
        self.assertEqual(shown[1], self.CODE["outputs"][0]["data"])
        self.assertIn("toy.html", shown[2]["text/html"])
        still = json.loads(self.notebook(self.FIRST, *live).page(str, ""))
        self.assertEqual([cell["outputs"] for cell in still["cells"][1:]], [self.CODE["outputs"]] * 3)

    def test_every_notebook_tells_what_it_teaches_and_how_long_it_takes(self):
        for path in (REPO / "notebooks").glob("*.ipynb"):
            book = notebooks.Notebook(path)
            self.assertTrue(book.about() and book.says("Time"), path.name)


class Playground(unittest.TestCase):
    def test_pages_are_read_from_its_index(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        self.assertIn("make playground", playground.Pages(folder).text())
        self.assertEqual(playground.Pages(folder).note("01_relaxations"), "")
        (folder / "index.html").write_text('<li><a href="neuron.html"><div class="thumb"><svg/></div><h2>One &amp; only</h2><p>Drag <b>it</b>.</p></a></li>')
        pages = playground.Pages(folder)
        self.assertIn("* [**One & only**](page:../play/neuron.html). Drag it.", pages.text())
        self.assertIn("play/neuron.html", pages.note("01_relaxations"))
        self.assertEqual(pages.note("04_ablation"), "")

    def test_an_index_of_another_form_is_an_error(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        (folder / "index.html").write_text("<p>nothing</p>")
        with self.assertRaises(ValueError):
            playground.Pages(folder)


@unittest.skipIf(mathml is None, "*** SKIPPED: Sphinx or QuickJS is not installed: make site installs them")
class Formulas(unittest.TestCase):
    def test_formulas_become_mathml(self):
        convert = mathml.Converter().formula
        self.assertRegex(convert(r"\min_{x' \in B} v^\top x' \tag{3}", True), r"^<math.*<munder>.*</math>$")
        self.assertNotIn(">3<", convert(r"a \tag{3}", True))
        self.assertIn('lspace="0" rspace="0">∣', convert(r"\lvert x\rvert", False))
        self.assertNotIn("annotation", convert(r"\frac{1}{2}", True))

    def test_unknown_commands_are_errors(self):
        with self.assertRaises(mathml.quickjs.JSException):
            mathml.Converter().formula(r"\nonsense", False)

    def test_numbers_of_equations_are_unique_and_cited_ones_exist(self):
        text = (REPO / "docs" / "method.md").read_text(encoding="utf-8")
        numbers = [int(n) for n in mathml.TAG.findall(text)]
        self.assertGreater(len(numbers), 20)
        self.assertEqual(len(numbers), len(set(numbers)))
        cited = {int(n) for found in re.findall(assemble.CITED, text) for n in re.findall(r"\((\d+)\)", found)}
        self.assertLessEqual(cited, set(numbers))


if __name__ == "__main__":
    unittest.main()
