"""How the cost of ours grows with batch, width and depth, and what the large networks need: ms per sample and peak memory."""

import argparse
import os

import measure

SMALL = "conv({c},4,2,1) conv({d},4,2,1) fc100 fc10"


def small(width):
    return SMALL.format(c=16 * width, d=32 * width)


def deep(layers):
    """Small with so many further convolutions that keep its 14 x 14 positions."""
    return "conv(16,4,2,1) " + "conv(16,3,1,1) " * layers + "conv(32,4,2,1) fc100 fc10"


def cases(quick):
    """(group, what grows, architecture, task, method, samples of a call, memory); quick: every second or third point."""
    step = 3 if quick else 1
    for batch in (1, 2, 4, 8, 16, 32, 64, 128, 256)[::step]:
        yield "batch", batch, small(1), "verify", "fast-lin", batch, ""
    for batch in (1, 2, 4, 8, 16, 32, 64)[::step]:
        yield "batch, training", batch, small(1), "train", "fast-lin", batch, ""
    for width in (1, 2, 4, 8)[::step]:
        yield "width", width, small(width), "verify", "fast-lin", 8, ""
    for layers in (0, 1, 2, 3)[::step]:
        yield "depth", layers, deep(layers), "verify", "fast-lin", 8, ""
    for units in (100, 200, 400, 800, 1600)[:: 2 if quick else 1]:
        yield "width of 2 dense layers", units, f"fc{units} fc{units} fc10", "verify", "fast-lin", 16, ""
    for layers in (2, 4, 8, 16)[::step]:
        yield "depth of dense layers of 100", layers, "fc100 " * layers + "fc10", "verify", "fast-lin", 50, ""
    for memory in ("1GiB", "40MiB", "8MiB")[:: 2 if quick else 1]:
        yield "memory allowed, 8 images", memory, small(1), "verify", "fast-lin", 8, memory
    yield "Large", "CROWN-IBP training, batch 16", "large", "train", "crown-ibp", 16, ""
    yield "Large", "exact verification, 2 images", "large", "verify", "fast-lin", 2, ""
    yield "XLarge", "CROWN-IBP training, batch 16", "xlarge", "train", "crown-ibp", 16, ""
    yield "XLarge", "exact verification, 1 image, 2 GiB allowed", "xlarge", "verify", "fast-lin", 1, "2GiB"
    if not quick:
        yield "XLarge", "exact verification, 1 image", "xlarge", "verify", "fast-lin", 1, ""


def one(case, args):
    """A row: the group, what grows, ms a sample, peak MiB, seconds of the first call (with compilation)."""
    group, what, arch, task, method, batch, memory = case
    name = arch.replace(" ", "_").replace("(", "").replace(")", "").replace(",", "-").strip("_")
    flags = ["--weights", measure.prepare(name, arch), "--data", args.data, "--method", method, "--samples", batch, "--batch", batch,
             "--eps", args.eps, "--repeats", args.repeats, "--least", args.least, "--seconds", args.seconds, "--memory", memory]
    row = {"group": group, "what": str(what), "arch": arch, "task": task, "method": method, "batch": batch, "memory": memory}
    try:
        r = measure.run([measure.OURS, task, *map(str, flags)], args.limit)
    except measure.Failed as why:
        return row | {"failed": str(why)}
    return row | {"ms": measure.per_sample([r]), "peak_mib": r["peak_mib"], "first_s": r["first_s"], "device": r["device"]}


def text(row):
    if "failed" in row:
        return f"| {row['group']} | {row['what']} | {row['failed']} | | |"
    return f"| {row['group']} | {row['what']} | {measure.number(row['ms'])} | {row['peak_mib']:.0f} | {measure.number(row['first_s'])} |"


def table(head, rows):
    return "\n".join([
        f"{head['date']}; {head['machine']}; load average {head['load_before']:.1f} before, {head['load_after']:.1f} after; commit {head['commit']}.",
        f"Ours: {head['device']}. Small unless named, exact Fast-Lin, inputs: {head['inputs']}, eps {head['eps']}, box [0,1]; median of up to {head['repeats']} repeats.",
        "", "| what grows | value | ms a sample | peak MiB | first call, s (compiles) |", "| --- | --- | --- | --- | --- |", *map(text, rows)]) + "\n"


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--repeats", type=int, default=10)
    p.add_argument("--seconds", type=float, default=3)
    p.add_argument("--least", type=int, default=2, help="timed repeats in a process, at least")
    p.add_argument("--quick", action="store_true", help="fewer points and repeats: about 3 minutes")
    p.add_argument("--limit", type=float, default=300)
    p.add_argument("--eps", type=float, default=0.1)
    p.add_argument("--only", default="", help="only the groups whose name contains this")
    p.add_argument("--publish", action="store_true", help="write benchmarks/results and docs/performance.md too, not only build/benchmarks")
    args = p.parse_args()
    if args.quick:
        args.repeats, args.least, args.seconds = 8, 1, 1
    args.data, inputs = measure.samples(256)
    head, rows = measure.header() | {"inputs": inputs, "eps": args.eps, "repeats": args.repeats}, []
    for case in cases(args.quick):
        if args.only.lower() in case[0].lower():
            rows.append(one(case, args))
            print(text(rows[-1]), flush=True)
            head |= {"load_after": os.getloadavg()[0], "device": next((r["device"] for r in rows if "device" in r), "")}
            measure.write("growth", table(head, rows), head | {"rows": rows}, args.publish)


if __name__ == "__main__":
    main()
