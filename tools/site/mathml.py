"""A Sphinx extension that writes formulas as MathML, which browsers draw without a script and without a network.

KaTeX (of sphinxcontrib-katex) converts, in QuickJS, while the site is built. A command that it does not know is a warning,
which ends the build. Equations with a number, \\tag{n}, get the address equation-n.
"""

import html
import importlib.util
import pathlib
import re

import quickjs
from docutils import nodes
from sphinx.util import logging

TAG = re.compile(r"\\tag\{([^}]*)\}")
ANNOTATION = re.compile(r"<annotation.*?</annotation>", re.S)
# What KaTeX leaves to the reader of MathML, who looks at positions only. Bars round a value are fences, which have no space
# beside them, although MathML takes these characters for relations; a minus after a bracket or a relation is a sign; and
# names of functions stand off from what is before them.
BAR = re.compile(r"<mo ([^>]*)>([∣∥])</mo>")
SIGN = re.compile(r"(<mo[^>]*>(?:[(\[{,=≤≥∈≠:;→/]|&lt;|&gt;)</mo>)<mo>−</mo>")
NAME = re.compile(r"(</m(?:i|n|sub|sup|subsup|frac)>)(?=<mi>(?:max|min|log|exp|tanh)</mi><mo>\u2061|<munder><mrow><mi>(?:max|min)</mi>)")
# join, since a string that JavaScript has put together from parts does not reach Python.
RENDER = "(tex, display) => [katex.renderToString(tex, {output: 'mathml', displayMode: display, strict: 'error'})].join('')"
# A formula in a line of so much TeX may be wider than a narrow screen, where it then scrolls by itself.
LONG = 40
logger = logging.getLogger(__name__)


class Converter:
    """KaTeX in a JavaScript engine, which is started when the first formula comes."""

    def __init__(self):
        self.render = None

    def start(self):
        source = pathlib.Path(importlib.util.find_spec("sphinxcontrib.katex").origin).with_name("katex.min.js")
        self.context = quickjs.Context()
        self.context.eval("var module = {exports: {}}, exports = module.exports;" + source.read_text(encoding="utf-8") +
                          "; var katex = module.exports; 0")
        self.render = self.context.eval(RENDER)

    def formula(self, tex, display):
        """The formula as a math element without its number; an error where KaTeX does not understand it."""
        if self.render is None:
            self.start()
        text = ANNOTATION.sub("", self.render(TAG.sub("", tex).strip(), display))
        text = re.sub(r"</?(span|semantics)\b[^>]*>", "", text)
        text = BAR.sub(r'<mo \1 lspace="0" rspace="0">\2</mo>', text)
        text = SIGN.sub(r'\1<mo form="prefix" lspace="0" rspace="0">−</mo>', text)
        return NAME.sub(r'\1<mspace width="0.1667em"/>', text)


converter = Converter()


def checked(node, display):
    try:
        return converter.formula(node.astext(), display)
    except quickjs.JSException as error:
        logger.warning("formula %r: %s", node.astext(), str(error).split("\n")[0], location=node)
        return "<code>" + html.escape(node.astext()) + "</code>"


def visit_inline(self, node):
    length = " long" if len(node.astext()) > LONG else ""
    text = f'<span class="formula{length}">{checked(node, False)}</span>'
    after = html.escape(node.get("after", ""))
    self.body.append(f'<span class="unbroken">{text}{after}</span>' if after and not length else text + after)
    raise nodes.SkipNode


def hold_punctuation(app, doctree, name):
    """Keeps a formula and the mark that follows it in one line."""
    for node in doctree.findall(nodes.math):
        place = node.parent.index(node) + 1
        follower = node.parent[place] if place < len(node.parent) else None
        if isinstance(follower, nodes.Text) and (found := re.match(r"[.,;:)?!]+", follower)):
            node["after"] = found.group(0)
            node.parent[place] = nodes.Text(follower[found.end():])


def visit_block(self, node):
    found = TAG.search(node.astext())
    place = number = ""
    if found:
        tag = html.escape(found.group(1))
        place, number = f' id="equation-{tag}"', f'<a class="number" href="#equation-{tag}">({tag})</a>'
    self.body.append(f'<div class="equation"{place}><div class="scroll" tabindex="0">{checked(node, True)}</div>{number}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("doctree-resolved", hold_punctuation)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
