"""Installs the GoNB kernel into .venv/share/jupyter/kernels/gonb.

`gonb --install` writes the kernel's command and its logo; this adds the environment
that cells need (the Go toolchain, SIMD, the XLA plugin, goimports on the PATH), so
that the kernel works however Jupyter was started.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

REPO = pathlib.Path(__file__).resolve().parent.parent
DATA = REPO / ".venv" / "share" / "jupyter"
SPEC = DATA / "kernels" / "gonb" / "kernel.json"


def cell_environment() -> dict[str, str]:
    """Environment variables of every cell; ${PATH} is filled in by Jupyter."""
    path = [str(REPO / "bin"), "${PATH}"]
    go = shutil.which("go")
    if go is None:
        sys.exit("setup: go not found: install Go 1.21 or newer, then run make setup again")
    path.append(str(pathlib.Path(go).parent))
    flags = go_env(go, "GOFLAGS")
    return {
        "GOTOOLCHAIN": toolchain(go_env(go, "GOVERSION")),
        "GOEXPERIMENT": "simd",
        # Cells are linked anew at each run: without symbol tables that takes half the time.
        "GOFLAGS": " ".join(filter(None, [flags, "-ldflags=-s"])),
        "GOMLX_NO_AUTO_INSTALL": "1",
        "PJRT_PLUGIN_LIBRARY_PATH": str(REPO / ".venv" / "pjrt"),
        "PATH": os.pathsep.join(path),
    }


def go_env(go: str, name: str) -> str:
    """A variable of the Go toolchain that this repository is built with."""
    return subprocess.run([go, "env", name], cwd=REPO, capture_output=True, text=True, check=True).stdout.strip()


def toolchain(version: str) -> str:
    """GOTOOLCHAIN for cells: the very toolchain of `make`, so that cells share its build cache.

    With "auto" alone an older go command asks the network, at each start of a kernel, which
    toolchain is the newest; that fails without a network, and may give another one than make's.
    """
    return f"{version}+auto" if re.fullmatch(r"go\d+(\.\d+)+((rc|beta)\d+)?", version) else "auto"


def install() -> None:
    """Runs `gonb --install` with its data folder inside .venv, then completes kernel.json."""
    command = [str(REPO / "bin" / "gonb"), "--install", "--force_deps", f"--go_work={REPO}"]
    environment = dict(os.environ, JUPYTER_DATA_DIR=str(DATA), PATH=f"{REPO / 'bin'}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"setup: gonb --install failed: {done.stderr.strip()}")
    spec = json.loads(SPEC.read_text())
    spec["env"] = cell_environment()
    unfinished = SPEC.with_suffix(".tmp")
    unfinished.write_text(json.dumps(spec, indent=1) + "\n")
    unfinished.replace(SPEC)


if __name__ == "__main__":
    install()
    print(f"setup: GoNB kernel installed in {SPEC.parent.relative_to(REPO)}")
