"""Tests of checknotebook.py: python -m unittest discover -s tools

The outputs are what GoNB v0.11.5 gave for such cells.
"""

import io
import json
import os
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout

sys.path.insert(0, os.path.dirname(__file__))
import checknotebook


def cell(*outputs, source="fmt.Println(1)", count=1, **metadata):
    return {"cell_type": "code", "source": source, "execution_count": count, "metadata": metadata, "outputs": list(outputs)}


def stream(text, name="stderr"):
    return {"output_type": "stream", "name": name, "text": text}


def error(value):
    return {"output_type": "error", "ename": "ERROR", "evalue": value, "traceback": [value]}


def display(mime, data):
    return {"output_type": "display_data", "data": {mime: data}, "metadata": {}}


def problems(*cells):
    return checknotebook.notebook_problems({"cells": list(cells)})


class GoodCells(unittest.TestCase):
    def test_plain_output(self):
        self.assertEqual(problems(cell(stream("certified error 18.32 %\n", "stdout"))), [])

    def test_no_output_where_none_is_expected(self):
        self.assertEqual(problems(cell()), [])

    def test_empty_cell_need_not_run(self):
        self.assertEqual(problems(cell(), cell(source=" \n", count=None)), [])

    def test_expected_output_as_image_or_text(self):
        tagged = {"tags": ["expects-output"]}
        self.assertEqual(problems(cell(display("image/png", "iVBORw0KGgo="), **tagged)), [])
        self.assertEqual(problems(cell(stream(["a\n", "b\n"], "stdout"), **tagged)), [])

    def test_words_that_only_look_bad(self):
        text = "exit status 0\nno panic: all is well\nFAILURES are rare; gradient exit\nthe signal: noise ratio\n"
        self.assertEqual(problems(cell(stream(text, "stdout"))), [])

    def test_markdown_is_not_read(self):
        self.assertEqual(problems({"cell_type": "markdown", "source": "panic: exit status 2"}, cell()), [])

    def test_style_sheets_are_not_read(self):
        self.assertEqual(problems(cell(display("text/html", "<style>\nFAIL {}\n</style><p>fine</p>"))), [])


class BadCells(unittest.TestCase):
    def assert_problem(self, bad, words):
        found = problems(bad)
        self.assertTrue(any(words in p for p in found), f"{words!r} not in {found}")

    def test_panic(self):
        self.assert_problem(cell(stream("panic: "), stream("boom\n\ngoroutine 1 [running]:\nmain.main()\n")), "panicked: panic: boom")

    def test_panic_split_over_outputs_with_colours(self):
        self.assert_problem(cell(stream("\x1b[7mpa"), stream(["nic: assignment to entry in nil map\n"])), "panicked")

    def test_deadlock(self):
        self.assert_problem(cell(stream("fatal error: all goroutines are asleep - deadlock!\n")), "crashed")

    def test_exit(self):
        self.assert_problem(cell(stream("exit status 3\n")), "exit status 3")

    def test_failing_shell_line(self):
        self.assert_problem(cell(stream("exit status 1\n"), source="!false"), "code cell 1 ('!false')")

    def test_failing_test(self):
        self.assert_problem(cell(stream("    main_test.go:8: no\n--- FAIL: TestX (0.00s)\nFAIL\n", "stdout")), "--- FAIL: TestX")

    def test_unknown_magic(self):
        self.assert_problem(cell(stream('"%nosuchmagic" unknown or not implemented yet.')), "unknown magic")

    def test_killed(self):
        self.assert_problem(cell(stream("signal: killed\n")), "was killed")

    def test_error_output(self):
        self.assert_problem(cell(error("undefined: x")), "has an error: ERROR undefined: x")

    def test_error_shown_as_html(self):
        self.assert_problem(cell(display("text/html", ["<pre>", "exit status 2", "</pre>"])), "exit status 2")

    def test_not_executed(self):
        self.assert_problem(cell(count=None), "was not executed")

    def test_lost_output(self):
        for metadata in ({"tags": ["expects-output"]}, {"expects-output": True}):
            self.assert_problem(cell(**metadata), "shows no output")
            self.assert_problem(cell(stream(" \n", "stdout"), display("text/plain", ""), **metadata), "shows no output")

    def test_out_of_order(self):
        self.assertIn("run out of order", problems(cell(count=4), cell(count=2))[0])

    def test_without_code(self):
        self.assertEqual(problems(), ["holds no code cell"])


class CommandLine(unittest.TestCase):
    def run_main(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "n.ipynb")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                code = checknotebook.main([path])
        return code, out.getvalue(), err.getvalue()

    def test_good(self):
        code, out, _ = self.run_main(json.dumps({"cells": [cell(stream("1\n", "stdout"))]}))
        self.assertEqual(code, 0)
        self.assertIn("every cell ran well", out)

    def test_bad(self):
        code, _, err = self.run_main(json.dumps({"cells": [cell(), cell(stream("exit status 2\n"), count=2)]}))
        self.assertEqual(code, 1)
        self.assertIn("code cell 2", err)

    def test_not_a_notebook(self):
        for text in ("{", "[]"):
            self.assertEqual(self.run_main(text)[0], 1)

    def test_missing_file(self):
        with redirect_stderr(io.StringIO()):
            self.assertEqual(checknotebook.main(["no-such-notebook.ipynb"]), 1)

    def test_without_arguments(self):
        with redirect_stderr(io.StringIO()):
            self.assertEqual(checknotebook.main([]), 2)


if __name__ == "__main__":
    unittest.main()
