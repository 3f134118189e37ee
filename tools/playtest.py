"""Drives the playground in a real browser: .venv/bin/python tools/playtest.py (make test-browser)

Serves build/site/play and opens every page in headless Chromium with every other host cut off. Each page is looked at in
three widths, light and dark, by axe (from npm; TIGHTROPE_AXE names its file); its controls are moved by mouse, keyboard and
touch and must change the picture, in a median time below a limit; its address must bring its state back; and nothing may
appear in the console. Screenshots and times are kept in build/browser/play.

The browser is found as in browsertest.py. Without one the test is skipped, which it says loudly; --require-browser fails.
"""

import argparse
import contextlib
import functools
import http.server
import json
import os
import pathlib
import statistics
import sys
import threading
import time

from browsertest import Failure, REPO, find_browser, skip

SITE = REPO / "build" / "site" / "play"
AXE = REPO / ".venv" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (360, 820, 1280)
FIRST_PICTURE, ALL_FILES = 5_000_000, 12_000_000
REDRAWS = 15

# What a page is opened with, so that each control has something to change; which controls act later than at once (on the
# training); and the control whose redraws are timed, with the goal in ms.
PAGES = {
    "neuron": {"state": "set=alpha", "timed": "u", "goal": 150},
    "boxes": {"state": "kink=0.4&angle=30", "timed": "angle", "goal": 150},
    "toy": {"state": "net=loose&x1=0.5&x2=0.5&eps=0.5", "timed": "eps", "goal": 150},
    "adversaries": {"state": "eps=0.4", "timed": "eps", "goal": 150},
    "ladder": {"state": "", "timed": "eps", "goal": 150},
    "digit": {"state": "", "timed": "eps", "goal": 400},
    "proof": {"state": "change=multiplier&step=margins", "timed": "eps", "goal": 150},
    "train": {"state": "", "timed": "eps", "goal": 150, "later": ("run", "lambda", "gamma")},
}

# Moves a slider as a drag does, and tells after how many ms the new picture was on the screen.
REDRAW = """([id, value]) => new Promise((resolve, reject) => {
    const slider = document.getElementById(id), figure = document.getElementById('figure');
    const before = figure.dataset.answers, start = performance.now();
    const observer = new MutationObserver(() => {
        if (figure.dataset.answers === before) return;
        observer.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - start));
    });
    observer.observe(figure, {attributes: true});
    setTimeout(() => { observer.disconnect(); reject(new Error('no new picture')); }, 20000);
    slider.value = value;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
})"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    """A static file server for the folder; gives its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


class Tab:
    """One page in one window."""

    def __init__(self, browser, address, out, name, width=1280, **options):
        self.name, self.out, self.address, self.width = name, out, address, width
        height = 800 if width < 900 else 950
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.noise, self.files = [], set()
        self.page.on("console", lambda m: self.noise.append(f"console: {m.text}"))
        self.page.on("pageerror", lambda e: self.noise.append(f"error: {e}"))
        self.page.on("requestfailed", self.failed)
        self.page.on("request", self.requested)

    def failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # by going to another page
            self.noise.append(f"failed: {request.url}: {request.failure}")

    def requested(self, request):
        if request.url.startswith(self.address):
            self.files.add(request.url[len(self.address):].partition("#")[0])
        elif not request.url.startswith(("data:", "blob:")):
            self.noise.append(f"asks another host: {request.url}")

    def open(self, state=""):
        self.page.goto(f"{self.address}{self.name}.html" + (f"#{state}" if state else ""))
        if self.name in PAGES:
            self.settled()
        return self

    def wait(self, true, what, seconds=60):
        """Waits until a condition holds. Playwright's own waiting evaluates text, which the page's policy forbids."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                self.shot("failed")
                raise Failure(f"{self.name} at width {self.width}: {what}")
            time.sleep(0.02)

    def settled(self):
        self.wait(lambda: self.page.evaluate("document.getElementById('figure').dataset.done === 'true'"), "it does not come to rest", 120)

    def picture(self):
        return self.page.evaluate("['picture', 'text', 'verdict'].map(id => document.getElementById(id).innerHTML).join()")

    def changed(self, before, what):
        """Waits for another picture than before."""
        self.wait(lambda: self.picture() != before, f"{what} does not change the picture", 20)
        self.settled()

    def shot(self, what):
        self.page.screenshot(path=self.out / f"{self.name}-{what}.png", full_page=True)

    def close(self):
        self.context.close()
        if self.noise:
            raise Failure(f"{self.name} at width {self.width}: {self.noise[0]}")


def axe(tab, script):
    """What axe finds."""
    tab.page.evaluate(script)  # not a script element, which the page's policy forbids
    found = tab.page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    for v in found:
        raise Failure(f"{tab.name} at width {tab.width}: axe: {v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}")


def look(browser, address, out, name, script):
    """Three widths, light and dark."""
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            tab = Tab(browser, address, out, name, width, color_scheme=scheme).open(PAGES.get(name, {}).get("state", ""))
            wide = tab.page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
            if wide > 0:
                raise Failure(f"{name} at width {width} is {wide} px too wide")
            tab.shot(f"{width}-{scheme}")
            if script:
                axe(tab, script)
            tab.close()


def press(tab, element, key, what):
    before = tab.picture()
    element.focus()
    element.press(key)
    tab.changed(before, what)


def move_range(tab, control, later):
    """A slider by keyboard and by mouse; its value stands beside it."""
    slider, value = tab.page.locator(f"#{control['ID']}"), tab.page.locator(f"#{control['ID']}-value")
    for how in ("key", "mouse"):
        before, shown = tab.picture(), value.inner_text()
        if how == "key":
            at_end = float(slider.input_value()) >= control["Max"] - 1e-9
            slider.focus()
            slider.press("ArrowLeft" if at_end else "ArrowRight")
        else:
            box = slider.bounding_box()
            part = 0.3 if float(slider.input_value()) > (control["Min"] + control["Max"]) / 2 else 0.7
            tab.page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
        if control["ID"] in later:
            tab.settled()
            if value.inner_text() == shown:
                raise Failure(f"{tab.name}: {how} on {control['ID']} does not change its value")
        else:
            tab.changed(before, f"{how} on {control['ID']}")


def move_choice(tab, control):
    """Every option by mouse, then the first by keyboard."""
    for option in control["Options"]:
        radio = tab.page.locator(f"#{control['ID']}-{option['Key']}")
        if not radio.is_checked():
            before = tab.picture()
            tab.page.locator(f"label:has(#{control['ID']}-{option['Key']})").click()
            tab.changed(before, f"option {option['Key']} of {control['ID']}")
    press(tab, tab.page.locator(f"#{control['ID']}-{control['Options'][-1]['Key']}"), "ArrowLeft", f"a key on {control['ID']}")


def draw_digit(tab, control):
    """A stroke by mouse, one pixel by keyboard, and the button that clears."""
    canvas = tab.page.locator(f"#{control['ID']}")
    canvas.scroll_into_view_if_needed()
    box, before = canvas.bounding_box(), tab.picture()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])
    tab.page.mouse.move(*at(0.5, 0.1))
    tab.page.mouse.down()
    tab.page.mouse.move(*at(0.5, 0.9), steps=12)
    tab.page.mouse.up()
    tab.changed(before, "a stroke")
    tab.shot("drawn")
    for key in ("ArrowUp", "ArrowLeft"):
        canvas.press(key)
    press(tab, canvas, " ", "the space bar on the board")
    before = tab.picture()
    tab.page.locator(f"#{control['ID']}-clear").click()
    tab.changed(before, "Clear")


def move_handles(tab):
    """Every handle by keyboard and by mouse; the focus outlives the redraw."""
    for i in range(tab.page.locator(".handle").count()):
        handle = tab.page.locator(".handle").nth(i)
        name = handle.get_attribute("data-handle")
        press(tab, handle, "ArrowLeft", f"a key on handle {name}")
        if tab.page.evaluate("document.activeElement.dataset.handle") != name:
            raise Failure(f"{tab.name}: handle {name} loses the focus")
        handle.scroll_into_view_if_needed()
        box, before = handle.bounding_box(), tab.picture()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        tab.page.mouse.move(x, y)
        tab.page.mouse.down()
        tab.page.mouse.move(x - 40, y - 40, steps=6)
        tab.page.mouse.up()
        tab.changed(before, f"dragging handle {name}")


def operate(browser, address, out, name):
    """Every control by mouse and keyboard."""
    page = PAGES[name]
    tab = Tab(browser, address, out, name)
    for control in controls(tab, page["state"]):
        tab.page.goto("about:blank")
        tab.open(page["state"])
        if control["Kind"] == "range":
            move_range(tab, control, page.get("later", ()))
        elif control["Kind"] == "choice" and control["ID"] not in page.get("later", ()):
            move_choice(tab, control)
        elif control["Kind"] == "canvas":
            draw_digit(tab, control)
    tab.page.goto("about:blank")
    tab.open(page["state"])
    move_handles(tab)
    press(tab, tab.page.locator(f"#{page['timed']}"), "ArrowRight", f"a key on {page['timed']}")
    returns(tab)
    tab.shot("operated")
    tab.close()


def controls(tab, state):
    tab.open(state)
    return json.loads(tab.page.locator("#page").text_content())["controls"]


def returns(tab):
    """The page's address brings its state back."""
    tab.wait(lambda: f"{PAGES[tab.name]['timed']}=" in tab.page.evaluate("location.hash"), "the address does not hold the state", 20)
    tab.page.wait_for_timeout(600)  # it follows a moment later
    address, text = tab.page.url, tab.page.inner_text("#text")
    tab.page.goto("about:blank")
    tab.page.goto(address)
    tab.settled()
    if tab.page.inner_text("#text") != text:
        raise Failure(f"{tab.name}: {address} shows {tab.page.inner_text('#text')!r}, it was {text!r}")


def training(browser, address, out):
    """The page of training learns, and its sliders act on it."""
    tab = Tab(browser, address, out, "train").open()
    tab.page.locator("#run-stop").focus()
    tab.page.locator("#run-stop").press("ArrowLeft")
    tab.wait(lambda: "80 of 80" in tab.page.locator("#rows tr").first.inner_text() and tab.page.locator("#run-stop").is_checked(), "the training does not end", 120)
    certified = tab.page.locator("#rows tr.best td").inner_text()
    tab.shot("trained")
    if int(certified.split()[0]) < 60:
        raise Failure(f"train: only {certified} points are certified in the end")
    before = tab.picture()
    tab.page.locator("#again").click()
    tab.changed(before, "start again")
    tab.close()
    return certified


def touch(browser, address, out, name):
    """A finger on the handles and on a slider, on a narrow screen."""
    tab = Tab(browser, address, out, name, 360, has_touch=True, is_mobile=True).open(PAGES[name]["state"])
    session = tab.context.new_cdp_session(tab.page)
    send = lambda kind, points: session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    for i in range(tab.page.locator(".handle").count()):
        handle = tab.page.locator(".handle").nth(i)
        handle.scroll_into_view_if_needed()
        box, before = handle.bounding_box(), tab.picture()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        send("touchStart", [{"x": x, "y": y}])
        for k in range(1, 7):
            send("touchMove", [{"x": x - 5 * k, "y": y - 5 * k}])
        send("touchEnd", [])
        tab.changed(before, f"a finger on handle {handle.get_attribute('data-handle')}")
    slider = tab.page.locator(f"#{PAGES[name]['timed']}")
    slider.scroll_into_view_if_needed()
    box, before = slider.bounding_box(), tab.picture()
    tab.page.touchscreen.tap(box["x"] + 0.45 * box["width"], box["y"] + box["height"] / 2)
    tab.changed(before, "a finger on a slider")
    tab.shot("touched")
    tab.close()


def redraws(browser, address, out, name):
    """Milliseconds from a change of a slider to the new picture."""
    tab = Tab(browser, address, out, name).open(PAGES[name]["state"])
    sizes(tab)
    control = next(c for c in json.loads(tab.page.locator("#page").text_content())["controls"] if c["ID"] == PAGES[name]["timed"])
    times = []
    for i in range(REDRAWS):
        value = control["Min"] + (control["Max"] - control["Min"]) * (0.25 + 0.5 * i / REDRAWS)
        times.append(round(tab.page.evaluate(REDRAW, [control["ID"], str(value)])))
        tab.settled()
    tab.close()
    return times


def sizes(tab):
    """First picture after at most 5 MB, all of it under 12 MB."""
    files = {p.name: p.stat().st_size for p in SITE.iterdir()}
    first, whole = sum(files[name] for name in tab.files), sum(files.values())
    if first > FIRST_PICTURE or whole > ALL_FILES:
        raise Failure(f"{tab.name}: the first live picture takes {first} bytes (limit {FIRST_PICTURE}), all pages {whole} ({ALL_FILES})")
    print(f"  {tab.name}: {first / 1e6:.2f} MB up to the first live picture, {whole / 1e6:.2f} MB all pages", flush=True)


def without_scripts(browser, address, out, name):
    """A still picture where nothing runs."""
    tab = Tab(browser, address, out, name, java_script_enabled=False)
    tab.page.goto(f"{address}{name}.html")
    if tab.page.locator("#picture svg").count() != 1 or not tab.page.locator("#text").inner_text():
        raise Failure(f"{name}: no still picture without scripts")
    tab.close()


def busy():
    """Whether other programs take so much of this machine that times say nothing about the pages; it is said loudly."""
    load, cores = os.getloadavg()[0], os.cpu_count()
    if load <= 3 * cores:
        return False
    print(f"\n*** TIMES ARE NOT JUDGED: the load is {load:.0f} on {cores} cores. Remedy: leave the machine alone, or set a limit with --slowest\n", file=sys.stderr)
    return True


def run(browser, address, out, names, limit, script):
    measured = {}
    for name in ("index", "method") if len(names) == len(PAGES) else ():
        look(browser, address, out, name, script)
    for name in names:
        look(browser, address, out, name, script)
        without_scripts(browser, address, out, name)
        operate(browser, address, out, name)
        touch(browser, address, out, name)
        if name == "train":
            print(f"  train: {training(browser, address, out)} points certified in the end", flush=True)
        times, goal = redraws(browser, address, out, name), PAGES[name]["goal"]
        measured[name], median = times, statistics.median(times)
        print(f"  {name}: redraw median {median:.0f} ms, greatest {max(times)} ms (goal {goal})", flush=True)
        if median > (limit or goal) and (limit or not busy()):
            raise Failure(f"{name}: a redraw takes {median:.0f} ms, more than {limit or goal:.0f}: leave the machine alone, or allow more with --slowest")
    (out / "redraw.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def axe_script(options):
    """The text of axe; None, which is said loudly, where it is not installed."""
    path = pathlib.Path(os.environ.get("TIGHTROPE_AXE", AXE))
    if path.is_file():
        return path.read_text(encoding="utf-8")
    what = f"axe is not at {path}: make test-browser installs it by npm; or name its axe.min.js with TIGHTROPE_AXE="
    if options.require_browser or "TIGHTROPE_AXE" in os.environ:
        raise Failure(what)
    print(f"\n*** THE PAGES WERE NOT LOOKED AT BY AXE: {what}\n", file=sys.stderr)
    return None


def main():
    parser = argparse.ArgumentParser(description="Drive the playground in a real browser.")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=f"pages (default {' '.join(PAGES)})")
    parser.add_argument("--out", type=pathlib.Path, default=REPO / "build" / "browser" / "play", help="folder of screenshots and times (default build/browser/play)")
    parser.add_argument("--require-browser", action="store_true", help="fail where there is no browser, instead of skipping")
    parser.add_argument("--slowest", type=float, default=0, help="fail where the median redraw of a page takes more ms (default: the goals, 150, and 400 of the digit)")
    options = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return skip("Playwright is not installed: make test-browser installs it (requirements-browser.txt)", options)
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, served(SITE) as address:
        try:
            path = find_browser(playwright)
            if path is None:
                return skip("no Chromium or Chrome was found", options)
            # Every other name and address leads nowhere: the network is off.
            browser = playwright.chromium.launch(executable_path=path, headless=True, args=[
                "--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"])
            print(f"the playground in {path}", flush=True)
            script = axe_script(options)
            run(browser, address, options.out, options.pages or PAGES, options.slowest, script)
            browser.close()
        except Failure as failure:
            print(f"FAILED: {failure}", file=sys.stderr)
            return 1
    found = "axe finds nothing" if script else "AXE WAS NOT INSTALLED"
    print(f"done: every page draws and answers mouse, keyboard and touch; {found}; pictures in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
