"""Rehearses a visit to a GPU machine on this machine's CPU (tools/gpu), and tests its parts."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
from pathlib import Path

GPU = Path(__file__).resolve().parent / "gpu"
ROOT = GPU.parent.parent
sys.path.insert(0, str(GPU))

import collect  # noqa: E402
import link_cuda  # noqa: E402


class TestRehearsal(unittest.TestCase):
    """Pack, a visit that is told to stop, one that meets its deadline, and one that ends the queue: every result comes back."""

    epochs = 2000

    @unittest.skipUnless(shutil.which("go") and shutil.which("xz"), "needs go and xz, as tools/gpu/pack does")
    def test_visits(self):
        with tempfile.TemporaryDirectory() as folder:
            self.folder = Path(folder)
            self.pack()
            begin = time.monotonic()
            self.assertEqual(self.visit("zero", 120, "--queue", "none", "--checks", 80, "--timings", 5, "--quick").wait(timeout=130), 0)
            self.report("zero")
            self.told_to_stop(self.visit("one", 600, "--checks", 0, "--timings", 0))
            first = self.unpacked("one")
            self.pack(resume="one")
            self.assertEqual(self.visit("two", 60, "--checks", 0, "--timings", 0).wait(timeout=70), 0)
            second = self.unpacked("two")
            self.assertIn("the deadline is reached", (self.folder / "two" / "run.log").read_text())
            self.assertGreater(sum(second.values()), sum(first.values()))
            self.assertLess(min(second.values()), self.epochs, "all runs have ended already: make the rehearsal's runs longer")
            self.pack(resume="two")
            self.assertEqual(self.visit("three", 400, "--checks", 0, "--timings", 0).wait(timeout=410), 0)
            self.assertEqual(list(self.unpacked("three").values()), [self.epochs] * 2)
            self.whole("three")
            print(f"rehearsal: four visits in {time.monotonic() - begin:.0f} s; epochs after each: {list(first.values())}, {list(second.values())}")

    def pack(self, resume=None):
        kit = self.folder / "kit"
        if resume:  # what was packed stays, the runs of the visit before come along
            with tarfile.open(kit / "resume.tar.xz", "w:xz") as tar:
                tar.add(self.folder / f"{resume}.unpacked" / "runs", arcname=".")
            return
        environment = os.environ | {"SETS": "", "QUEUE": str(GPU / "rehearsal.toml"), "LEVEL": "0"}
        subprocess.run([GPU / "pack", kit], check=True, env=environment, stdout=subprocess.DEVNULL)

    def visit(self, name, seconds, *more):
        """Starts a visit with an environment as bare as the machine's."""
        plugin = os.environ.get("PJRT_PLUGIN_LIBRARY_PATH", "")
        backend = "xla:cpu" if any(Path(p, "pjrt_c_api_cpu_plugin.so").exists() for p in plugin.split(":") if p) else "go"
        environment = {"PATH": "/usr/bin:/bin", "PJRT_PLUGIN_LIBRARY_PATH": plugin, "PYTHON": sys.executable}
        command = [self.folder / "kit" / "run", "--backend", backend, "--seconds", seconds, "--out", self.folder / name, "--work", self.folder / f"{name}.work", "--workers", 2, *more]
        self.started = time.monotonic()
        return subprocess.Popen([str(c) for c in command], env=environment, stdout=subprocess.DEVNULL)

    def told_to_stop(self, visit):
        """SIGTERM in the middle of a training, as a scheduler sends it."""
        metrics = self.folder / "one.work" / "runs"
        while not any(p.stat().st_size for p in metrics.glob("*/metrics.jsonl")):
            self.assertIsNone(visit.poll(), "the visit ended before a training began")
            self.assertLess(time.monotonic() - self.started, 120)
            time.sleep(0.1)
        visit.send_signal(signal.SIGTERM)
        sent = time.monotonic()
        self.assertEqual(visit.wait(timeout=30), 0)
        self.assertLess(time.monotonic() - sent, 20)

    def unpacked(self, name):
        """Unpacks a visit's results, checks their sizes, and returns the number of epochs of each run."""
        files = list((self.folder / name).iterdir())
        self.assertLessEqual(len(files), 8)
        for f in files:
            self.assertLessEqual(f.stat().st_size, 16 << 20, f)
        to = self.folder / f"{name}.unpacked"
        subprocess.run([GPU / "unpack", self.folder / name, to, self.folder / f"{name}.kept"], check=True, stdout=subprocess.DEVNULL)
        epochs = {}
        for run in (to / "runs").glob("mlp*"):
            epochs[run.name] = len((run / "metrics.jsonl").read_text().splitlines())
            kept = (run / "record.json").exists() or (run / "checkpoint.safetensors").exists()
            self.assertTrue(kept or not epochs[run.name], f"{run}: neither record nor checkpoint")
        return epochs

    def report(self, name):
        """The self-test has passed."""
        report = json.loads((self.folder / name / "selftest-checks.json").read_text())
        self.assertGreater(len([c for c in report["checks"] if c["ok"]]), 3)
        for c in report["checks"]:
            self.assertTrue(c["ok"] or c.get("skipped"), c)

    def whole(self, name):
        """Every epoch of every run is there once, and the runs did go on instead of starting anew."""
        for path in (self.folder / f"{name}.kept").glob("*.json"):
            record = json.loads(path.read_text())
            self.assertEqual([e["epoch"] for e in record["epochs"]], list(range(1, self.epochs + 1)), path)
            self.assertTrue(path.with_suffix(".safetensors").exists())
        logs = "".join(p.read_text() for p in (self.folder / f"{name}.work" / "runs" / ".sweeps").glob("*.log"))
        self.assertIn("resuming in epoch", logs)


class TestCollect(unittest.TestCase):
    def test_limits(self):
        """Large files are spread over archives, none above the limit; what finds no room is left out, aloud."""
        with tempfile.TemporaryDirectory() as folder:
            work, out = Path(folder, "work"), Path(folder, "out")
            (work / "logs").mkdir(parents=True), out.mkdir()
            for k in range(10):
                run = work / "runs" / f"run{k}"
                run.mkdir(parents=True)
                (run / "record.json").write_text("{}")
                (run / "model.safetensors").write_bytes(os.urandom(9 << 20))
            done = subprocess.run([sys.executable, GPU / "collect.py", work, out], check=True, capture_output=True, text=True)
            files = sorted(out.iterdir())
            self.assertLessEqual(len(files), 8)
            self.assertLessEqual(max(f.stat().st_size for f in files), 16 << 20)
            with tarfile.open(out / "records-1.tar.xz") as tar:
                self.assertEqual(len([n for n in tar.getnames() if n.endswith("record.json")]), 10)
            self.assertIn("LEFT OUT: models", done.stdout)


class TestLinkCUDA(unittest.TestCase):
    def site(self, folder):
        plugin = Path(folder, "site-packages", "jax_plugins", "xla_cuda13", link_cuda.LIBRARY)
        plugin.parent.mkdir(parents=True)
        plugin.write_text("plugin")
        data = Path(folder, "site-packages", "nvidia", "cu13", "nvvm", "libdevice")
        data.mkdir(parents=True), (data / "libdevice.10.bc").write_text("")
        (data.parent.parent / "lib").mkdir()
        return plugin, data.parents[2]

    def check(self, home):
        """The link leads to the plugin, CUDA's libraries are where the plugin's search path and go-xla look."""
        self.assertEqual((home / link_cuda.LINK).read_text(), "plugin")
        self.assertTrue(Path(f"{home}/../../nvidia/cu13/lib").is_dir())
        self.assertTrue(Path(f"{home}/../nvidia/cu13/lib").is_dir())

    def test_in_place(self):
        with tempfile.TemporaryDirectory() as folder:
            plugin, nvidia = self.site(folder)
            for _ in range(2):  # again over the links of the first time
                home = link_cuda.in_place(plugin, nvidia)
                self.assertEqual(home, plugin.parent)
                self.check(home)

    def test_mirrored(self):
        with tempfile.TemporaryDirectory() as folder:
            plugin, nvidia = self.site(folder)
            for _ in range(2):
                home = link_cuda.mirrored(plugin, nvidia, Path(folder, "mirror"))
                self.check(home)
            self.assertFalse((plugin.parent / link_cuda.LINK).exists())

    def test_elsewhere(self):
        """Libraries in another folder of the path than the plugin's cannot be linked in place."""
        with tempfile.TemporaryDirectory() as folder:
            plugin, nvidia = self.site(folder)
            other = Path(folder, "other", "nvidia")
            shutil.move(nvidia, other)
            self.assertIsNone(link_cuda.in_place(plugin, other))
            self.check(link_cuda.mirrored(plugin, other, Path(folder, "mirror")))

    def test_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            plugin, nvidia = self.site(folder)
            env = link_cuda.environment(plugin.parent, nvidia)
            self.assertIn(f"--xla_gpu_cuda_data_dir={nvidia / 'cu13'}", env["XLA_FLAGS"])
            self.assertEqual(env["NVIDIA_TF32_OVERRIDE"], "0")
            self.assertIn(str(nvidia / "cu13" / "lib"), env["LD_LIBRARY_PATH"])


if __name__ == "__main__":
    unittest.main()
