"""Reads the built site in a real browser: .venv/bin/python tools/sitetest.py (make test-browser)

Opens build/site from the disk, with the network off, as somebody would who unpacked it. Every page must fit a narrow screen;
some are looked at in three widths, light and dark, where every formula must have been drawn in the site's font, every picture
must have loaded, nothing may be asked of another host, and nothing may appear in the console. The search must find pages.
Screenshots are kept in build/browser/site. The browser is found as in browsertest.py; without one the test is skipped, which
it says loudly; --require-browser fails.
"""

import argparse
import pathlib
import sys

from browsertest import REPO, Failure, find_browser, skip

SITE = REPO / "build" / "site"
WIDTHS = (360, 820, 1280)
LOOKED_AT = ("index", "start/ten-minutes", "notebooks/00_quickstart", "notebooks/03_regularizers", "docs/method", "docs/glossary", "docs/verification",
             "reference/commands/train", "reference/packages/bound", "figures/tables")
# What a reader searches for, and a page that must be among the results.
SEARCHES = (("backward pass", "docs/method.html"), ("lambda", "reference/commands/train.html"), ("NewEvaluator", "reference/packages/bound.html"), ("certificate", "docs/glossary.html"))

WIDE = "document.scrollingElement.scrollWidth - innerWidth"
# Formulas without an extent, and pictures that did not load.
LOST = """() => {
    const flat = [...document.querySelectorAll('math')].filter(m => m.checkVisibility() && (m.getBoundingClientRect().width < 2 || m.getBoundingClientRect().height < 2));
    const empty = [...document.images].filter(i => i.complete && i.naturalWidth === 0);
    return [...flat.map(m => 'formula ' + m.textContent), ...empty.map(i => 'picture ' + i.src)];
}"""
FONT = "document.fonts.ready.then(() => document.querySelector('math') === null || document.fonts.check('16px \"Latin Modern Math\"'))"


class Reader:
    """One window; everything that it hears is a fault."""

    def __init__(self, browser, width, scheme):
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.where, self.noise = f"at width {width}, {scheme}", []
        self.page.on("console", lambda message: self.noise.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.noise.append(f"error: {error}"))
        self.page.on("requestfailed", lambda request: self.noise.append(f"failed: {request.url}"))
        self.page.on("request", lambda request: self.asked(request.url))

    def asked(self, address):
        if not address.startswith(("file:", "data:", "blob:")):
            self.noise.append(f"asks another host: {address}")

    def open(self, name):
        self.noise.clear()
        self.page.goto(f"{SITE.as_uri()}/{name}.html")
        if (wide := self.page.evaluate(WIDE)) > 0:
            raise Failure(f"{name} {self.where}: {wide} px too wide")

    def quiet(self, name):
        if self.noise:
            raise Failure(f"{name} {self.where}: {self.noise[0]}")


def look(browser, name, out):
    """Three widths, light and dark."""
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            reader = Reader(browser, width, scheme)
            reader.open(name)
            if not reader.page.evaluate(FONT):
                raise Failure(f"{name} {reader.where}: the font of formulas did not load")
            if lost := reader.page.evaluate(LOST):
                raise Failure(f"{name} {reader.where}: not drawn: {lost[0][:200]}")
            reader.page.screenshot(path=out / f"{name.replace('/', '-')}-{width}-{scheme}.png")
            reader.quiet(name)
            reader.page.close()


def fit(browser, names):
    """Every page on a narrow screen."""
    reader = Reader(browser, WIDTHS[0], "light")
    for name in names:
        reader.open(name)
        reader.quiet(name)
    reader.page.close()


def search(browser, words, want):
    """The search of the site, from the disk."""
    reader = Reader(browser, WIDTHS[-1], "light")
    reader.page.goto(f"{SITE.as_uri()}/search.html?q={words.replace(' ', '+')}")
    results = reader.page.locator("ul.search li a")
    try:
        results.first.wait_for(timeout=60_000)
        reader.page.wait_for_timeout(1000)
    except Exception as error:
        raise Failure(f"the search for {words!r} finds nothing") from error
    found = [link.get_attribute("href").split("?")[0].split("#")[0] for link in results.all()]
    if want not in found:
        raise Failure(f"the search for {words!r} finds {found[:8]}, without {want}")
    reader.quiet("search")
    reader.page.close()


def run(browser, out):
    names = [path.relative_to(SITE).with_suffix("").as_posix() for path in sorted(SITE.rglob("*.html"))]
    fit(browser, [name for name in names if not name.startswith("play/")])
    for name in LOOKED_AT:
        look(browser, name, out)
    for words, want in SEARCHES:
        search(browser, words, want)
    return len(names)


def main():
    parser = argparse.ArgumentParser(description="Read the built site in a real browser, without a network.")
    parser.add_argument("--out", type=pathlib.Path, default=REPO / "build" / "browser" / "site", help="folder of screenshots (default build/browser/site)")
    parser.add_argument("--require-browser", action="store_true", help="fail where there is no browser, instead of skipping")
    options = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return skip("Playwright is not installed: make test-browser installs it (requirements-browser.txt)", options)
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        try:
            path = find_browser(playwright)
            if path is None:
                return skip("no Chromium or Chrome was found", options)
            browser = playwright.chromium.launch(executable_path=path, headless=True, args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"])
            n = run(browser, options.out)
            browser.close()
        except Failure as failure:
            print(f"FAILED: {failure}", file=sys.stderr)
            return 1
    print(f"done: {n} pages; those looked at draw every formula and picture, the search finds what it should; pictures in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
