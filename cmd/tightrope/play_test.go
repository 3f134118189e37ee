package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tightrope/pkg/play"
	"tightrope/pkg/record"
)

// TestPlayCommand: pages are served until the program is told to stop; without pages the error says how to get them.
func TestPlayCommand(t *testing.T) {
	dir := t.TempDir()
	cmd := tightrope(t, "play", "--no-browser", "--dir", dir)
	if text, code := output(t, cmd); code == 0 || !strings.Contains(text, "make playground") {
		t.Errorf("no pages: exit code %d, %q", code, text)
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("the pages"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd = tightrope(t, "play", "--no-browser", "--dir", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(strings.Fields(line)[1])
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || string(text) != "the pages" {
		t.Errorf("%v: %q", err, text)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after it was told to stop: %v", err)
	}
}

// TestPlayIsTheCommandLine: the playground's bounds of ten digits are those of tightrope ladder, to 1e-5.
func TestPlayIsTheCommandLine(t *testing.T) {
	const model = "../../figures/results/digits/mlp-2x100-digits-quick-lambda0-gamma3-seed0.safetensors"
	player := &play.Player{}
	for _, image := range []int{0, 7, 42, 63, 99} {
		out := filepath.Join(t.TempDir(), "ladder")
		must(t, tightrope(t, "ladder", model, "--image", fmt.Sprint(image), "--radii", "0.04,0.1",
			"--techniques", "ibp,crown-ibp,fast-lin,crown", "--out", out))
		r, err := record.Read(out)
		if err != nil || len(r.Ladder) != 8 {
			t.Fatalf("%v: %d rungs", err, len(r.Ladder))
		}
		for _, rung := range r.Ladder {
			a, err := player.Answer(play.Request{Page: "digit", State: play.State{"image": fmt.Sprint(image),
				"eps": fmt.Sprint(rung.Eps)}})
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Numbers[rung.Technique+" 1"]; !(math.Abs(got-rung.Margin) <= 1e-5*max(1, math.Abs(got))) {
				t.Errorf("image %d at %v: %s is %v in the playground and %v on the command line", image, rung.Eps,
					rung.Technique, got, rung.Margin)
			}
		}
	}
}
