"""Makes pkg/torch/testdata: small files of torch.save in the forms that people have, and cases.json with an input and
the logits that PyTorch computes in float64 for each (for weights of less precision, of the same weights widened), or
that the file must be refused.

Usage, from the repository's root, in an environment with PyTorch and NumPy (made with torch 2.15.0):
  python tools/torch_cases.py
"""
import collections
import json
import pathlib
import warnings

import torch
from torch import nn

OUT = pathlib.Path("pkg/torch/testdata")


class Named(nn.Module):
    """Its names do not tell the order of its layers."""

    def __init__(self):
        super().__init__()
        self.fc_in, self.fc_hidden, self.fc_out = nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 3)

    def forward(self, x):
        return self.fc_out(self.fc_hidden(self.fc_in(x).relu()).relu())


class Convolutional(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 3, 3, stride=1, padding=1), nn.BatchNorm2d(3)
        self.fc = nn.Linear(48, 3)

    def forward(self, x):
        return self.fc(self.bn1(self.conv1(x)).relu().flatten(1))


def sequential():
    return nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))


def trained(model):
    """Gives batch normalisations statistics that are not those of a fresh one."""
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            with torch.no_grad():
                m.running_mean.uniform_(-0.5, 0.5)
                m.running_var.uniform_(0.5, 2)
                m.weight.uniform_(0.5, 2)
                m.bias.uniform_(-0.5, 0.5)
    return model.eval()


def views(model):
    """The same weights as views of one storage, some of them transposed."""
    state, parts = collections.OrderedDict(), model.state_dict()
    room = torch.zeros(1 + sum(p.numel() for p in parts.values()))
    at = 1
    for name, p in parts.items():
        view = room[at:at + p.numel()]
        at += p.numel()
        if p.dim() == 2:
            state[name] = view.view(p.shape[1], p.shape[0]).t()
        else:
            state[name] = view.view(p.shape)
        state[name].copy_(p)
    return state


def case(cases, name, model, saved, arch, shape=(4,), **more):
    torch.save(saved, OUT / f"{name}.pth")
    x = torch.rand(shape, dtype=torch.float64)
    with torch.no_grad():
        logits = model.double()(x.unsqueeze(0))[0]
    cases.append({"file": f"{name}.pth", "arch": arch, "input": list(shape), "x": x.flatten().tolist(),
                  "logits": logits.tolist(), **more})


def main():
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    OUT.mkdir(parents=True, exist_ok=True)
    cases = []
    dense = "fc5 fc3"
    m = sequential()
    case(cases, "sequential", m, m.state_dict(), dense)
    m = Named()
    case(cases, "named", m, m.state_dict(), "fc5 fc5 fc3")
    m = trained(Convolutional())
    case(cases, "convolutional", m, m.state_dict(), "conv(3,3,1,1) bn fc3", (1, 4, 4))
    m = sequential().half()
    case(cases, "half", m, m.state_dict(), dense)
    m = sequential().bfloat16()
    case(cases, "bfloat16", m, m.state_dict(), dense)
    m = sequential().double()
    case(cases, "double", m, m.state_dict(), dense)
    m = sequential()
    optimizer = torch.optim.Adam(m.parameters())
    m(torch.rand(2, 4)).sum().backward()
    optimizer.step()
    case(cases, "checkpoint", m, {"epoch": 3, "best": 0.5, "arch": "fc", "state_dict": m.state_dict(),
                                  "optimizer": optimizer.state_dict()}, dense)
    m = sequential()
    case(cases, "list", m, {"state_dict": [m.state_dict()], "err": [0.1, 0.2]}, dense)
    m = sequential()
    case(cases, "parallel", m, nn.DataParallel(m).state_dict(), dense)
    m = sequential()
    case(cases, "views", m, views(m), dense)
    m = sequential()
    case(cases, "parameters", m, dict(m.named_parameters()), dense)

    m = sequential()
    torch.save(m, OUT / "whole.pth")
    torch.save(m.state_dict(), OUT / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.jit.script(m).save(str(OUT / "script.pth"))
    torch.save({"model": m.state_dict(), "net": m.state_dict()}, OUT / "several.pth")
    torch.save({"epoch": 3, "loss": [0.5]}, OUT / "none.pth")
    torch.save(torch.rand(3), OUT / "tensor.pth")
    state = m.state_dict()
    state["0.weight"] = state["0.weight"].to(torch.int8)
    torch.save(state, OUT / "int8.pth")
    for name, want in {
            "whole": "save model.state_dict(), not the model", "legacy": "save it again with a later one",
            "script": "TorchScript program", "several": "several state_dicts", "none": "no state_dict by itself",
            "tensor": "want a state_dict", "int8": 'entry "0.weight" of the state_dict'}.items():
        cases.append({"file": f"{name}.pth", "refused": want})
    (OUT / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
