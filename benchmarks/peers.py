"""The peers' side of the benchmarks: the tasks of `ours`, by convex_adversarial, auto_LiRPA or plain torch.

Same flags, same JSON, same weights and samples. Networks are read from ours' files.
"""

import argparse
import importlib
import json
import sys
import time
import warnings

import torch
from safetensors import safe_open
from torch import nn

warnings.filterwarnings("ignore")


def load_network(path):
    """The torch modules of a file's architecture, with its weights."""
    with safe_open(path, "pt") as f:
        weights = [f.get_tensor(k) for k in sorted(f.keys(), key=lambda k: (int(k.split(".")[0]), k))]
        layers = json.loads(f.metadata()["architecture"])["layers"]
    parameters = iter(weights)
    modules = [module(layer, parameters) for layer in layers]
    if any(layer.get("inputs") for layer in layers):
        return Residual(layers, modules)
    if layers[0]["type"] == "dense":  # of flat inputs; the samples are images
        modules.insert(0, nn.Flatten())
    return nn.Sequential(*modules)


def module(layer, parameters):
    """The torch module of a layer, with the next of the parameters."""
    kind = layer["type"]
    if kind == "relu":
        return nn.ReLU()
    if kind == "flatten":
        return nn.Flatten()
    if kind == "add":
        return nn.Identity()
    bias, weight = next(parameters), next(parameters)
    made = linear(kind, layer, weight)
    made.weight.data, made.bias.data = weight, bias
    return made


class Residual(nn.Module):
    """Layers that each read the layer before, or those that are named: several of them are added up."""

    def __init__(self, layers, modules):
        super().__init__()
        self.layers = nn.ModuleList(modules)
        self.reads = [layer.get("inputs") or [i - 1] for i, layer in enumerate(layers)]

    def forward(self, x):
        values = []
        for layer, reads in zip(self.layers, self.reads, strict=True):
            first, *rest = [x if i < 0 else values[i] for i in reads]
            for more in rest:
                first = first + more
            values.append(layer(first))
        return values[-1]


def linear(kind, layer, weight):
    if kind == "dense":
        return nn.Linear(weight.shape[1], weight.shape[0])
    if kind == "conv":
        return nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2:], layer.get("stride", 1), layer.get("padding", 0))
    raise SystemExit(f"peers: layer type {kind!r} is not known")


def load(job):
    with safe_open(job.data, "pt") as f:
        x, y = f.get_tensor("x"), f.get_tensor("y").long()
    n = job.samples or len(y)
    return load_network(job.weights).to(job.device), x[:n].to(job.device), y[:n].to(job.device)


class ConvexAdversarial:
    """Fast-Lin by convex_adversarial: margins of every class, 0 at the label."""

    methods = ["fast-lin"]

    def __init__(self, job, net, x):
        module = importlib.import_module("convex_adversarial")
        self.projected = {"proj": job.projections, "norm_type": "l1_median"} if job.projections else {}
        self.bounds = module.RobustBounds(net, job.eps, bounded_input=True, **self.projected)

    def margins(self, x, y):
        return -self.bounds(x, y)


class AutoLiRPA:
    """auto_LiRPA's bounds of the margins over the other classes; convolutions by patches."""

    options = {"fast-lin": {"activation_bound_option": "same-slope"}, "crown": {"activation_bound_option": "adaptive"},
               "crown-ibp": {"activation_bound_option": "adaptive"}, "ibp": {}}

    def __init__(self, job, net, x):
        self.lib = importlib.import_module("auto_LiRPA")
        self.method, self.eps = job.method, job.eps
        self.model = self.lib.BoundedModule(net, x, bound_opts={"conv_mode": "patches", **self.options[job.method]})

    def margins(self, x, y):
        box = {"x_L": (x - self.eps).clamp(min=0), "x_U": (x + self.eps).clamp(max=1)}
        ball = self.lib.BoundedTensor(x, self.lib.PerturbationLpNorm(norm=float("inf"), eps=self.eps, **box))
        eye = torch.eye(10, device=x.device)
        others = torch.stack([torch.tensor([t for t in range(10) if t != k]) for k in range(10)]).to(x.device)
        spec = eye[y][:, None] - eye[others[y]]
        if self.method == "crown-ibp":  # as the package's examples train: intervals first, then one backward pass
            self.model.compute_bounds(x=(ball,), IBP=True, C=spec, method=None)
            lower, _ = self.model.compute_bounds(IBP=False, C=spec, method="backward", bound_upper=False)
        elif self.method == "ibp":
            lower, _ = self.model.compute_bounds(x=(ball,), IBP=True, C=spec, method=None)
        else:
            lower, _ = self.model.compute_bounds(x=(ball,), method="CROWN", C=spec, bound_upper=False)
        full = torch.zeros(len(y), 10, device=x.device)
        return full.scatter(1, others[y], lower)


PEERS = {"convex_adversarial": ConvexAdversarial, "auto_LiRPA": AutoLiRPA}


def enough(job, times):
    return len(times) >= job.repeats or len(times) >= job.least and sum(times) / 1000 >= job.seconds


def waited(job, call):
    """The call's value when the device has computed it."""
    value = call()
    if job.device != "cpu":
        torch.cuda.synchronize()
    return value


def timed(job, call):
    """Calls once to warm up, then again and again."""
    start = time.perf_counter()
    values = [waited(job, call)]
    first, times = time.perf_counter() - start, []
    if first > 10 * job.seconds:  # torch compiles nothing: so long a first call is as good as any other
        times.append(1000 * first)
    while not enough(job, times):
        start = time.perf_counter()
        values.append(waited(job, call))
        times.append(1000 * (time.perf_counter() - start))
    return {"first_s": first, "times_ms": times}, values


def verify(job, net, x, y):
    bounds = PEERS[job.peer](job, net, x[:job.batch])

    def call():
        with torch.no_grad():
            return torch.cat([bounds.margins(x[i:i + job.batch], y[i:i + job.batch]) for i in range(0, len(y), job.batch)])

    out, values = timed(job, call)
    return out | {"samples": len(y), "margins": values[0].tolist()}


def train(job, net, x, y):
    bounds = PEERS[job.peer](job, net, x)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def call():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(-bounds.margins(x, y), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    out, losses = timed(job, call)
    return out | {"samples": len(y), "losses": losses}


def attack(job, net, x, y):
    """PGD-100 from the clean point, keeping the smallest margin met, as ours does."""
    mask = nn.functional.one_hot(y, 10).bool()
    low, high = (x - job.eps).clamp(min=0), (x + job.eps).clamp(max=1)

    def smallest(logits):
        return (logits[mask][:, None] - logits).masked_fill(mask, float("inf")).min(1).values

    def call():
        point, best = x, torch.full((len(y),), float("inf"), device=x.device)
        for _ in range(100):
            point = point.detach().requires_grad_()
            logits = net(point)
            gradient, = torch.autograd.grad(nn.functional.cross_entropy(logits, y, reduction="sum"), point)
            best = torch.minimum(best, smallest(logits.detach()))
            point = torch.minimum(torch.maximum(point.detach() + 0.01 * gradient.sign(), low), high)
        return torch.minimum(best, smallest(net(point).detach()))

    out, values = timed(job, call)
    return out | {"samples": len(y), "margins": [[m] for m in values[0].tolist()]}


def idle(job, net, x, y):
    if job.peer in PEERS:
        importlib.import_module(job.peer)
    return {"times_ms": [], "samples": 0}


def flags():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("task", choices=["idle", "verify", "train", "attack"])
    p.add_argument("--peer", choices=[*PEERS, "torch"], required=True)
    p.add_argument("--method", default="fast-lin")
    p.add_argument("--weights", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--eps", type=float, default=0.1)
    for name, default in [("projections", 0), ("batch", 50), ("samples", 0), ("repeats", 10), ("least", 2)]:
        p.add_argument(f"--{name}", type=int, default=default)
    p.add_argument("--seconds", type=float, default=5)
    p.add_argument("--device", default="cpu", help="cpu or cuda")
    return p.parse_args()


def main():
    job = flags()
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False  # bounds that are rounded so are none; ours has it off too
    out = {"idle": idle, "verify": verify, "train": train, "attack": attack}[job.task](job, *load(job))
    version = getattr(sys.modules.get(job.peer), "__version__", "")
    where = f"{torch.get_num_threads()} threads" if job.device == "cpu" else torch.cuda.get_device_name()
    json.dump(out | {"device": f"torch {torch.__version__}, {where}", "version": version}, sys.stdout)


if __name__ == "__main__":
    main()
