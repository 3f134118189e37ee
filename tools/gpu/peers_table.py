"""The peers' times for the rows of `tightrope selftest`, on the same card: peers_table.py EXPORT OUT.json SECONDS [DEVICE] [OURS.json]

EXPORT is what `tightrope selftest --export` wrote, OURS its report. Each row and peer is a process of its own (benchmarks/peers.py, or peers.py
beside this file) of this Python, which must hold torch and safetensors; peers that it cannot import are said and left out. After SECONDS nothing
more is begun.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = next((p for p in (HERE / "peers.py", HERE.parent.parent / "benchmarks" / "peers.py") if p.exists()), None)
BOUNDS, ATTACKS = ("auto_LiRPA", "convex_adversarial"), ("torch",)


def importable(peer):
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", f"import {peer}"], capture_output=True, text=True)
    if done.returncode:
        print(f"peers: {peer} is left out: {(done.stderr.strip().splitlines() or ['?'])[-1]}", flush=True)
    return done.returncode == 0


def takes(peer, row):
    """Whether a peer can do a row."""
    if row["task"] == "attack":
        return peer in ATTACKS
    return peer in BOUNDS and (peer != "convex_adversarial" or row["method"] == "fast-lin") and not (peer == "auto_LiRPA" and row["projections"])


def measure(row, peer, export, device, limit):
    """Median and least ms a sample, or why there are none."""
    command = [sys.executable, PROGRAM, row["task"], "--peer", peer, "--device", device, "--weights", export / row["weights"], "--data", export / row["data"],
               "--method", row["method"], "--eps", row["eps"], "--projections", row["projections"], "--samples", row["samples"], "--batch", row["batch"],
               "--least", max(3, row.get("least", 0)), "--repeats", 50, "--seconds", 1]
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return {"error": f"not done after {limit:.0f} s"}
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1][:300]}
    out = json.loads(done.stdout)
    times = [t / out["samples"] for t in out["times_ms"]]
    return {"msPerSample": statistics.median(times), "fastestMsPerSample": min(times), "device": out["device"], "version": out["version"]}


def ours_of(path):
    """Our times by row; none without a report."""
    if path is None or not path.exists():
        return {}
    return {t["task"]: t["msPerSample"] for t in json.loads(path.read_text()).get("timings", []) if t.get("msPerSample")}


def main():
    export, out, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    device = sys.argv[4] if len(sys.argv) > 4 else "cuda"
    ours = ours_of(Path(sys.argv[5]) if len(sys.argv) > 5 else None)
    end = time.monotonic() + seconds
    peers = [p for p in BOUNDS + ATTACKS if importable(p)]
    results = []
    for row in json.loads((export / "rows.json").read_text()):
        for peer in (p for p in peers if takes(p, row)):
            left = end - time.monotonic()
            if left < 5:
                print("peers: the time limit is reached", flush=True)
                return
            result = {"task": row["title"], "peer": peer, **measure(row, peer, export, device, left)}
            results.append(result)
            out.write_text(json.dumps(results, indent=1) + "\n")
            mine = ours.get(row["title"])
            told = result.get("error") or f"{result['msPerSample']:.3g} ms a sample" + (f", ours {mine:.3g}: {result['msPerSample'] / mine:.1f} times" if mine else "")
            print(f"{row['title']}: {peer} {told}", flush=True)


if __name__ == "__main__":
    main()
