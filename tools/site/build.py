"""Builds the site from what is committed, running nothing: .venv/bin/python tools/site/build.py NOTEBOOK...  (make site)

The references come from `tightrope docs` and `internal/book`, which the Makefile runs first. The site is built beside its
place, checked by crawl.py, and then put there; the playground that make playground built stays in it.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

import assemble
import crawl

HERE = pathlib.Path(__file__).resolve().parent


def sphinx(sources, work, out):
    """Runs Sphinx; whether it ended well and without a warning."""
    environment = os.environ | {"SITE_FONTS": str((work / "fonts").resolve()), "SITE_EXTRA": str((work / "extra").resolve())}
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-j", "auto", "-b", "html", "-c", str(HERE), "-d", str(work / "doctrees"),
               str(sources), str(out)]
    return subprocess.run(command, env=environment, check=False).returncode == 0


def build(notebooks, out, work):
    """Builds the site at out with the help of the folder work; a list of what is wrong with it."""
    if out.exists() and any(out.iterdir()) and not ((out / "index.html").is_file() or (out / "play").is_dir()):
        raise OSError(f"{out} holds something else than a site: name another folder")
    fresh = out.with_name(out.name + ".tmp")
    shutil.rmtree(fresh, ignore_errors=True)
    assemble.assemble(notebooks, work / "sources", work, out / "play")
    problems = [] if sphinx(work / "sources", work, fresh) else ["Sphinx reported errors or warnings (see above)"]
    shutil.rmtree(fresh / ".doctrees", ignore_errors=True)
    if (out / "play").is_dir():
        shutil.copytree(out / "play", fresh / "play")
    problems += crawl.faults(fresh)
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)
    return problems


def main():
    parser = argparse.ArgumentParser(description="Build one static site from docs, executed notebooks, figures and references.")
    parser.add_argument("notebooks", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/site"), help="folder of the site, which is replaced (default build/site)")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("build/book"), help="folder of the references, and of what is kept between builds (default build/book)")
    options = parser.parse_args()
    try:
        problems = build(options.notebooks, options.out, options.work)
    except (OSError, ValueError) as error:
        sys.exit(f"site: {error}: run `make site`, and check the disk")
    for problem in problems:
        print(f"FAILED {problem}", file=sys.stderr)
    print(f"site: {(options.out / 'index.html').resolve()}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
