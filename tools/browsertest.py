"""Drives JupyterLab in a real browser: .venv/bin/python tools/browsertest.py (make test-browser)

Opens 01_relaxations and 02_toy_tightness in headless Chromium with every other host cut off,
runs their cells one after another and, in every live cell, drags a slider with the mouse, moves
all controls by keyboard, sees picture, values and text change, tries to move l above u, measures
how long a redraw takes, presses Stop, and runs the next cell. Then it loses the answers that a
live cell waits for: the first one (the cell has to ask again and to work), and all of them (it
has to say how to go on). Screenshots and the measured times are kept in build/browser.

The browser is $TIGHTROPE_BROWSER, Playwright's own, or a Chromium or Chrome on the PATH.
Without one the test is skipped, which it says loudly; --require-browser fails instead.
"""

import argparse
import contextlib
import json
import os
import pathlib
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

REPO = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOKS = ("01_relaxations", "02_toy_tightness")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
REMEDY = (
    "install one (Debian, Ubuntu: apt install chromium; macOS: Google Chrome; anywhere: "
    ".venv/bin/python -m playwright install chromium), or name one: TIGHTROPE_BROWSER=/path/to/chromium make test-browser"
)
REDRAWS = 15
GOAL_MS = 150

# Moves a slider as a drag does, and tells after how many ms the page showed the picture of the new value.
REDRAW = """([slider, value]) => new Promise((resolve, reject) => {
    const cell = slider.closest('.jp-Cell');
    const before = cell.querySelector('svg[role=img]').outerHTML;
    const start = performance.now();
    const observer = new MutationObserver(() => {
        const now = cell.querySelector('svg[role=img]');
        if (now && now.outerHTML !== before) { observer.disconnect(); resolve(performance.now() - start); }
    });
    observer.observe(cell, {childList: true, subtree: true});
    setTimeout(() => { observer.disconnect(); reject(new Error('the picture did not change')); }, 20000);
    slider.value = value;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
})"""

# Loses what GoNB's script in the page asks the kernel first, as often as window.lose says; without an answer within half a
# second the script gives up, as it does on a busy machine. A live cell has it ask once in each attempt.
LOSE = """window.lose = (times) => { window.left = times; window.lost = 0; };
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
    if (window.left > 0 && typeof data === 'string' && data.includes('"comm_open"') && data.includes('gonb_comm')) {
        window.left--;
        window.lost++;
        return;
    }
    return send.call(this, data);
};"""


class Failure(Exception):
    """What the test found wrong, in one line."""


def find_browser(playwright):
    """The path of a browser, or None."""
    named = os.environ.get("TIGHTROPE_BROWSER")
    if named:
        if not shutil.which(named):
            raise Failure(f"TIGHTROPE_BROWSER={named} cannot be run: name a Chromium or Chrome, or unset it")
        return named
    own = playwright.chromium.executable_path
    if os.path.exists(own):
        return own
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def copy_without_outputs(folder, names):
    """Copies the notebooks, so that the test changes nothing, and drops their saved pictures."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in names:
        notebook = json.loads((REPO / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def silence_news(out):
    """JupyterLab's question whether it may fetch news covers a part of the page."""
    file = out / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"fetchNews": "false"}\n', encoding="utf-8")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def jupyter_environment(out):
    """As `make lab` starts it, but with settings of its own."""
    venv = REPO / ".venv"
    env = dict(
        os.environ,
        JUPYTER_CONFIG_DIR=str(out / "config"),
        JUPYTERLAB_SETTINGS_DIR=str(out / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(out / "workspaces"),
        JUPYTER_DATA_DIR=str(venv / "share" / "jupyter"),
        JUPYTER_RUNTIME_DIR=str(venv / "jupyter" / "runtime"),
        IPYTHONDIR=str(venv / "jupyter" / "ipython"),
    )
    env.pop("TIGHTROPE_BATCH", None)  # cells are to be live
    return env


@contextlib.contextmanager
def jupyterlab(folder, out):
    """Starts JupyterLab on the folder; gives its address with the token."""
    port, token = free_port(), secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0",
               f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}", "--allow-root"]
    with open(out / "jupyter.log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(command, env=jupyter_environment(out), stdout=log, stderr=log)
        try:
            wait_for_server(server, f"http://127.0.0.1:{port}/api", out / "jupyter.log")
            yield f"http://127.0.0.1:{port}/lab/tree/{{}}.ipynb?reset&token={token}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def wait_for_server(server, address, log, seconds=240):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise Failure(f"JupyterLab ended with {server.returncode}: see {log}")
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(address, timeout=5)
            return
        time.sleep(0.3)
    raise Failure(f"JupyterLab did not answer within {seconds} s: see {log}")


def pictures(cell):
    """How many still pictures a cell shows."""
    return cell.locator(".jp-OutputArea-output img, .jp-OutputArea-output svg").count()


class Page:
    """One notebook in the browser."""

    def __init__(self, page, name, out):
        self.page, self.name, self.out, self.shots = page, name, out, 0
        self.times = []
        cells = json.loads((out / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        self.sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]

    def open(self, address):
        try:
            self.load(address)
        except Exception as error:
            self.screenshot("not-opened")
            raise Failure(f"{self.name} did not open: {str(error).splitlines()[0]}: see build/browser/jupyter.log") from error

    def load(self, address):
        self.page.goto(address.format(self.name))
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=180_000)
        # JupyterLab adds the cells one after another while it is idle.
        self.page.wait_for_function("n => document.querySelectorAll('.jp-Notebook .jp-CodeCell').length === n", arg=len(self.sources), timeout=180_000)
        # GoNB does not say that it is idle before the first cell; what is run earlier waits in a queue.
        self.page.locator(".jp-KernelName, .jp-Toolbar-kernelName").filter(has_text="gonb", visible=True).first.wait_for(timeout=180_000)

    def screenshot(self, what):
        self.shots += 1
        path = self.out / f"{self.name}-{self.shots:02}-{what}.png"
        try:
            self.page.screenshot(path=path, timeout=120_000)
        except Exception as error:
            raise Failure(f"{self.name}: no screenshot {what}: {str(error).splitlines()[0]}") from error
        print(f"  {path.relative_to(REPO)}", flush=True)

    def run_all_cells(self):
        cells = self.page.locator(".jp-Notebook .jp-CodeCell")
        for i in range(len(self.sources)):
            self.run_cell(cells.nth(i), i + 1)
        if not self.times:
            raise Failure(f"{self.name} has no live cell")

    def start(self, cell):
        """Runs a cell. JupyterLab forgets it now and then while a kernel starts: then the keys are pressed again."""
        prompt = cell.locator(".jp-InputPrompt")
        for _ in range(4):
            # Not into the editor: JupyterLab makes a new one when a cell comes into view.
            prompt.click()
            self.page.keyboard.press("Control+Enter")
            end = time.monotonic() + 20
            while time.monotonic() < end:
                if "*" in prompt.inner_text():
                    return
                time.sleep(0.02)
        raise Failure("JupyterLab does not run the cell")

    def run_cell(self, cell, number):
        """Runs one cell, which must show a picture or a text; a live one is played with and stopped."""
        live = "lab.Live(" in self.sources[number - 1]
        try:
            self.start(cell)
            if live:
                self.play(cell, number)
            self.wait_until_ended(cell)
        except Exception as error:
            self.screenshot(f"cell-{number}-failed")
            raise Failure(f"{self.name}, code cell {number}: {str(error).splitlines()[0]}") from error
        text = cell.locator(".jp-OutputArea").inner_text().strip()
        if not text and not pictures(cell) or cell.locator('[data-mime-type*="error"]').count() or "error:" in text or "panic:" in text:
            self.screenshot(f"cell-{number}-failed")
            raise Failure(f"{self.name}, code cell {number} failed or shows nothing: {' '.join(text.split())[:300]}")
        if live and pictures(cell) != 1:
            raise Failure(f"{self.name}, code cell {number}: not exactly one still picture after Stop")
        if live:
            cell.locator(".jp-OutputArea").scroll_into_view_if_needed()
            self.screenshot(f"cell-{number}-stopped")

    def wait_until_ended(self, cell, seconds=120):
        prompt = cell.locator(".jp-InputPrompt")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if prompt.inner_text().strip("[]: \n").isdigit():
                return
            time.sleep(0.1)
        raise Failure(f"did not end within {seconds} s")

    def play(self, cell, number):
        self.ready(cell)
        slider, picture = cell.locator("input[type=range]").first, cell.locator("svg[role=img]")
        picture.scroll_into_view_if_needed()
        self.screenshot(f"cell-{number}-live")
        self.changes(cell, lambda: self.drag(slider), "dragging the first slider")
        time.sleep(0.5)  # JupyterLab moves the focus a moment later
        if not slider.evaluate("s => s === document.activeElement"):
            raise Failure("a slider that was dragged has not the focus")
        self.changes(cell, lambda: self.page.keyboard.press("ArrowRight"), "an arrow key after the drag")
        time.sleep(0.5)  # the redraws of the drag's last steps
        picture.scroll_into_view_if_needed()
        self.screenshot(f"cell-{number}-dragged")
        self.by_keyboard(cell)
        self.in_order(cell)
        self.times.append((number, self.redraw_times(slider)))
        cell.get_by_role("button", name="Stop").focus()
        self.page.keyboard.press("Enter")

    def ready(self, cell, seconds=120):
        """Waits until a live cell has connected and drawn."""
        cell.locator("svg[role=img]").wait_for(timeout=1000 * seconds)
        cell.get_by_role("button", name="Stop").wait_for(timeout=30_000)

    def shown(self, cell):
        return cell.evaluate("c => c.querySelector('svg[role=img]')?.outerHTML + c.querySelector('.tightrope-said')?.textContent")

    def changes(self, cell, move, what):
        """Does something that has to give another picture or another text."""
        before = self.shown(cell)
        move()
        end = time.monotonic() + 20
        while self.shown(cell) == before:
            if time.monotonic() > end:
                raise Failure(f"{what} changes nothing")
            time.sleep(0.02)

    def by_keyboard(self, cell):
        """Tab reaches every control in its order, shows the focus, and arrow keys move it; each has a label and a value."""
        controls = cell.locator(".tightrope-panel input, .tightrope-panel select")
        controls.first.focus()
        for i in range(controls.count()):
            control = controls.nth(i)
            if not control.evaluate("c => c === document.activeElement && c.matches(':focus-visible') && getComputedStyle(c).outlineStyle !== 'none'"):
                raise Failure(f"control {i + 1} has no visible focus after Tab")
            name = control.evaluate("c => c.labels.length === 1 ? c.labels[0].textContent : ''")
            value = lambda: control.evaluate("c => c.tagName === 'SELECT' ? c.value : c.nextElementSibling.textContent + '|' + c.getAttribute('aria-valuetext')")
            before = value()
            at_end = control.evaluate("c => c.tagName !== 'SELECT' && Number(c.value) >= Number(c.max)")
            self.page.keyboard.press("ArrowLeft" if at_end else "ArrowDown" if control.evaluate("c => c.tagName === 'SELECT'") else "ArrowRight")
            time.sleep(0.3)
            if not name or value() == before:
                raise Failure(f"control {i + 1} has no label, or a key does not change its value: {name!r} {before!r} {value()!r}")
            self.page.keyboard.press("Tab")

    def in_order(self, cell):
        """A number that stays below another cannot be moved past it, nor the other past it."""
        names = cell.locator(".tightrope-panel label").all_inner_texts()
        if names[:2] != ["l", "u"]:
            return
        number = lambda i: float(cell.locator(".tightrope-panel output").nth(i).inner_text().replace("\N{MINUS SIGN}", "-"))
        # l to its end, u down to l, l away, u down to l again, l up to u.
        for i, key, times, meets in ((0, "End", 1, False), (1, "Home", 1, True), (0, "PageDown", 3, False), (1, "Home", 1, True), (0, "End", 1, True)):
            cell.locator(".tightrope-panel input").nth(i).focus()
            for _ in range(times):
                self.page.keyboard.press(key)
            time.sleep(1)
            at_end = cell.locator(".tightrope-panel input").nth(i).evaluate("c => c.value === c.min || c.value === c.max")
            apart, said = number(1) - number(0), cell.locator(".tightrope-said").inner_text()
            if apart <= 0 or meets and apart > 0.05 and not at_end or "No picture" in said:
                raise Failure(f"{key} on {names[i]} leaves l = {number(0)}, u = {number(1)}: {said}")

    def lose_answers(self):
        """The first live cell once more, while answers get lost: one, so that it asks again, and all of them."""
        number = next(i for i, source in enumerate(self.sources) if "lab.Live(" in source) + 1
        for what, lose in (("first-answer-lost", 1), ("all-answers-lost", 1000), ("run-again", 0)):
            try:
                self.lose(self.page.locator(".jp-Notebook .jp-CodeCell").nth(number - 1), f"cell-{number}-{what}", lose)
            except Exception as error:
                self.screenshot(f"cell-{number}-{what}-failed")
                raise Failure(f"{self.name}, code cell {number}, {what}: {str(error).splitlines()[0]}") from error

    def lose(self, cell, what, lose):
        """Runs a live cell while so many questions to the kernel get lost."""
        self.page.evaluate("times => { globalThis.gonb_comm?.close(1000, 'test'); window.lose(times) }", lose)
        self.start(cell)
        all_lost = lose > 1
        if not all_lost:
            self.ready(cell)
            self.changes(cell, lambda: self.drag(cell.locator("input[type=range]").first), "dragging")
            cell.get_by_role("button", name="Stop").click()
        self.wait_until_ended(cell)
        cell.locator(".jp-OutputArea").scroll_into_view_if_needed()
        self.screenshot(what)
        lost, said = self.page.evaluate("window.lost"), "Run this cell again" in cell.locator(".jp-OutputArea").inner_text()
        print(f"  {what}: {lost} questions got no answer", flush=True)
        if said != all_lost or pictures(cell) != 1 or (lost < 2 if all_lost else lost != lose):
            raise Failure(f"{lost} lost, {pictures(cell)} pictures, says how to go on: {said}")

    def drag(self, slider):
        """Drags the slider's handle to a quarter of its way, step by step."""
        slider.scroll_into_view_if_needed()
        low, high, value = (float(slider.evaluate(f"s => s.{p}")) for p in ("min", "max", "value"))
        box = slider.bounding_box()
        # The handle's middle stays half its width (8 px) inside both ends.
        at = lambda part: box["x"] + 8 + part * (box["width"] - 16)
        y = box["y"] + box["height"] / 2
        self.page.mouse.move(at((value - low) / (high - low)), y)
        self.page.mouse.down()
        self.page.mouse.move(at(0.25), y, steps=8)
        self.page.mouse.up()

    def redraw_times(self, slider):
        """Milliseconds from a change of the slider to the new picture."""
        low, high = (int(slider.evaluate(f"s => s.{p}")) for p in ("min", "max"))
        handle = slider.element_handle()
        values = [low + round((high - low) * (0.3 + 0.4 * i / REDRAWS)) for i in range(REDRAWS)]
        times = []
        for value in values:
            times.append(round(self.page.evaluate(REDRAW, [handle, value])))
            time.sleep(0.1)
        return times


def report(name, times):
    """Prints the redraw times and gives them for the file."""
    for number, ms in times:
        print(f"  {name}, code cell {number}: redraw median {statistics.median(ms):.0f} ms, greatest {max(ms)} ms, "
              f"{sum(t > GOAL_MS for t in ms)} of {len(ms)} above {GOAL_MS} ms", flush=True)
    return [{"notebook": name, "cell": number, "milliseconds": ms} for number, ms in times]


def run(playwright, browser_path, out, names, slowest):
    folder = out / "notebooks"
    copy_without_outputs(folder, names)
    silence_news(out)
    measured = []
    with jupyterlab(folder, out) as address:
        # --no-sandbox: Chromium refuses to start as root otherwise, as in many containers; only our own page is opened.
        # Every other name and address leads nowhere: the network is off.
        browser = playwright.chromium.launch(executable_path=browser_path, headless=True, args=[
            "--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"])
        try:
            for name in names:
                print(f"{name} in {browser_path}", flush=True)
                page = Page(browser.new_page(viewport={"width": 1300, "height": 1000}), name, out)
                page.page.add_init_script(LOSE)
                page.open(address)
                page.run_all_cells()
                page.lose_answers()
                measured += report(name, page.times)
        finally:
            browser.close()
    (out / "redraw.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    for m in measured:
        if (median := statistics.median(m["milliseconds"])) > slowest:
            raise Failure(f"{m['notebook']}, code cell {m['cell']}: a redraw takes {median:.0f} ms, more than {slowest} ms")


def main():
    parser = argparse.ArgumentParser(description="Drive the live cells of the notebooks in a real browser.")
    parser.add_argument("notebooks", nargs="*", metavar="NAME", help=f"notebooks with live cells (default {' '.join(NOTEBOOKS)})")
    parser.add_argument("--out", type=pathlib.Path, default=REPO / "build" / "browser", help="folder of screenshots and times (default build/browser)")
    parser.add_argument("--require-browser", action="store_true", help="fail where there is no browser, instead of skipping")
    parser.add_argument("--slowest", type=float, default=1000, help=f"fail where the median redraw of a cell takes more ms (default 1000, for busy machines; the goal is {GOAL_MS})")
    options = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return skip("Playwright is not installed: make test-browser installs it (requirements-browser.txt)", options)
    options.out.mkdir(parents=True, exist_ok=True)
    for old in options.out.glob("*.png"):
        old.unlink()
    with sync_playwright() as playwright:
        try:
            browser = find_browser(playwright)
            if browser is None:
                return skip(f"no Chromium or Chrome was found: {REMEDY}", options)
            run(playwright, browser, options.out.resolve(), options.notebooks or NOTEBOOKS, options.slowest)
        except Failure as failure:
            print(f"FAILED: {failure}", file=sys.stderr)
            return 1
    print(f"done: every live cell drew, answered mouse and keyboard, stopped, let the next one run, and survived lost answers; pictures in {options.out}")
    return 0


def skip(why, options):
    print(f"\n*** THE BROWSER TEST WAS SKIPPED: {why}\n", file=sys.stderr)
    return 1 if options.require_browser else 0


if __name__ == "__main__":
    sys.exit(main())
