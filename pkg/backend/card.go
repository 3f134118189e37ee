package backend

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// tf32Env makes cuBLAS and cuDNN refuse TF32, whatever a program asks for; they read it once, when they are loaded.
const tf32Env = "NVIDIA_TF32_OVERRIDE"

// xlaFlagsEnv holds flags for XLA's compiler.
const xlaFlagsEnv = "XLA_FLAGS"

// cardPatience is how long the driver's tool may take to answer; it is slow where a card is in trouble.
const cardPatience = 10 * time.Second

// card asks nvidia-smi for the name of the card that this process uses first, and for the version of the driver; ""
// if it cannot tell.
func card() (name, driver string) {
	arguments := []string{"--query-gpu=name,driver_version", "--format=csv,noheader"}
	if first, _, _ := strings.Cut(os.Getenv("CUDA_VISIBLE_DEVICES"), ","); first != "" {
		arguments = append(arguments, "--id="+first)
	}
	ctx, cancel := context.WithTimeout(context.Background(), cardPatience)
	defer cancel()
	text, err := exec.CommandContext(ctx, "nvidia-smi", arguments...).Output()
	if err != nil {
		return "", ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	name, driver, _ = strings.Cut(line, ",")
	return strings.TrimSpace(name), strings.TrimSpace(driver)
}

// plainFlags are XLA's flags for a record: of a path only the last element stays, as folders are a machine's own
// affair.
func plainFlags(flags string) string {
	var plain []string
	for _, flag := range strings.Fields(flags) {
		if name, value, _ := strings.Cut(flag, "="); strings.ContainsAny(value, `/\`) {
			flag = name + "=.../" + filepath.Base(value)
		}
		plain = append(plain, flag)
	}
	return strings.Join(plain, " ")
}
