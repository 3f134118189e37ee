"""Packs the results of tools/gpu/run into at most 8 files of at most 16 MiB: collect.py WORK OUT.

records.tar.xz: records, metrics and recipes of all runs, reports and logs; models-N.tar.xz and checkpoints-N.tar.xz: the rest, the
most telling first. What does not fit is named on stdout and left out. Files are named in letters, digits, '.' and '-' only.
"""

import io
import sys
import tarfile
from pathlib import Path

MOST_FILES, MOST_BYTES = 6, 16 << 20  # beside the log and a spare
SMALL = ("record.json", "metrics.jsonl", "recipe.json")


def archives(groups):
    """Yields (name, bytes) for lists of (path, name in the archive), cutting a group that is too large into several archives."""
    for name, files in groups:
        part, held, number = [], 0, 1
        for path, inside in files:
            size = path.stat().st_size
            if part and held + size > MOST_BYTES * 0.95:
                yield f"{name}-{number}.tar.xz", packed(part)
                part, held, number = [], 0, number + 1
            part.append((path, inside))
            held += size
        if part:
            yield f"{name}-{number}.tar.xz", packed(part)


def packed(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz", preset=1) as tar:
        for path, inside in files:
            tar.add(path, arcname=inside, recursive=False)
    return buffer.getvalue()


def groups(work):
    """The groups of files, the most telling first. A run that has ended needs no checkpoint."""
    runs = sorted(p for p in (work / "runs").glob("*") if p.is_dir() and not p.name.startswith("."))
    ended = {r for r in runs if (r / "record.json").exists()}

    def of(names, among):
        return [(r / n, f"runs/{r.name}/{n}") for r in among for n in names if (r / n).exists()]

    logs = [(p, f"logs/{p.name}") for p in sorted((work / "logs").glob("*")) if p.is_file()]
    logs += [(p, f"logs/{p.name.lstrip('.')}") for p in sorted((work / "runs" / ".sweeps").glob("*.log"))]
    reports = [(p, p.name) for p in sorted(work.glob("selftest-*.json"))] + [(p, f"runs/{p.name}") for p in sorted((work / "runs").glob("sweep.*"))]
    return [
        ("records", reports + of(SMALL, runs) + logs),
        ("models", of(("model.safetensors",), sorted(ended))),
        ("checkpoints", of(("checkpoint.safetensors", "best.safetensors"), [r for r in runs if r not in ended])),
        ("chosen", of(("best.safetensors",), sorted(ended))),
    ]


def main():
    work, out = Path(sys.argv[1]), Path(sys.argv[2])
    written = 0
    for name, content in archives(groups(work)):
        if written == MOST_FILES or len(content) > MOST_BYTES:
            print(f"LEFT OUT: {name}, {len(content)} bytes")
            continue
        (out / name).write_bytes(content)
        written += 1
        print(f"{name}: {len(content) / 2**20:.2f} MiB")
    for report in work.glob("selftest-*.json"):  # readable without unpacking, if there is room
        if written < MOST_FILES + 1:
            (out / report.name).write_bytes(report.read_bytes())
            written += 1


if __name__ == "__main__":
    main()
