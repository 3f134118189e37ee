"""What the site says of the playground (make playground), which is built beside it and has pages of its own."""

import html
import re

CARD = re.compile(r'<a href="(\w+)\.html">.*?<h2>(.*?)</h2><p>(.*?)</p>', re.S)

# The playground's page of what a notebook has sliders for.
LIVE = {"01_relaxations": "neuron", "02_toy_tightness": "toy", "03_regularizers": "train", "09_exact": "ladder"}

TEXT = """# The playground

The library itself, compiled for the browser: drag, draw and train on these pages, with nothing installed and nothing sent
anywhere. Every control works with mouse, touch and keyboard, and a page's address holds its state.

{pages}

[Open the playground](page:../play/index.html). `tightrope play` serves the same pages from the program.
"""
ABSENT = """# The playground

The library itself, compiled for the browser. It is not part of this copy of the site: `make playground` builds it.
"""


class Pages:
    """The playground's pages: names, titles and leads, read from its index; none where it was not built."""

    def __init__(self, folder):
        index = folder / "index.html"
        text = index.read_text(encoding="utf-8") if index.is_file() else ""
        self.cards = [(name, html.unescape(re.sub(r"<[^>]+>", "", title)), html.unescape(re.sub(r"<[^>]+>", "", lead)))
                      for name, title, lead in CARD.findall(text)]
        if text and not self.cards:
            raise ValueError(f"{index} lists no page: its form has changed, and CARD in tools/site/playground.py with it")

    def text(self):
        if not self.cards:
            return ABSENT
        rows = "\n".join(f"* [**{title}**](page:../play/{name}.html). {lead}" for name, title, lead in self.cards)
        return TEXT.format(pages=rows)

    def note(self, notebook):
        """Where a notebook's sliders can be moved."""
        name = LIVE.get(notebook)
        title = next((title for page, title, _ in self.cards if page == name), "")
        here = f" Or move them here and now: [{title}](page:../play/{name}.html) of the playground." if title else ""
        return here
