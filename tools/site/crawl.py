"""Checks a built site as a reader without a network would find it: python tools/site/crawl.py build/site

Every link and every anchor inside the site leads somewhere, nothing is loaded from another host, every picture is there and
has a text, formulas are math elements, and no TeX is left in what is read. It needs the standard library only.
"""

import html.parser
import pathlib
import re
import sys
import urllib.parse

# What a page loads by itself, by element; links that a reader may follow are not meant.
LOADED = {"script": ["src"], "img": ["src", "srcset"], "iframe": ["src"], "source": ["src", "srcset"], "embed": ["src"], "object": ["data"],
          "video": ["src", "poster"], "audio": ["src"], "track": ["src"], "input": ["src"], "image": ["href"], "use": ["href"]}
LINKED = ("stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "shortcut", "manifest")
ELSEWHERE = re.compile(r"^(?:(?:https?|wss?|ftp):)?//", re.I)
IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+(?:url\(\s*)?)["']?([^"')\s;]+)""", re.I)
# TeX that no browser shows as a formula: a command, a pair of dollars, an index in braces.
RAW = re.compile(r"\\[a-zA-Z]{2,}|\$\$|(?<![\w$`])\$(?![A-Z]{2})[^$\s](?:[^$\n]*[^$\s])?\$(?!\w)|[A-Za-z][_^]\{")
SILENT = {"script", "style", "code", "pre", "math", "title", "template"}


class Page(html.parser.HTMLParser):
    """What a page links to and loads, the places in it, and the text that is read."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.places, self.links, self.loads, self.faults = set(), [], [], []
        self.silent, self.style, self.text, self.formulas, self.empty = [], False, [], 0, 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        self.places.update(given[name] for name in ("id", "name") if given.get(name))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and set(given.get("rel", "").lower().split()) & set(LINKED):
            self.loads.append(given.get("href", ""))
        for name in LOADED.get(tag, []):
            for part in given.get(name, "").split(", ") if name == "srcset" else [given.get(name)]:
                if part:
                    self.loads.append(part.split()[0] if name == "srcset" else part)
        if "style" in given:
            self.loads += IN_STYLE.findall(given["style"])
        if tag == "img" and not given.get("alt") and "role" not in given:
            self.faults.append(f"picture {given.get('src', '')[:80]} has no text")
        if tag == "math":
            self.formulas += 1
        if tag in ("merror",):
            self.faults.append("a formula holds an error")
        if tag in SILENT:
            self.silent.append(tag)
        self.style = tag == "style"

    def handle_endtag(self, tag):
        if tag in self.silent:
            del self.silent[len(self.silent) - 1 - self.silent[::-1].index(tag):]
        if tag == "style":
            self.style = False

    def handle_data(self, data):
        if self.style:
            self.loads += [name for name in IN_STYLE.findall(data) if not name.startswith("#")]
        if not self.silent:
            self.text.append(data)
        elif "math" in self.silent and "\\" in data:
            self.faults.append(f"a formula holds {data.strip()!r}")


class Site:
    """A folder of pages, each read once."""

    def __init__(self, folder):
        self.folder, self.pages = folder.resolve(), {}

    def page(self, path):
        if path not in self.pages:
            self.pages[path] = Page(path.read_text(encoding="utf-8", errors="replace"))
        return self.pages[path]

    def target(self, path, address):
        """What is wrong with an address on the page at path; empty where it leads somewhere in the site."""
        parts = urllib.parse.urlsplit(address)
        file = path if not parts.path else (path.parent / urllib.parse.unquote(parts.path)).resolve()
        if file.is_dir():
            file = file / "index.html"
        if self.folder not in file.parents or not file.is_file():
            return "which is not there"
        place = urllib.parse.unquote(parts.fragment)
        # The playground's addresses hold its state.
        if place and file.suffix == ".html" and "play" not in file.relative_to(self.folder).parts and place not in self.page(file).places:
            return "a place which is not there"
        return ""

    def check(self, path):
        page, name = self.page(path), path.relative_to(self.folder)
        found = [f"{name}: {fault}" for fault in page.faults]
        for address in page.loads:
            if ELSEWHERE.match(address):
                found.append(f"{name}: loads {address!r} from elsewhere")
            elif not address.startswith(("data:", "blob:", "#")) and (wrong := self.target(path, address.split("?")[0])):
                found.append(f"{name}: loads {address}, {wrong}")
        for address in page.links:
            if not re.match(r"[a-z][a-z0-9+.-]*:|//", address, re.I) and (wrong := self.target(path, address)):
                found.append(f"{name}: links to {address}, {wrong}")
        for text in re.split(r"\n\s*\n", "".join(page.text)):
            if raw := RAW.search(text):
                found.append(f"{name}: shows TeX: {text[max(0, raw.start() - 30):raw.end() + 30].strip()!r}")
        return found


def styles(folder):
    """What style sheets would load from elsewhere, or do not find."""
    found = []
    for path in sorted(folder.rglob("*.css")):
        for address in IN_STYLE.findall(path.read_text(encoding="utf-8", errors="replace")):
            if ELSEWHERE.match(address):
                found.append(f"{path.relative_to(folder)}: loads {address!r} from elsewhere")
            elif not address.startswith(("data:", "#", "var(")) and not (path.parent / urllib.parse.unquote(re.split("[?#]", address)[0])).is_file():
                found.append(f"{path.relative_to(folder)}: loads {address}, which is not there")
    return found


def faults(folder):
    """All faults of the site in a folder: a list of sentences."""
    site = Site(folder)
    pages = sorted(site.folder.rglob("*.html"))
    if not pages:
        return [f"{folder}: holds no page"]
    return [fault for path in pages for fault in site.check(path)] + styles(site.folder)


if __name__ == "__main__":
    problems = faults(pathlib.Path(sys.argv[1]))
    print("\n".join(problems) or f"{sys.argv[1]}: every link, picture and formula is there")
    sys.exit(1 if problems else 0)
