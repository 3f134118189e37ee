"""Finds JAX's CUDA plugin in this Python and links it under the name and in the layout that tightrope and CUDA's libraries want.

Usage: eval "$(link_cuda.py FOLDER)". Prints the exports that tightrope needs, and says on stderr what it found. FOLDER takes a mirror of links
where the packages' own folder cannot be written. The plugin searches CUDA's libraries by $ORIGIN/../../nvidia/cu13/lib, where $ORIGIN is
the folder of the link that is opened; go-xla looks for a folder `nvidia` one above it.
"""

import importlib.util
import os
import shlex
import sys
from pathlib import Path

LINK = "pjrt_c_api_cuda_plugin.so"
LIBRARY = "xla_cuda_plugin.so"


def say(text):
    print(f"link_cuda: {text}", file=sys.stderr)


def package_folders(name):
    """All folders of a package, which may be spread (a namespace package). It is not imported: that would need all of JAX."""
    try:
        spec = importlib.util.find_spec(name)
    except ImportError as why:
        say(f"no {name}: {why}")
        return []
    if spec is None:
        say(f"no {name}")
        return []
    return [Path(p) for p in spec.submodule_search_locations or []]


def find_plugin():
    """The plugin's file."""
    for name in ("jax_plugins.xla_cuda13", "jax_plugins.xla_cuda12"):
        for folder in package_folders(name):
            if (folder / LIBRARY).exists():
                return folder / LIBRARY
            say(f"{folder} holds no {LIBRARY}")
    return None


def find_nvidia(plugin):
    """The folder of CUDA's packages: beside the plugin's jax_plugins, or anywhere this Python finds it."""
    beside = plugin.parent.parent.parent / "nvidia"
    return next((f for f in [beside, *package_folders("nvidia")] if f.is_dir()), None)


def link(path, target):
    """Makes or corrects a link."""
    if path.is_symlink():
        if os.readlink(path) == str(target):
            return
        path.unlink()
    if not path.exists():
        path.symlink_to(target)


def in_place(plugin, nvidia):
    """Links beside the plugin; whether that is possible."""
    if nvidia is not None and nvidia != plugin.parent.parent.parent / "nvidia":
        return None  # the libraries would not be found from there
    try:
        link(plugin.parent / LINK, plugin.name)
        if nvidia is not None:
            link(plugin.parent.parent / "nvidia", "../nvidia")
    except OSError as why:
        say(f"{plugin.parent} cannot be written ({why}): a mirror of links instead")
        return None
    return plugin.parent


def mirrored(plugin, nvidia, folder):
    """The same layout in a folder of our own, of real folders with links in them, so that .. stays inside."""
    home = folder / "site" / "jax_plugins" / plugin.parent.name
    home.mkdir(parents=True, exist_ok=True)
    link(home / LINK, plugin.resolve())
    if nvidia is not None:
        link(folder / "site" / "nvidia", nvidia.resolve())
        link(folder / "site" / "jax_plugins" / "nvidia", "../nvidia")
    return home


def cuda_data(nvidia):
    """The folder that holds nvvm/libdevice, which the compiler may need for exp and log: the packages', else an installed toolkit."""
    roots = [nvidia / "cu13", nvidia / "cuda_nvcc"] if nvidia else []
    roots += [Path(os.environ[v]) for v in ("CUDA_HOME", "CUDA_PATH") if os.environ.get(v)] + [Path("/usr/local/cuda")]
    for root in roots:
        found = sorted(root.glob("nvvm/libdevice/libdevice*.bc"))
        say(f"libdevice in {root}: {found[0].name if found else 'none'}; ptxas: {'yes' if (root / 'bin' / 'ptxas').exists() else 'no'}")
        if found:
            return root
    return next((r for r in roots if r.is_dir()), None)


def libraries(nvidia):
    """Folders of CUDA's libraries, for LD_LIBRARY_PATH: a second way, should the plugin's own search fail."""
    folders = sorted(nvidia.glob("*/lib")) if nvidia else []
    return [str(f) for f in [*folders, Path("/usr/local/nvidia/lib64"), Path("/usr/local/cuda/lib64")] if f.is_dir()]


def main():
    plugin = find_plugin()
    if plugin is None:
        sys.exit("link_cuda: this Python holds no jax-cuda13-pjrt (or -cuda12-): install it (pip install jax-cuda13-pjrt), or name another with PYTHON=")
    nvidia = find_nvidia(plugin)
    say(f"plugin {plugin} ({plugin.stat().st_size >> 20} MiB); CUDA's packages in {nvidia}")
    home = in_place(plugin, nvidia) or mirrored(plugin, nvidia, Path(sys.argv[1]).resolve())
    for name, value in environment(home, nvidia).items():
        print(f"export {name}={shlex.quote(value)}")


# Without Triton's products a graph compiles sooner, and all products are cuBLAS's, which heeds the ban on TF32 as cuDNN does. Without
# autotuning the first step of 2x100 comes after 1.5 s (measured on an H100); with it a training had not ended an epoch after 40 s (H200).
FLAGS = ["--xla_gpu_enable_triton_gemm=false", "--xla_gpu_autotune_level=0", f"--xla_gpu_force_compilation_parallelism={os.cpu_count()}"]


def environment(home, nvidia):
    """What a program needs beside the links."""
    data = cuda_data(nvidia)
    flags = [os.environ.get("XLA_FLAGS", ""), *([f"--xla_gpu_cuda_data_dir={data}"] if data else []), *FLAGS]
    paths = [os.environ.get("LD_LIBRARY_PATH", ""), *libraries(nvidia)]
    return {"PJRT_PLUGIN_LIBRARY_PATH": str(home), "XLA_FLAGS": " ".join(filter(None, flags)), "LD_LIBRARY_PATH": ":".join(filter(None, paths)),
            "NVIDIA_TF32_OVERRIDE": "0"}


if __name__ == "__main__":
    main()
