"""Notebooks as pages: what they say of themselves, their first picture, and the links that they lack."""

import base64
import json
import re


def joined(text):
    """A notebook holds text as one string or as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


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
        """What the first cell says after the word in bold, to the end of the paragraph or the next such word."""
        for part in re.split(r"\n\s*\n", self.texts[0] if self.texts else ""):
            if found := re.search(rf"\*\*{word}:?\*\*:?(.*)", part, re.S):
                text = re.split(r"\*\*[A-Z][^*]*\*\*", found.group(1))[0]
                return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(text.split()))
        return ""

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

    def page(self, change, notes):
        """The notebook as JSON, with a change made to its texts and notes after the first cell."""
        content = json.loads(json.dumps(self.content))
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
