"""What the site says of the playground (make playground), which is built beside it and has pages of its own."""

import html
import re

CARD = re.compile(r'<a href="(\w+)\.html">.*?<h2>(.*?)</h2><p>(.*?)</p>', re.S)

# The playground's page of what a notebook has sliders for.
LIVE = {"01_relaxations": "neuron", "02_toy_tightness": "toy", "03_regularizers": "train", "09_exact": "ladder"}

# Where the playground draws what a live cell draws, one address for each live cell of a notebook, in order.
CELLS = {
    "01_relaxations": ("neuron.html#set=alpha&l=-1&u=1.5&alpha=0.3", "neuron.html#set=alpha&l=-1&u=0.6&alpha=0.4"),
    "02_toy_tightness": ("toy.html#net=cross&x1=0.1&x2=0.7&eps=0.2", "toy.html#net=loose&x1=0.5&x2=0.5&eps=0.5"),
}

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

    def addresses(self, notebook):
        """The playground's addresses for a notebook's live cells; none where it was not built."""
        return CELLS.get(notebook, ()) if self.cards else ()
