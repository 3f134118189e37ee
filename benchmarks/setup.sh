#!/usr/bin/env bash
# Makes benchmarks/.venv with the peers: torch (for the CPU), convex_adversarial. Safe to run again.
# auto_LiRPA is not on the package index in a version that installs; it takes part where this venv can import it
# (PYTHONPATH is passed on).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
python=${PYTHON:-python3}
stamp=.venv/.requirements

fail() {
    printf 'bench-peers: %s\n' "$*" >&2
    exit 1
}
wanted() { printf '%s\n' "$PWD" && cat requirements.txt requirements-convex.txt cpu_only.py; }
pip() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes "$@" ||
        fail "pip could not install the peers (see above): check the network, or the Python version (3.11 or newer): PYTHON=/path/to/python3"
}

wanted | cmp -s - "$stamp" && exit 0
printf 'bench-peers: setting up the peers in benchmarks/.venv (torch is a download of 540 MB)\n'
rm -rf .venv
"$python" -m venv .venv || fail "$python -m venv failed: install its venv module (Debian, Ubuntu: apt install python3-venv)"
pip -r requirements.txt
pip --no-build-isolation -r requirements-convex.txt
if [ "$(uname -s)" = Linux ]; then
    .venv/bin/python cpu_only.py || fail "stand-ins for the CUDA libraries could not be made: they need a C compiler (cc) and binutils"
fi
.venv/bin/python -W ignore -c 'import torch, convex_adversarial; torch.ones(2, 2) @ torch.ones(2, 2)' ||
    fail "the peers do not import (see above)"
wanted >"$stamp"
