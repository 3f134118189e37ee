"""Notebooks as pages: what they say of themselves, their first picture, and the links that they lack."""

import base64
import html
import json
import re


def joined(text):
    """A notebook holds text as one string or as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


LIVE_CELL = """<figure class="live"><a href="../play/{address}">{picture}</a>
<figcaption><a href="../play/{address}">Drag it yourself: the live page</a>, which runs the library in your browser and begins with this picture.</figcaption></figure>"""


class Notebook:
    """An executed notebook."""

    def __init__(self, path):
        self.name = path.stem
        with open(path, encoding="utf-8") as file:
            self.content = json.load(file)
        self.texts = [joined(cell["source"]) for cell in self.content["cells"] if cell["cell_type"] == "markdown"]

    def title(self):
        """The first heading, or the name of a notebook without one."""
        for text in self.texts:
            if found := re.search(r"^#\s+(.+)$", text, re.M):
                return found.group(1).strip()
        return self.name

    def says(self, word):
        """What the first cell says after the word in bold, to the end of the paragraph, with a list that follows it, or the next such word."""
        parts = re.split(r"\n\s*\n", self.texts[0] if self.texts else "")
        for part, following in zip(parts, parts[1:] + [""]):
            if found := re.search(rf"\*\*{word}[:.]?\*\*:?(.*)", part, re.S):
                text = re.split(r"\*\*[A-Z][^*]*\*\*", found.group(1))[0]
                if following.startswith("* "):
                    text += " " + re.sub(r"^\* ", "", following, flags=re.M)
                return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(text.split()))
        return ""

    def about(self):
        """What a reader gets from it, in a sentence; empty where it does not say."""
        if goals := self.says("Goals"):
            return goals
        learn = self.says("You will learn")
        return "You will learn " + learn if learn else ""

    def picture(self):
        """The first figure that a cell shows, as the ending of its file and its bytes; None where there is none."""
        for cell in self.content["cells"]:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                if "image/svg+xml" in data:
                    return "svg", joined(data["image/svg+xml"]).encode()
                if "image/png" in data:
                    return "png", base64.b64decode(joined(data["image/png"]))
        return None

    def enliven(self, content, addresses):
        """Makes links to the playground of the pictures of live cells, one address for each."""
        live = [cell for cell in content["cells"] if cell["cell_type"] == "code" and "lab.Live(" in joined(cell["source"])]
        for cell, address in zip(live, addresses):
            for output in cell["outputs"]:
                if picture := joined(output.get("data", {}).get("image/svg+xml", "")):
                    output["data"] = {"text/html": LIVE_CELL.format(address=html.escape(address), picture=picture)}

    def page(self, change, notes, addresses=()):
        """The notebook as JSON, with a change made to its texts, notes after the first cell, and links to the playground."""
        content = json.loads(json.dumps(self.content))
        self.enliven(content, addresses)
        for cell in content["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = change(joined(cell["source"]))
        if notes:
            cell = {"cell_type": "markdown", "metadata": {}, "source": notes}
            if content.get("nbformat_minor", 0) >= 5:
                cell["id"] = "notes-of-the-site"
            content["cells"].insert(1, cell)
        content["metadata"].setdefault("language_info", {})["pygments_lexer"] = "go"
        return json.dumps(content, ensure_ascii=False, indent=1)
