package torch

import (
	"encoding/json/v2"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/model"
	"tightrope/pkg/verify/cert"
)

// torchCase is a file that tools/torch_cases.py made.
type torchCase struct {
	File, Arch, Refused string
	Input               []int
	X, Logits           []float64
}

func torchCases(t *testing.T) (cases []torchCase) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &cases, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	return cases
}

// TestFiles reads the forms of files that people have: the network computes PyTorch's logits, or the file is refused.
func TestFiles(t *testing.T) {
	read := 0
	for _, c := range torchCases(t) {
		t.Run(c.File, func(t *testing.T) {
			values, err := Read(filepath.Join("testdata", c.File))
			if c.Refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.Refused) {
					t.Fatalf("%v: want %q", err, c.Refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			read++
			arch, err := model.Named(c.Arch, c.Input, len(c.Logits))
			if err != nil {
				t.Fatal(err)
			}
			m, err := model.FromTensors(c.File, values).Model(model.LoadOptions{Arch: &arch})
			if err != nil {
				t.Fatal(err)
			}
			n, err := cert.NewNetwork(m)
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range n.Forward(c.X) {
				if !(math.Abs(got-c.Logits[i]) <= 1e-12*max(1, math.Abs(c.Logits[i]))) {
					t.Errorf("logit %d: %v, PyTorch %v", i, got, c.Logits[i])
				}
			}
		})
	}
	if read < 10 {
		t.Errorf("only %d files are read", read)
	}
}
