"""Turns executed notebooks into pages that are read offline.

As a program it builds one static site, without running anything:
.venv/bin/python tools/pages.py --out build/site NOTEBOOK...   (make site, make notebooks)
"""

import argparse
import copy
import html
import pathlib
import re
import shutil
import sys

import mistune
import nbformat
from nbconvert import HTMLExporter

HERE = pathlib.Path(__file__).resolve().parent
FIGURES = HERE.parent / "figures"

# What a page would fetch by itself; links that a reader may click are not meant.
FETCHED = re.compile(r"""<(?:script|img|iframe|source|embed)\b[^>]*\bsrc\s*=\s*["']?(?:https?:)?//[^"' >]*|<link\b[^>]*\bhref\s*=\s*["']?(?:https?:)?//[^"' >]*|@import\s+(?:url\()?["']?https?://[^"')]*""", re.I)
NOTEBOOK_LINK = re.compile(r'href="(?:\./)?([\w.-]+)\.ipynb(#[^"]*)?"')

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>{title}</title>
<style>
body {{ font: 1rem/1.55 system-ui, sans-serif; max-width: 56rem; margin: 0 auto; padding: 1rem 1.2rem 4rem; color: #222; }}
a {{ color: #0072b2; }}
img {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; font-size: 0.85rem; }}
th, td {{ border: 1px solid #ccc; padding: 0.2rem 0.5rem; text-align: left; }}
li.page {{ margin: 0.9rem 0; }}
.time {{ color: #666; }}
code {{ background: #f3f3f3; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


# Where the playground draws what a live cell draws, one address for each live cell of a notebook, in order.
CELLS = {
    "01_relaxations": ("neuron.html#set=alpha&l=-1&u=1.5&alpha=0.3", "neuron.html#set=alpha&l=-1&u=0.6&alpha=0.4"),
    "02_toy_tightness": ("toy.html#net=cross&x1=0.1&x2=0.7&eps=0.2", "toy.html#net=loose&x1=0.5&x2=0.5&eps=0.5"),
}


def enliven(notebook, name):
    """The notebook with the still pictures of its live cells as links to the playground, which is beside its page."""
    notebook = copy.deepcopy(notebook)
    live = [cell for cell in notebook.cells if cell.cell_type == "code" and "lab.Live(" in source(cell)]
    for cell, address in zip(live, CELLS.get(name, ())):
        link = f'<a href="play/{html.escape(address)}">'
        for output in cell.outputs:
            if svg := output.get("data", {}).get("image/svg+xml"):
                picture = svg if isinstance(svg, str) else "".join(svg)
                output.data = {"text/html": f'<figure class="live">{link}{picture}</a><figcaption>{link}Drag it yourself: the live page'
                                            "</a>, which runs the library in your browser and begins with this picture.</figcaption></figure>"}
    return notebook


def in_go(notebook):
    """The notebook with the colours of Go for its code, which GoNB leaves open."""
    notebook.metadata.setdefault("language_info", {"name": "go"})["pygments_lexer"] = "go"
    return notebook


def page(notebook, name, site=()):
    """The notebook as one HTML file; site are the links of its head, pairs of an address and a title."""
    # Not embed_images: it breaks tags such as <sub> apart; our pictures are in the notebook anyway.
    exporter = HTMLExporter(template_name="page", extra_template_basedirs=[str(HERE)])
    body, _ = exporter.from_notebook_node(in_go(copy.deepcopy(notebook)), resources={"metadata": {"name": name}, "site": list(site)})
    return NOTEBOOK_LINK.sub(r'href="\1.html\2"', body)


def fetched(text):
    """What a page would load from elsewhere: a list of the beginnings of the elements."""
    return FETCHED.findall(text)


def source(cell):
    return cell.source if isinstance(cell.source, str) else "".join(cell.source)


def headline(notebook, name):
    """The first heading, or the name of a notebook without one."""
    for cell in notebook.cells:
        found = cell.cell_type == "markdown" and re.search(r"^#\s+(.+)$", source(cell), re.M)
        if found:
            return re.sub(r"[*_`]", "", found.group(1)).strip()
    return name


def paragraph(notebook, word):
    """The paragraph of the first cell that starts with the word in bold, as HTML without links; empty where there is none."""
    if not notebook.cells:
        return ""
    for part in re.split(r"\n\s*\n", source(notebook.cells[0])):
        found = re.search(rf"\*\*{word}:?\*\*:?.*", part, re.S)
        if found:
            text = re.split(r"\*\*(?!%s)[A-Z][^*]*\*\*" % word, found.group(0))[0]
            return re.sub(r"</?(a|p)\b[^>]*>", "", mistune.html(text.strip())).strip()
    return ""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


# The playground's page of what a notebook has sliders for.
LIVE = {"01_relaxations": "neuron", "02_toy_tightness": "toy", "03_regularizers": "train", "09_exact": "ladder"}


def links(names, titles, i, playground=False):
    """Previous, contents, next; and where the playground was built, its page for this notebook."""
    around = [("index.html", "Contents")]
    if playground and names[i] in LIVE:
        around.append((f"play/{LIVE[names[i]]}.html", "Drag it: the live page"))
    if i > 0:
        around.insert(0, (f"{names[i - 1]}.html", f"← {titles[i - 1]}"))
    if i + 1 < len(names):
        around.append((f"{names[i + 1]}.html", f"{titles[i + 1]} →"))
    return around


def contents(names, titles, notebooks, figures, playground=False):
    body = ["<h1>Tightrope</h1>", "<p>Certified robustness by tight convex relaxations: the notebooks, as they were executed, and the figures. "
            "These pages need no network. To move the sliders, open the notebooks in JupyterLab: <code>make lab</code>.</p>", "<ol start='0' style='list-style:none;padding:0'>"]
    for name, title, notebook in zip(names, titles, notebooks):
        body.append(f'<li class="page"><a href="{name}.html"><b>{html.escape(title)}</b></a><br>{paragraph(notebook, "You will learn")}'
                    f'<br><span class="time">{paragraph(notebook, "Time")}</span></li>')
    body.append("</ol>")
    if playground:
        body.append('<p><a href="play/index.html"><b>The playground</b></a>: drag, draw and train in this browser, with nothing installed.</p>')
    if figures and (FIGURES / "tables.md").is_file():
        body.append('<p><a href="figures/tables.html"><b>Tables 1, 2 and 4 of the paper</b></a>, with what was not run here.</p>')
    if figures:
        body.append('<p><a href="figures/index.html"><b>Figures and results</b></a>: each with the record that it was drawn from. '
                    'All at once:</p><p><a href="figures/contact-sheet.png"><img src="figures/contact-sheet.png" alt="contact sheet of all figures"></a></p>')
    return INDEX.format(title="Tightrope: notebooks", body="\n".join(body))


def copy_figures(out):
    """The folder of figures with its index as a page; false where figures were never drawn."""
    index = FIGURES / "index.md"
    if not index.is_file():
        return False
    shutil.copytree(FIGURES, out / "figures", ignore=shutil.ignore_patterns("*.safetensors", "results"))
    body = '<p><a href="../index.html">Contents</a></p>\n' + mistune.html(index.read_text(encoding="utf-8"))
    write(out / "figures" / "index.html", INDEX.format(title="Tightrope: figures", body=body))
    tables = FIGURES / "tables.md"
    if tables.is_file():
        text = '<p><a href="../index.html">Contents</a></p>\n' + mistune.html(tables.read_text(encoding="utf-8"))
        write(out / "figures" / "tables.html", INDEX.format(title="Tightrope: tables", body=text))
    return True


def build(paths, out):
    """Builds the site next to its place and then puts it there; it returns what is wrong with it."""
    if out.exists() and not (out / "index.html").is_file() and any(path.name != "play" for path in out.iterdir()):
        raise OSError(f"{out} holds something else than a site: name another folder")
    fresh = out.with_name(out.name + ".tmp")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    names = [path.stem for path in paths]
    notebooks = [nbformat.read(path, as_version=4) for path in paths]
    titles = [headline(notebook, name) for notebook, name in zip(notebooks, names)]
    playground = (out / "play" / "index.html").is_file()
    if playground:  # make playground built it
        shutil.copytree(out / "play", fresh / "play")
    for i, (name, notebook) in enumerate(zip(names, notebooks)):
        shown = enliven(notebook, name) if playground else notebook
        write(fresh / f"{name}.html", page(shown, name, links(names, titles, i, playground)))
    figures = copy_figures(fresh)
    write(fresh / "index.html", contents(names, titles, notebooks, figures, playground))
    if out.exists():
        shutil.rmtree(out)
    fresh.rename(out)
    return faults(out)


def faults(site):
    """Pages that would fetch something, and links to files that are not there."""
    found = []
    for path in sorted(site.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        found += [f"{path}: loads {what!r} from elsewhere" for what in fetched(text)]
        for target in re.findall(r'(?:href|src)="([^"#:]+)(?:#[^"]*)?"', text):
            if not (path.parent / target).exists():
                found.append(f"{path}: links to {target}, which is not there")
    return found


def main():
    parser = argparse.ArgumentParser(description="Build one static site from executed notebooks and the figures.")
    parser.add_argument("notebooks", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/site"), help="folder of the site, which is replaced (default build/site)")
    options = parser.parse_args()
    try:
        problems = build(sorted(options.notebooks, key=lambda path: path.stem), options.out)
    except (OSError, nbformat.reader.NotJSONError) as error:
        sys.exit(f"pages: {error}: run `make notebooks` first, and check the disk")
    for problem in problems:
        print(f"FAILED {problem}", file=sys.stderr)
    print(f"site: {(options.out / 'index.html').resolve()}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
