"""Checks executed Go notebooks: python tools/checknotebook.py NOTEBOOK...

nbconvert ends with success where a cell panicked, a shell line failed or a magic was
misspelt, and a cell's output can be lost without a word. This reads what the cells
printed instead, and ends with 1 after naming each cell that went wrong and why.

A cell whose output matters carries the tag "expects-output" (or the metadata entry
"expects-output": true); it fails without one.
"""

import json
import re
import sys

EXPECTS_OUTPUT = "expects-output"

# What Go and GoNB print when something went wrong, at the start of a line where they do.
TROUBLE = (
    (re.compile(r"^panic: .*", re.M), "panicked"),
    (re.compile(r"^fatal error: .*", re.M), "crashed"),
    (re.compile(r"^goroutine \d+ \[.*", re.M), "printed a goroutine's stack"),
    (re.compile(r"^\s*--- FAIL.*", re.M), "has a failing test"),
    (re.compile(r"^FAIL\b.*", re.M), "has a failing test"),
    (re.compile(r"\bexit status [1-9]\d*\b", re.M), "ended with an error"),
    (re.compile(r"^signal: .*", re.M), "was killed"),
    (re.compile(r'^.*"[%!].*" unknown or not implemented yet.*', re.M), "has an unknown magic"),
)
TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
STYLE_AND_TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^>]+>", re.S)


def joined(text):
    """A notebook holds text as one string or as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def output_text(cell):
    """What the cell shows as text: streams first, then displayed text, without colours or tags."""
    outputs = cell.get("outputs", [])
    streams = [joined(o.get("text", "")) for o in outputs if o.get("output_type") == "stream"]
    shown = []
    for output in outputs:
        data = output.get("data", {})
        shown.append(joined(data.get("text/plain", "")))
        shown.append(STYLE_AND_TAGS.sub("", joined(data.get("text/html", ""))))
    return TERMINAL_COLOURS.sub("", "".join(streams) + "\n" + "\n".join(shown))


def has_output(cell):
    """Whether the cell shows anything: text other than blanks, or an image, page or widget."""
    for output in cell.get("outputs", []):
        if joined(output.get("text", "")).strip():
            return True
        if any(joined(part).strip() if isinstance(part, (str, list)) else part for part in output.get("data", {}).values()):
            return True
    return False


def expects_output(cell):
    metadata = cell.get("metadata", {})
    return EXPECTS_OUTPUT in metadata.get("tags", []) or bool(metadata.get(EXPECTS_OUTPUT))


def cell_problems(cell):
    """Why one code cell failed: a list of short sentences, empty for a good cell."""
    if not joined(cell.get("source", "")).strip():
        return []
    if cell.get("execution_count") is None:
        return ["was not executed"]
    text = output_text(cell)
    problems = []
    for pattern, what in TROUBLE:
        found = pattern.search(text)
        if found:
            problems.append(f"{what}: {found.group(0).strip()}")
    for output in cell.get("outputs", []):
        if output.get("output_type") == "error":
            problems.append(f"has an error: {output.get('ename', '')} {output.get('evalue', '')}".strip())
    if expects_output(cell) and not has_output(cell):
        problems.append("shows no output, but expects one (does it start with `defer gonbui.Sync()`?)")
    return problems


def title(cell):
    """The first line that tells one cell from another."""
    lines = [line.strip() for line in joined(cell.get("source", "")).split("\n")]
    return next((line for line in lines if line not in ("", "%%")), "")[:60]


def notebook_problems(notebook):
    """All problems of a notebook given as a dictionary: a list of sentences."""
    cells = [c for c in notebook.get("cells", []) if c.get("cell_type") == "code"]
    if not cells:
        return ["holds no code cell"]
    problems = []
    previous = 0
    for number, cell in enumerate(cells, start=1):
        first_line = title(cell)
        found = cell_problems(cell)
        count = cell.get("execution_count")
        if count is not None and count <= previous:
            found.append(f"was run out of order (as [{count}] after [{previous}]): run all cells from a clean kernel")
        previous = count or previous
        problems += [f"code cell {number} ({first_line!r}) {problem}" for problem in found]
    return problems


def check_file(path):
    """All problems of a notebook file."""
    try:
        with open(path, encoding="utf-8") as file:
            notebook = json.load(file)
    except (OSError, ValueError) as error:
        return [f"cannot be read: {error}"]
    if not isinstance(notebook, dict):
        return ["is not a notebook"]
    return notebook_problems(notebook)


def main(paths):
    if not paths:
        print("usage: python tools/checknotebook.py NOTEBOOK...", file=sys.stderr)
        return 2
    failed = False
    for path in paths:
        problems = check_file(path)
        failed = failed or bool(problems)
        for problem in problems:
            print(f"{path}: {problem}", file=sys.stderr)
        if not problems:
            print(f"{path}: every cell ran well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
