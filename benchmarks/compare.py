"""Ours and the peers', alternately, on the same weights, inputs and eps: one table of ms per sample and peak memory.

`make bench-peers` runs it. Every measurement is a process of its own; bounds and losses must agree.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent
PYTHON = str(HERE / ".venv" / "bin" / "python")
CONVEX, LIRPA, TORCH = "convex_adversarial", "auto_LiRPA", "torch"
MODELS = measure.ROOT / "pkg/verify/testdata/models"
TRAINED = {"trained-small": MODELS / "mnist_cnn_small_lpd.safetensors", "trained-mlp": MODELS / "lpd_mlp_b_0.1.safetensors"}
# A residual network small enough for exact bounds of the peer.
ARCHITECTURES = {"residual": "conv(8,4,2,1) block(8,1) block(16,2) fc100 fc10"}


@dataclass
class Case:
    """One row: a task of a network, and its peers with what was once published of them (ms a sample)."""

    title: str
    network: str
    task: str
    method: str = "fast-lin"
    samples: int = 50
    batch: int = 0  # 0: all samples
    projections: int = 0
    peers: dict = field(default_factory=dict)
    target: float = 0  # ms a sample, of the project's own plan
    source: str = "mnist"  # data set of the samples
    least: int = 0  # timed repeats, where more are needed than args.least: ours compiles while a trained network's unstable units become more or fewer

    def flags(self, args):
        known = TRAINED | ARCHITECTURES
        weights = measure.prepare(self.network, known.get(self.network, self.network), source=self.source)
        return ["--weights", weights, "--data", args.data[self.source], "--method", self.method, "--samples", self.samples, "--eps", args.eps,
                "--batch", self.batch or self.samples, "--projections", self.projections, "--repeats", args.repeats, "--least", max(self.least, args.least), "--seconds", args.seconds]


BOTH = {CONVEX: None, LIRPA: None}
CASES = [
    Case("only started", "small", "idle", samples=8, peers=BOTH | {TORCH: None}),
    Case("mlp-2x100, exact, training step, batch 50", "mlp-2x100", "train", peers={CONVEX: 2.8, LIRPA: 5.2}, target=1),
    Case("mlp-2x100, exact, verification, batch 50", "mlp-2x100", "verify", peers={CONVEX: 1.1, LIRPA: 2.1}, target=0.4),
    Case("mlp-2x100, trained, exact, training step, batch 50", "trained-mlp", "train", peers=BOTH, least=5),
    Case("Small, exact, training step, batch 8", "small", "train", samples=8, peers={CONVEX: 485, LIRPA: 138}, target=40),
    Case("Small, exact, training step, batch 32", "small", "train", samples=32, peers={CONVEX: 485, LIRPA: 138}, target=40),
    Case("Small, trained, exact, training step, batch 32", "trained-small", "train", samples=32, peers=BOTH, least=5),
    Case("Small, exact, verification, batch 8", "small", "verify", samples=8, peers={CONVEX: 150, LIRPA: 80}, target=12),
    Case("Small, exact, verification, batch 32", "small", "verify", samples=32, peers={CONVEX: 150, LIRPA: 80}, target=12),
    Case("Small, trained, exact, verification, 400 images, batch 50", "trained-small", "verify", samples=400, batch=50,
         peers={CONVEX: 57000 / 400, LIRPA: None}, target=15),
    Case("Small, 50 projections, training step, batch 50", "small", "train", projections=50, peers={CONVEX: 43}, target=25),
    Case("Small, IBP, training step, batch 256", "small", "train", "ibp", 256, peers={LIRPA: 0.4}, target=0.4),
    Case("Small, CROWN-IBP, training step, batch 256", "small", "train", "crown-ibp", 256, peers={LIRPA: 3.2}, target=1.6),
    Case("Large, IBP, training step, batch 64", "large", "train", "ibp", 64, peers={LIRPA: 4.3}, target=4.3),
    Case("Large, CROWN-IBP, training step, batch 64", "large", "train", "crown-ibp", 64, peers={LIRPA: 51.6}, target=26),
    Case("XLarge, IBP, training step, batch 16", "xlarge", "train", "ibp", 16, peers={LIRPA: None}),
    Case("XLarge, CROWN-IBP, training step, batch 8", "xlarge", "train", "crown-ibp", 8, peers={LIRPA: None}),
    Case("mnist-small-family/7, IBP, training step, batch 256", "mnist-small-family/7", "train", "ibp", 256, peers={LIRPA: None}),
    Case("mnist-small-family/7, CROWN-IBP, training step, batch 64", "mnist-small-family/7", "train", "crown-ibp", 64, peers={LIRPA: None}),
    Case("mnist-small-family/7, exact, training step, batch 8", "mnist-small-family/7", "train", samples=8, peers={LIRPA: None}),
    Case("mnist-small-family/9, IBP, training step, batch 256", "mnist-small-family/9", "train", "ibp", 256, peers={LIRPA: None}),
    Case("mnist-small-family/9, CROWN-IBP, training step, batch 64", "mnist-small-family/9", "train", "crown-ibp", 64, peers={LIRPA: None}),
    Case("mnist-small-family/9, exact, training step, batch 8", "mnist-small-family/9", "train", samples=8, peers={LIRPA: None}),
    Case("cifar-small-family/7, CROWN-IBP, training step, batch 64", "cifar-small-family/7", "train", "crown-ibp", 64, source="cifar10", peers={LIRPA: None}),
    Case("ResNet, IBP, training step, batch 32", "resnet", "train", "ibp", 32, peers={LIRPA: None}),
    Case("ResNet, CROWN-IBP, training step, batch 16", "resnet", "train", "crown-ibp", 16, peers={LIRPA: None}),
    Case("two residual blocks, exact, training step, batch 8", "residual", "train", samples=8, peers={LIRPA: None}),
    Case("two residual blocks, exact, verification, batch 8", "residual", "verify", samples=8, peers={LIRPA: None}),
    Case("Small, PGD-100, batch 100", "small", "attack", samples=100, peers={TORCH: 21.9}, target=22),
]


def importable(peer):
    done = subprocess.run([PYTHON, "-W", "ignore", "-c", f"import {peer}"], capture_output=True, text=True)
    return done.returncode == 0


def alternate(case, args, available):
    """The results of every program over all rounds, or why it failed."""
    flags = [str(f) for f in case.flags(args)]
    programs = {"ours": [measure.OURS, case.task]}
    for peer in case.peers:
        if peer in available:
            programs[peer] = [PYTHON, str(HERE / "peers.py"), case.task, "--peer", peer]
    results = {name: [] for name in programs}
    for _ in range(args.rounds):
        for name, command in programs.items():
            if isinstance(results[name], list):
                results[name] = attempt(results[name], command + flags, args.limit)
    return results


def attempt(so_far, command, limit):
    try:
        return so_far + [measure.run(command, limit)]
    except measure.Failed as why:
        return str(why)


def difference(case, peer, ours, theirs):
    """Largest |ours - theirs| / max(1, |theirs|) of the margins (attack: of their mean) or first losses, and its tolerance."""
    if case.task == "train":
        # Estimated bounds differ by their random draws.
        a, b, tolerance = [ours["losses"][0]], [theirs["losses"][0]], 0.1 if case.projections else 1e-3
    else:
        a, b, tolerance = flat(ours["margins"]), flat(theirs["margins"]), 1e-3
    if case.network in TRAINED and peer == LIRPA:  # it takes units that intervals prove stable as stable, Fast-Lin does not
        tolerance = 1e-2
    if case.task == "attack":  # the sign of a gradient near 0 is a matter of rounding
        a, b, tolerance = [sum(a) / len(a)], [sum(b) / len(b)], 1e-2
    return max(abs(p - q) / max(1, abs(q)) for p, q in zip(a, b, strict=True)), tolerance


def flat(rows):
    return [m for row in rows for m in row]


def agreement(case, results):
    """Text and whether all peers agree."""
    if case.task == "idle":
        return "", True
    texts, good = [], True
    for peer in case.peers:
        if isinstance(results.get(peer), list) and isinstance(results["ours"], list):
            d, tolerance = difference(case, peer, results["ours"][0], results[peer][0])
            good &= d <= tolerance
            texts.append(f"{d:.0e}" + ("" if d <= tolerance else f" > {tolerance:g} DISAGREES"))
    return ", ".join(texts), good


def cells(case, results):
    """One row of the table."""
    ours = results["ours"]
    if not isinstance(ours, list):
        return [case.title, ours] + [""] * 6
    mine = measure.per_sample(ours)
    times, ratios, memory = [], [], []
    for peer, quoted in case.peers.items():
        t, m = theirs(results.get(peer), quoted)
        times.append(f"{peer} {spoken(t, results.get(peer))}" if t else "")
        ratios.append(f"{t / mine:.1f}" if mine and isinstance(t, float) else "")
        memory.append(f"{peer} {m:.0f}" if m else "")
    return [case.title, spoken(mine, ours) if mine else "", *map(join, (times, ratios)), f"{measure.peak(ours):.0f}", join(memory),
            agreement(case, results)[0]]


def spoken(t, results):
    """A median with the fastest repeat, a reason why there is none, or a number that others published."""
    if isinstance(t, str):
        return t
    return f"{measure.number(t)} ({measure.number(measure.fastest(results)) if results else 'quoted'})"


def theirs(results, quoted):
    """A peer's ms a sample (or why there is none) and peak memory."""
    if results is None:
        return (float(quoted) if quoted else None), None
    if isinstance(results, str):
        return results, None
    t = measure.per_sample(results)
    return t, measure.peak(results)


def join(parts):
    return ", ".join(p for p in parts if p)


COLUMNS = ["task", "ours, ms (fastest)", "peers, ms (fastest)", "peer / ours", "ours, peak MiB", "peers, peak MiB", "difference"]


def table(head, rows):
    lines = [f"{head['date']}; {head['machine']}; load average {head['load_before']:.1f} before, {head['load_after']:.1f} after; commit {head['commit']}.",
             f"Ours: {head['ours']}. Peers: {head['peers']}. Inputs: {head['inputs']}, eps {head['eps']}, box [0,1]; {head['repeats']}.", "",
             "| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows]) + "\n"


def device(measured, name):
    """What a program said that it ran on."""
    for results in measured.values():
        if isinstance(results.get(name), list):
            r = results[name][0]
            if r.get("device"):
                return " ".join(filter(None, [name, r.get("version")])) + f" ({r['device']})"
    return ""


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--rounds", type=int, default=2, help="processes of each program and row, taken in turn")
    p.add_argument("--repeats", type=int, default=20, help="timed repeats in a process, at most")
    p.add_argument("--seconds", type=float, default=5, help="no further repeat in a process after so long")
    p.add_argument("--least", type=int, default=2, help="timed repeats in a process, at least")
    p.add_argument("--quick", action="store_true", help="one process of each, few repeats: about 6 minutes")
    p.add_argument("--limit", type=float, default=600, help="seconds that a process may take")
    p.add_argument("--eps", type=float, default=0.1)
    p.add_argument("--only", default="", help="only the rows whose title contains this")
    p.add_argument("--publish", action="store_true", help="write benchmarks/results and docs/performance.md too, not only build/benchmarks")
    args = p.parse_args()
    if args.quick:
        args.rounds, args.repeats, args.least, args.seconds = 1, 8, 1, 1.5
    return args


def main():
    args = arguments()
    prepared = {s: measure.samples(max(c.samples for c in CASES if c.source == s), s) for s in sorted({c.source for c in CASES})}
    args.data = {s: path for s, (path, _) in prepared.items()}
    available = [p for p in (CONVEX, LIRPA, TORCH) if importable(p)]
    head, measured, rows, good = measure.header(), {}, [], True
    head |= {"inputs": ", ".join(name if name == s else f"{s}: {name}" for s, (_, name) in prepared.items()), "eps": args.eps,
             "repeats": f"median (and fastest) of {args.rounds} processes of up to {args.repeats} repeats each, at least {args.least}"}
    for case in CASES:
        if args.only.lower() in case.title.lower():
            measured[case.title] = results = alternate(case, args, available)
            rows.append(cells(case, results))
            good &= agreement(case, results)[1] and isinstance(results["ours"], list)
            print("| " + " | ".join(rows[-1]) + " |", flush=True)
            head |= {"load_after": os.getloadavg()[0], "ours": device(measured, "ours"), "peers": versions(measured, available)}
            measure.write("peers", table(head, rows), record(head, measured), args.publish)
    print("\n" + table(head, rows))
    sys.exit(0 if good else "bench-peers: ours failed or a peer disagrees: see the table")


def versions(measured, available):
    """What the peers are, and which could not take part."""
    absent = "".join(f"; {p} is not importable" for p in (CONVEX, LIRPA) if p not in available)
    return join(device(measured, p) for p in available) + absent


def record(head, measured):
    """Every single time behind the table (margins left out)."""
    kept = {title: {name: [{k: v for k, v in r.items() if k != "margins"} for r in rs] if isinstance(rs, list) else rs for name, rs in results.items()}
            for title, results in measured.items()}
    return head | {"cases": [asdict(c) | {"results": kept[c.title]} for c in CASES if c.title in kept]}


if __name__ == "__main__":
    main()
