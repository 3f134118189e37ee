"""Tests of pages.py: python -m unittest discover -s tools (skipped without .venv's packages)"""

import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(__file__))
try:
    import nbformat
    import pages
except ImportError as missing:
    raise unittest.SkipTest(f"*** SKIPPED: {missing}: run `make setup`, then .venv/bin/python -m unittest discover -s tools")


def notebook(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(source) for source in sources])


FIRST = "# 1 · First *steps*\n\n**You will learn** how <a>.\n\n**Time:** 2 minutes.\n\n[next](02_b.ipynb#top)"


class Site(unittest.TestCase):
    def build(self, **notebooks):
        folder = pathlib.Path(tempfile.mkdtemp())
        paths = []
        for name, content in notebooks.items():
            nbformat.write(content, folder / f"{name}.ipynb")
            paths.append(folder / f"{name}.ipynb")
        return pages.build(paths, folder / "site"), folder / "site"

    def test_pages_link_to_each_other_and_load_nothing(self):
        problems, site = self.build(**{"01_a": notebook(FIRST), "02_b": notebook("# 2 · Second")})
        self.assertEqual(problems, [])
        first, index = (site / "01_a.html").read_text(), (site / "index.html").read_text()
        self.assertIn('href="02_b.html#top"', first)
        self.assertIn("2 · Second →", first)
        self.assertIn("1 · First steps", index)
        self.assertIn("2 minutes", index)
        self.assertIn("how", index)
        self.assertEqual(pages.fetched(first), [])

    def test_formulas_keep_their_indices(self):
        _, site = self.build(a=notebook("# A\n\n*p*<sub>C</sub> of 2<sup>*k*</sup>"))
        self.assertIn("<sub>C</sub>", (site / "a.html").read_text())
        self.assertIn("<sup><em>k</em></sup>", (site / "a.html").read_text())

    def test_what_is_loaded_from_elsewhere_is_found(self):
        problems, _ = self.build(a=notebook('# A\n\n<img src="https://example.org/x.png">'))
        self.assertEqual(len(problems), 1)
        self.assertIn("loads", problems[0])

    def test_dead_links_are_found(self):
        problems, _ = self.build(a=notebook("# A\n\n[gone](gone.ipynb)"))
        self.assertEqual(len(problems), 1)
        self.assertIn("gone.html, which is not there", problems[0])

    def test_the_playground_is_kept_and_linked(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        nbformat.write(notebook("# 1 · One neuron"), folder / "01_relaxations.ipynb")
        (folder / "site" / "play").mkdir(parents=True)
        for name in ("play/index.html", "play/neuron.html", "index.html"):
            (folder / "site" / name).write_text("<p>here</p>")
        self.assertEqual(pages.build([folder / "01_relaxations.ipynb"], folder / "site"), [])
        self.assertEqual((folder / "site" / "play" / "neuron.html").read_text(), "<p>here</p>")
        self.assertIn('href="play/neuron.html"', (folder / "site" / "01_relaxations.html").read_text())
        self.assertIn('href="play/index.html"', (folder / "site" / "index.html").read_text())

    def live(self, playground):
        folder = pathlib.Path(tempfile.mkdtemp())
        svg = nbformat.v4.new_output("display_data", {"image/svg+xml": "<svg><title>l = −1</title></svg>", "text/plain": "l"})
        cells = [nbformat.v4.new_code_cell(text, outputs=[svg], execution_count=1) for text in ("lab.Show(f)", "lab.Live(draw, l, u)", "lab.Live(draw, x)")]
        book = notebook("# 1 · One neuron")
        book.cells += cells
        nbformat.write(book, folder / "01_relaxations.ipynb")
        if playground:
            (folder / "site" / "play").mkdir(parents=True)
            for name in ("index", "neuron"):
                (folder / "site" / "play" / f"{name}.html").write_text("<p>here</p>")
        self.assertEqual(pages.build([folder / "01_relaxations.ipynb"], folder / "site"), [])
        return (folder / "site" / "01_relaxations.html").read_text()

    def test_live_cells_lead_to_the_playground(self):
        page = self.live(playground=True)
        for address in pages.CELLS["01_relaxations"]:
            self.assertEqual(page.count(f'href="play/{address.replace("&", "&amp;")}"'), 2)  # the picture and the line below
        self.assertEqual(page.count("Drag it yourself"), 2)
        self.assertEqual(page.count("<title>l = −1</title>"), 2)
        self.assertEqual(page.count("base64,PHN2Zz48dGl0bGU+"), 1)

    def test_without_the_playground_stills_stay(self):
        page = self.live(playground=False)
        self.assertNotIn("play/", page)
        self.assertEqual(page.count("base64,PHN2Zz48dGl0bGU+"), 3)

    def test_code_has_the_colours_of_go(self):
        page = pages.page(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("// this is not Python")]), "a")
        self.assertIn('<span class="c1">// this is not Python', page)

    def test_links_elsewhere_are_fine(self):
        problems, _ = self.build(a=notebook("# A\n\n[paper](https://example.org/paper)"))
        self.assertEqual(problems, [])

    def test_another_folder_is_not_replaced(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        nbformat.write(notebook("# A"), folder / "a.ipynb")
        with self.assertRaisesRegex(OSError, "something else than a site"):
            pages.build([folder / "a.ipynb"], folder)

    def test_a_site_is_replaced(self):
        _, site = self.build(a=notebook("# A"))
        nbformat.write(notebook("# B"), site.parent / "b.ipynb")
        pages.build([site.parent / "b.ipynb"], site)
        self.assertFalse((site / "a.html").exists())
        self.assertTrue((site / "b.html").exists())


if __name__ == "__main__":
    unittest.main()
