"""Lets PyPI's Linux wheel of torch, a CUDA build, run on the CPU without 2.5 GB of CUDA libraries.

libtorch_cuda.so is linked to those libraries although a CPU run never calls them. This puts a stand-in for each missing
one into torch's own lib folder: empty libraries of the wanted names, and one that holds every wanted function, which
returns 100 ("no CUDA device"). Nothing is changed where the libraries, or a CPU build, are there.
"""

import re
import subprocess
import sysconfig
import tempfile
from pathlib import Path

CUDA = re.compile(r"lib(cu|nccl|nvrtc|nvshmem|nvJitLink|nvToolsExt)")
FUNCTION = re.compile(r"(__)?(cu|nccl|nvrtc|nvshmem|nvtx|nvJitLink)|_Z.*(nvshmem|nccl|cudnn)")
NO_DEVICE = 100


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def needed(library):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", library))


def symbols(library, kind):
    """The dynamic symbols of a library, without their versions."""
    lines = output("nm", "-D", "--format=posix", kind, library).splitlines()
    return {line.split()[0].split("@")[0] for line in lines}


def link(target, soname, *arguments):
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", f"-Wl,-soname,{soname}", "-o", target, *arguments], check=True)


def main():
    folder = Path(sysconfig.get_paths()["platlib"], "torch", "lib")
    libraries = sorted(folder.glob("libtorch*.so")) + sorted(folder.glob("libc*.so"))
    present = {p.name for p in folder.iterdir()}
    missing = sorted({n for p in libraries for n in needed(p) if CUDA.match(n)} - present)
    if not missing:
        return
    wanted = {s for p in libraries for s in symbols(p, "--undefined-only") if FUNCTION.match(s)}
    wanted -= {s for p in libraries for s in symbols(p, "--defined-only")}
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "functions.c")
        source.write_text("".join(
            f'int f{i}(void) __asm__("{s}"); int f{i}(void) {{ return {NO_DEVICE}; }}\n' for i, s in enumerate(sorted(wanted))))
        link(folder / "libno_cuda.so", "libno_cuda.so", source)
        source.write_text("")
        for name in missing:
            link(folder / name, name, source, "-Wl,--no-as-needed", "-Wl,-rpath,$ORIGIN", f"-L{folder}", "-lno_cuda")
    print(f"bench-peers: stand-ins for {len(missing)} CUDA libraries ({len(wanted)} functions)")


if __name__ == "__main__":
    main()
