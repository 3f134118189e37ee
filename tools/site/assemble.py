"""Gathers the sources of the site: pages of tools/site/pages, docs, notebooks, figures, and the generated references.

They lie as in the repository, so that their links hold. Links to source files lead to the package reference where there is
one, and are plain text otherwise.
"""

import pathlib
import posixpath
import re
import shutil

import gallery
import notebooks
import playground

REPO = pathlib.Path(__file__).resolve().parents[2]
PAGES = pathlib.Path(__file__).resolve().parent / "pages"
FENCED = re.compile(r"^([ \t]*)(```+|~~~+)[^\n]*\n.*?^\1\2[ \t]*$", re.M | re.S)
# A link, whose label may hold code and brackets; and an equation that the text cites by its number.
LINK = r"(?<!!)\[((?:[^\[\]`]|`[^`\n]*`|\[[^\]]*\])*)\]\(([^()\s]+)\)"
CITED = r"([Ee]quations? \(\d+\)(?:(?:, | and | to )\(\d+\))*)"

# The documents in the order of the contents; further files of docs follow the guides.
GUIDES = ["docs/your-network.md", "docs/contributing.md", "docs/scale.md", "tools/gpu/README.md"]
RESULTS = ["docs/results.md", "docs/tightness.md", "figures/tables.md", "figures/methods.md", "figures/index.md", "docs/performance.md",
           "docs/verification.md"]
COURSE = ["docs/course/README.md", "docs/course/lecture-1.md", "docs/course/lecture-2.md", "docs/course/lab.md", "docs/course/exercises.md"]
LEARN = ["docs/method.md", "docs/glossary.md"]
LAST = ["CHANGELOG.md"]


def outside_code(text, pattern, change):
    """The text with what fits the pattern changed, but in code: change gets the groups of the pattern."""
    def lines(part):
        return re.sub(rf"(?P<code>`+[^`\n]+`+)|{pattern}", lambda m: m.group(0) if m.group("code") else change(*m.groups()[1:]), part)
    done, at = [], 0
    for found in FENCED.finditer(text):
        done += [lines(text[at:found.start()]), found.group(0)]
        at = found.end()
    return "".join(done) + lines(text[at:])


class Sources:
    """The folder of sources; a file that stays the same is not written again, so that Sphinx need not read it again."""

    def __init__(self, out, extra, generated):
        self.out, self.extra, self.generated = out, extra, generated
        self.packages = {path.stem for path in (generated / "packages").glob("*.md")}
        self.pages, self.written = set(), set()

    def write(self, name, content):
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
        self.written.add(path)

    def prune(self):
        """Removes what an earlier build left."""
        for path in sorted(self.out.rglob("*"), reverse=True):
            if path.is_file() and path not in self.written:
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()

    def markdown(self, name, text):
        """The text of a page of the repository, with links that hold in the site."""
        return outside_code(text, LINK, lambda label, target: self.link(name, label, target))

    def link(self, page, label, target):
        if target.startswith("#") or re.match(r"[a-z]+:", target):
            return f"[{label}]({target})"
        path, _, place = target.partition("#")
        folder = posixpath.dirname(page)
        name = posixpath.normpath(posixpath.join(folder, path))
        if name in self.pages:
            return f"[{label}]({target})"
        if name == "README.md":
            return f"[{label}]({posixpath.relpath('index.md', folder or '.')})"
        if name.startswith("figures/") and (REPO / name).is_file():
            return f"[{label}](page:{posixpath.relpath(name, folder or '.')})"
        package = self.package(name)
        if package:
            return f"[{label}]({posixpath.relpath(f'reference/packages/{package}.md', folder or '.')})"
        return label

    def package(self, name):
        """The page of the package that a file or folder belongs to; empty where there is none."""
        parts = name.removeprefix("pkg/").split("/") if name.startswith("pkg/") else []
        for n in range(len(parts), 0, -1):
            if (found := "-".join(parts[:n])) in self.packages:
                return found
        return ""

    def document(self, name):
        text = (REPO / name).read_text(encoding="utf-8")
        if name == "docs/method.md":
            text = outside_code(text, CITED, lambda cited: re.sub(r"\((\d+)\)", r"[(\1)](place:#equation-\1)", cited))
        self.write(name, self.markdown(name, text))

    def pictures(self):
        """Figures for pages that show them, and for links all files of figures, of results only the records."""
        for path in sorted((REPO / "figures").rglob("*")):
            name = path.relative_to(REPO).as_posix()
            if not path.is_file() or path.suffix in (".safetensors", ".md"):
                continue
            if name.startswith("figures/results/") and path.suffix != ".json":
                continue
            if path.suffix in (".png", ".svg"):
                self.write(name, path.read_bytes())
            target = self.extra / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def there(names):
    return [name for name in names if (REPO / name).is_file()]


def contents():
    """The documents by chapter of the contents. Those of docs that no list names follow the guides."""
    listed = set(GUIDES + RESULTS + LEARN + COURSE)
    more = sorted(path.relative_to(REPO).as_posix() for path in (REPO / "docs").rglob("*.md"))
    start = ["start/ten-minutes.md", "start/an-hour.md", "start/research.md", "start/playground.md", "notebooks/index.md"]
    return {
        "Learn": start + there(LEARN),
        "Course": there(COURSE),
        "Guides": there(GUIDES) + [name for name in more if name not in listed],
        "Reference": ["reference/commands/index.md", "reference/packages/index.md"],
        "Results": there(RESULTS),
        "About": there(LAST),
    }


def toctree(caption, names, hidden=True):
    lines = ["```{toctree}", f":caption: {caption}" if caption else ":maxdepth: 1"] + ([":hidden:"] if hidden else [])
    return "\n".join(lines + [""] + [name.rpartition(".")[0] for name in names] + ["```"]) + "\n"


def assemble(paths, out, generated, play):
    """Writes the sources from the notebooks at paths, the generated references, and what the playground's folder has."""
    extra = generated / "extra"
    shutil.rmtree(extra, ignore_errors=True)
    sources = Sources(out, extra, generated)
    books = [notebooks.Notebook(path) for path in sorted(paths, key=lambda path: path.stem)]
    chapters = contents()
    documents = [name for names in chapters.values() for name in names]
    sources.pages = set(documents) | {f"notebooks/{book.name}.ipynb" for book in books}
    for name in documents:
        if (REPO / name).is_file():
            sources.document(name)
    for path in PAGES.glob("**/*.md"):
        sources.write(path.relative_to(PAGES).as_posix(), path.read_text(encoding="utf-8"))
    live = playground.Pages(play)
    sources.write("start/playground.md", live.text())
    gallery.write(sources, books, live)
    for kind in ("commands", "packages"):
        pages = sorted((generated / kind).glob("*.md"))
        for path in pages:
            text = path.read_text(encoding="utf-8")
            if path.stem == "index":
                text += "\n" + toctree("", [p.name for p in pages if p.stem != "index"])
            sources.write(f"reference/{kind}/{path.name}", text)
    sources.pictures()
    index = (PAGES / "index.md").read_text(encoding="utf-8").replace("<!-- gallery -->", gallery.cards(books, "notebooks/", "notebooks/"))
    sources.write("index.md", index + "\n" + "\n".join(toctree(caption, names) for caption, names in chapters.items() if names))
    sources.prune()
