"""The notebooks' pages and their thumbnails."""

CARD = """:::{{grid-item-card}} {title}
:link: {folder}{name}
:link-type: doc
{picture}
{about}

{time}
:::
"""
NOTE = """```{{note}}
This page shows the notebook as it was executed. {still}{live}
```
"""
STILL = "Its sliders stand still: to move them, and to change the code, open it in JupyterLab with `make lab`."
CODE = "To change the code and run it, open it in JupyterLab with `make lab`."
PAGE = """# Notebooks

A course in {n} notebooks. Each begins with what it teaches and how long it takes, and ends with exercises and their answers. They
are shown here as they were executed; `make lab` opens them to be changed.

{cards}
"""


def cards(books, links, pictures):
    """A grid of cards, one for each notebook; links and pictures are the ways to their folders."""
    parts = []
    for book in books:
        found = book.picture()
        picture = f":img-top: {pictures}thumbs/{book.name}.{found[0]}\n:img-alt: First figure of the notebook\n" if found else ""
        time = book.says("Time")
        parts.append(CARD.format(title=book.title(), folder=links, name=book.name, picture=picture,
                                 about=book.about(), time=f"*Time: {time}*" if time else ""))
    return "::::{grid} 1 2 2 3\n:gutter: 3\n\n" + "\n".join(parts) + "::::\n"


def note(book, live):
    """What a notebook's page is, and where its sliders can be moved."""
    sliders = any("slider" in text for text in book.texts)
    return NOTE.format(still=STILL if sliders else CODE, live=live.note(book.name))


def write(sources, books, live):
    """The notebooks with their thumbnails, and the page that lists them."""
    for book in books:
        if found := book.picture():
            sources.write(f"notebooks/thumbs/{book.name}.{found[0]}", found[1])
        name = f"notebooks/{book.name}.ipynb"
        sources.write(name, book.page(lambda text: sources.markdown(name, text), note(book, live), live.addresses(book.name)))
    contents = "\n".join(book.name for book in books)
    text = PAGE.format(n=len(books), cards=cards(books, "", ""))
    sources.write("notebooks/index.md", text + "\n```{toctree}\n:hidden:\n\n" + contents + "\n```\n")
