package backend

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// fakeSMI puts a program named nvidia-smi first on the PATH.
func fakeSMI(t *testing.T, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for nvidia-smi is a shell script")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nvidia-smi"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// TestCard reads what nvidia-smi prints, for the card that the process sees first, and nothing from one that fails.
func TestCard(t *testing.T) {
	const answer = `case "$*" in *--id=2*) echo "NVIDIA A100, 570.1";; *) ` +
		`printf 'NVIDIA H100 80GB HBM3, 580.159.04\nNVIDIA A100, 570.1\n';; esac`
	for _, c := range []struct{ script, visible, name, driver string }{
		{answer, "", "NVIDIA H100 80GB HBM3", "580.159.04"},
		{answer, "2,0", "NVIDIA A100", "570.1"},
		{"echo trouble; exit 9", "", "", ""},
	} {
		fakeSMI(t, c.script)
		t.Setenv("CUDA_VISIBLE_DEVICES", c.visible)
		if name, driver := card(); name != c.name || driver != c.driver {
			t.Errorf("CUDA_VISIBLE_DEVICES=%q: card %q, driver %q, want %q, %q", c.visible, name, driver, c.name,
				c.driver)
		}
	}
}

// TestPlainFlags: a record names flags, but no folder of the machine.
func TestPlainFlags(t *testing.T) {
	for flags, want := range map[string]string{
		"": "",
		"--xla_gpu_cuda_data_dir=/opt/venv/nvidia/cu13  --xla_gpu_enable_triton_gemm=false": "--xla_gpu_cuda_data_dir=.../cu13 --xla_gpu_enable_triton_gemm=false",
		"--xla_dump_to=dump/here/": "--xla_dump_to=.../here",
	} {
		if got := plainFlags(flags); got != want {
			t.Errorf("%q: got %q, want %q", flags, got, want)
		}
	}
}

// TestRefuseTF32: the ban reaches the libraries' own switch, and only where the options ask for it.
func TestRefuseTF32(t *testing.T) {
	for options, want := range map[string]string{"memory_fraction=0.1,tf32=false": "0", "tf32=true": "1", "": "1"} {
		t.Setenv(tf32Env, "1")
		if refuseTF32(options); os.Getenv(tf32Env) != want {
			t.Errorf("options %q: %s=%s, want %s", options, tf32Env, os.Getenv(tf32Env), want)
		}
	}
}
