#!/usr/bin/env bash
# Makes the repository's own .venv: JupyterLab, nbconvert, HiGHS, and (Linux x86-64)
# the XLA CPU plugin as .venv/pjrt/pjrt_c_api_cpu_plugin.so.
# Safe to run again: it does only what is missing or out of date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-python3}

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}
# current FILE STAMP: whether STAMP was made from this very FILE.
current() { cmp -s "$1" "$2"; }

check_python() {
    command -v "$python" >/dev/null ||
        fail "$python not found: install Python 3.10 or newer, or name one: make setup PYTHON=/path/to/python3"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        fail "$("$python" --version) is too old: JupyterLab needs 3.10 or newer; name one: make setup PYTHON=/path/to/python3"
}

make_venv() {
    # A virtual environment holds absolute paths: one that was moved here must be made anew.
    if [ -d .venv ] && [ "$(cat .venv/.made-at 2>/dev/null)" != "$PWD" ]; then
        say "the .venv was made in another folder or not completed: making it anew"
        rm -rf .venv
    fi
    [ -d .venv ] && return
    say "making .venv with $("$python" --version)"
    "$python" -m venv .venv || {
        rm -rf .venv
        fail "$python -m venv failed: install its venv module (Debian, Ubuntu: apt install python3-venv) and run make setup again"
    }
    mkdir -p .venv/jupyter
    printf '%s\n' "$PWD" >.venv/.made-at
}

install_packages() {
    current requirements.txt .venv/.requirements.txt && return
    say "installing JupyterLab, nbconvert and HiGHS from requirements.txt (pinned, hashed)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt ||
        fail "pip could not install requirements.txt (see above): check the network, then run make setup again"
    cp requirements.txt .venv/.requirements.txt
}

install_plugin() {
    if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
        say "*** the XLA CPU plugin is packaged for Linux x86-64 only, this is $(uname -s) $(uname -m):"
        say "*** the pure-Go backend will be used (slower, same code). See: bin/tightrope doctor"
        return
    fi
    current requirements-xla.txt .venv/.requirements-xla.txt && [ -e .venv/pjrt/pjrt_c_api_cpu_plugin.so ] && return
    say "installing the XLA CPU plugin from requirements-xla.txt (63 MB)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-xla.txt || {
        say "*** the XLA CPU plugin could not be installed (see above): the pure-Go backend will be used."
        return
    }
    link_plugin
    cp requirements-xla.txt .venv/.requirements-xla.txt
}

# The library is found without importing the package; the link is relative to .venv/pjrt.
link_plugin() {
    local library
    library=$(cd .venv && ls lib/python*/site-packages/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so) ||
        fail "the plugin's package holds no pjrt_c_api_cpu_plugin.so"
    mkdir -p .venv/pjrt
    ln -sfn "../$library" .venv/pjrt/pjrt_c_api_cpu_plugin.so
}

check_python
make_venv
install_packages
install_plugin
say "Python packages are in .venv"
