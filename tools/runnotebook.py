"""Runs notebooks from clean kernels: .venv/bin/python tools/runnotebook.py --out build NOTEBOOK...

For each notebook it writes OUT/NAME.ipynb (executed), OUT/NAME.html and OUT/NAME.kernel.log,
says how long each cell took, and checks the cells with checknotebook.py; it ends with 1
where one of them went wrong. The notebook itself is changed only with --in-place.
"""

import argparse
import atexit
import copy
import os
import pathlib
import sys
import time

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter

import checknotebook


class ToldClient(NotebookClient):
    """A notebook client that says on the terminal which cell runs and for how long."""

    def tell(self, cell, cell_index, **_):
        if cell.cell_type == "code":
            self.started = time.monotonic()
            print(f"  cell {cell_index + 1}/{len(self.nb.cells)}: {checknotebook.title(cell)}", flush=True)

    def tell_time(self, cell, cell_index, **_):
        seconds = time.monotonic() - self.started
        if seconds >= 1:
            print(f"    {seconds:.1f} s", flush=True)


def missing_kernel(notebook):
    """What to do where the notebook's kernel is not installed, else None. (nbclient would end with a traceback.)"""
    name = notebook.metadata.get("kernelspec", {}).get("name", "gonb")
    try:
        KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        return f"the kernel {name} is not installed here: run `make setup`, then `make notebooks`"
    return None


def execute(path, log, timeout):
    """Runs all cells in the notebook's own folder; it returns the notebook and what stopped it, if anything."""
    notebook = nbformat.read(path, as_version=4)
    if missing := missing_kernel(notebook):
        return notebook, missing
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    # Cells that fail do not stop the others: the checker reports all of them.
    client = ToldClient(notebook, timeout=timeout, allow_errors=True, resources={"metadata": {"path": str(path.parent)}})
    client.on_cell_start, client.on_cell_executed = client.tell, client.tell_time
    try:
        client.execute(stderr=log, stdout=log)
    except CellTimeoutError:
        return notebook, f"a cell ran longer than {timeout} s (see --timeout)"
    except DeadKernelError:
        return notebook, f"the kernel died: see {log.name}"
    except RuntimeError as error:
        # nbclient would stop, at exit, a kernel that never started.
        atexit.unregister(client._cleanup_kernel)
        return notebook, f"the kernel did not start ({error}): run `make setup`, or see {log.name}"
    return notebook, None


def write(path, text):
    """Writes a file as a whole or not at all."""
    unfinished = path.with_name(path.name + ".tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def clean_metadata(notebook):
    """Drops when each cell ran: it differs from run to run and tells a reader nothing."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)


def page(notebook, name):
    """The executed notebook as one HTML page, with the colours of Go for its code, which GoNB leaves open."""
    shown = copy.deepcopy(notebook)
    shown.metadata.setdefault("language_info", {"name": "go"})["pygments_lexer"] = "go"
    # Not embed_images: it breaks tags such as <sub> apart; our pictures are in the notebook anyway.
    return HTMLExporter().from_notebook_node(shown, resources={"metadata": {"name": name}})[0]


def run(path, out, timeout, in_place):
    """Runs, writes, checks one notebook; it returns whether all cells ran well."""
    print(f"running {path} (from a clean kernel)", flush=True)
    started = time.monotonic()
    log_path = out / f"{path.stem}.kernel.log"
    with open(log_path, "w", encoding="utf-8") as log:
        notebook, stopped = execute(path, log, timeout)
    clean_metadata(notebook)
    problems = checknotebook.notebook_problems(notebook)
    if stopped:
        problems.insert(0, stopped)
    executed, html = out / path.name, out / f"{path.stem}.html"
    write(executed, nbformat.writes(notebook) + "\n")
    write(html, page(notebook, path.stem))
    if in_place and not problems:
        write(path, nbformat.writes(notebook) + "\n")
    for problem in problems:
        print(f"FAILED {path}: {problem}", file=sys.stderr)
    print(f"{'FAILED' if problems else 'done'}: {path} in {time.monotonic() - started:.0f} s")
    print(f"  executed page: {html.resolve()}\n  executed notebook: {executed.resolve()}\n  kernel's log: {log_path.resolve()}", flush=True)
    return not problems


def main():
    parser = argparse.ArgumentParser(description="Run Go notebooks from clean kernels and check every cell.")
    parser.add_argument("notebooks", nargs="*", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build"), help="folder for the executed notebooks (default build)")
    parser.add_argument("--timeout", type=int, default=1800, help="seconds that one cell may take (default 1800)")
    parser.add_argument("--in-place", action="store_true", help="also put the outputs into the notebook itself, if all cells ran well")
    options = parser.parse_args()
    if not options.notebooks:
        sys.exit("runnotebook: no notebook named (is notebooks/ empty?)")
    missing = [str(path) for path in options.notebooks if not path.is_file()]
    if missing:
        sys.exit(f"runnotebook: no such notebook: {', '.join(missing)}")
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        good = [run(path, options.out, options.timeout, options.in_place) for path in options.notebooks]
    except OSError as error:
        sys.exit(f"runnotebook: cannot write to {options.out}: {error}")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    # A page is read by people without a kernel: cells must not wait for a click.
    os.environ.setdefault("TIGHTROPE_BATCH", "1")
    main()
