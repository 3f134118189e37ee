"""Runs one measurement in a process of its own, for its peak memory, and describes the machine."""

import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "benchmarks"
OURS = str(BUILD / "ours")


class Failed(Exception):
    """A program that did not finish; its text says why."""


def expendable():
    """Where memory runs out, the measurement goes first, not its neighbours (Linux)."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:
        pass


def run(command, limit=900):
    """The program's JSON, with its peak memory in MiB; Failed where it dies or takes more than limit seconds."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, preexec_fn=expendable)
        status, usage = wait(child, limit)
        out.seek(0), err.seek(0)
        text = err.read().decode(errors="replace").strip().splitlines()
        if status:
            killed = "out of memory" if status == -9 else f"exit status {status}"
            raise Failed(f"{killed}: {text[-1] if text else 'no message'}"[:300])
        result = json.loads(out.read())
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return result | {"peak_mib": usage.ru_maxrss / scale}


def wait(child, limit):
    end = time.monotonic() + limit
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode, usage
        if time.monotonic() > end:
            child.kill()
            os.wait4(child.pid, 0)
            child.returncode = -9
            raise Failed(f"not done after {limit} s")
        time.sleep(0.02)


def prepare(name, arch, seed=1, source="mnist"):
    """The file of a seeded network for the samples of a data set, written once."""
    path = BUILD / f"{name.replace('/', '-')}.safetensors"
    if not path.exists():
        subprocess.run([OURS, "prepare", "--arch", arch, "--set", source, "--seed", str(seed), "--weights", path], check=True, cwd=ROOT)
    return path


def samples(count, source="mnist"):
    """The file of samples of a data set, and what they are."""
    path = BUILD / f"samples-{source}.safetensors"
    done = subprocess.run([OURS, "prepare", "--samples", str(count), "--set", source, "--data", path], check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return path, done.stdout.strip()


def per_sample(results):
    """Median ms per sample of the timed repeats of all rounds."""
    times = [t / r["samples"] for r in results for t in r["times_ms"] or []]
    return statistics.median(times) if times else None


def fastest(results):
    """The least ms per sample of all rounds, which other programs on the machine disturb least."""
    return min((t / r["samples"] for r in results for t in r["times_ms"] or []), default=None)


def peak(results):
    return max(r["peak_mib"] for r in results)


def cpu():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu()}{vectors()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def vectors():
    """The widest vector instructions, on which the ratios depend: " with AVX-512"; empty where Linux does not tell."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return ""
    return next((f" with {name}" for flag, name in [("avx512f", "AVX-512"), ("avx2", "AVX2"), ("avx", "AVX")] if flag in flags), "")


def commit():
    def git(*a):
        return subprocess.run(["git", *a], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no", "--", "pkg", "go.mod") else ""
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + changed


def header():
    """What every table begins with."""
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"), "machine": machine(),
            "commit": commit(), "load_before": os.getloadavg()[0]}


def number(x):
    return f"{x:.3g}" if x < 100 else f"{x:.0f}"


def write(name, table, document, publish):
    """Writes a table and what is behind it under build/; publish: under benchmarks/results and into docs/performance.md too."""
    for folder in [BUILD] + [ROOT / "benchmarks" / "results"] * publish:
        folder.mkdir(parents=True, exist_ok=True)
        replace(folder / f"{name}.md", table)
        replace(folder / f"{name}.json", compact(document) + "\n")
    if publish:
        page = ROOT / "docs" / "performance.md"
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, _, rest = page.read_text().partition(start)
        replace(page, f"{before}{start}\n{table}{end}{rest.partition(end)[2]}")


def compact(document):
    """JSON in one line, numbers to seven digits, which is what float32 has: the repository keeps these files."""
    rounded = json.loads(json.dumps(document), parse_float=lambda x: float(f"{float(x):.7g}"))
    return json.dumps(rounded, separators=(",", ":"))


def replace(path, text):
    """Writes a file whole or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False) as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    os.chmod(f.name, 0o644)
    os.replace(f.name, path)
