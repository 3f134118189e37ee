"""Tests of runnotebook.py: python -m unittest discover -s tools (skipped without .venv's packages)"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(__file__))
try:
    import nbclient  # noqa: F401
    import nbconvert  # noqa: F401
    import nbformat
except ImportError as missing:
    raise unittest.SkipTest(f"*** SKIPPED: {missing}: run `make setup`, then .venv/bin/python -m unittest discover -s tools")
import runnotebook  # outside of the try: a module of ours that is missing is a fault, not a reason to skip


class NewUser(unittest.TestCase):
    """What someone sees who has not set everything up."""

    def run_notebook(self, *arguments, **environment):
        command = [sys.executable, os.path.join(os.path.dirname(__file__), "runnotebook.py"), *map(str, arguments)]
        return subprocess.run(command, env=dict(os.environ, **environment), capture_output=True, text=True, timeout=600)

    def test_missing_kernel(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        cell = nbformat.v4.new_code_cell("x")
        cell.outputs = [nbformat.v4.new_output("stream", text="kept")]
        notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": {"name": "no-such-kernel", "display_name": "x", "language": "go"}})
        nbformat.write(notebook, folder / "a.ipynb")
        before = (folder / "a.ipynb").read_text()
        done = self.run_notebook("--out", folder / "out", "--in-place", folder / "a.ipynb")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the kernel no-such-kernel is not installed here: run `make setup`", done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual((folder / "a.ipynb").read_text(), before)
        self.assertIn("<html", (folder / "out" / "a.html").read_text())

    def test_page(self):
        cell = nbformat.v4.new_code_cell("func f() {}")
        cell.outputs = [nbformat.v4.new_output("stream", text="seen")]
        notebook = nbformat.v4.new_notebook(cells=[cell])
        page = runnotebook.page(notebook, "a title")
        for part in ["<title>a title</title>", "seen", '<span class="kd">func</span>']:
            self.assertIn(part, page)
        self.assertNotIn("language_info", notebook.metadata)

    def test_missing_notebook(self):
        done = self.run_notebook("nowhere.ipynb")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no such notebook: nowhere.ipynb", done.stderr)


if __name__ == "__main__":
    unittest.main()
