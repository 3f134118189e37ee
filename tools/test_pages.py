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
