package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// killVariable names the folder of the process that TestKilled kills.
const killVariable = "TIGHTROPE_TEST_KILL_VERIFY"

// many is a network and images of which every kind of verdict comes from several stages.
func many(t testing.TB) (*net.Network, *data.Set, CascadeOptions) {
	n, first := small(t, "fc10 fc10 fc3", []int{1, 2, 3}, 11)
	set := &data.Set{Name: "random", Shape: first.Shape, Classes: 3, Upper: 1}
	rng := newRand(12)
	plain := plainOf(t, n)
	for i := range 80 {
		for range 6 {
			set.X = append(set.X, rng.Float32())
		}
		set.Y = append(set.Y, 0)
		set.Y[i] = int32(argmax(plain.Forward(sample64(set, i))))
	}
	return n, set, CascadeOptions{Ball: ball.Ball{Eps: 0.12, Box: ball.Unit}, Until: outcome.BranchAndBound, Workers: 2}
}

// verifyFolder runs a verification in a folder, as the command does.
func verifyFolder(t testing.TB, dir string, pause time.Duration) *outcome.Summary {
	n, set, o := many(t)
	folder, err := OpenFolder(dir, record.Resume)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	o.Dir, o.Progress = dir, func(*outcome.Summary) { time.Sleep(pause) }
	s, err := Cascade(context.Background(), testbackend.Open(t), n, set, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestKilled kills a verification at random moments (SIGKILL) and starts it again: no decision is lost or made twice,
// and in the end the verdicts and proofs are those of a run that was left alone.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(killVariable); dir != "" {
		verifyFolder(t, dir, 4*time.Millisecond)
		return
	}
	dir, rng := t.TempDir(), newRand(uint64(time.Now().UnixNano()))
	var kept []byte
	kills := 0
	for range 5 {
		whole := verifyAndKill(t, dir, len(kept), time.Duration(rng.IntN(25))*time.Millisecond)
		if !bytes.HasPrefix(whole, kept) {
			t.Fatal("decisions of an earlier process were changed")
		}
		if len(whole) > len(kept) {
			kills++
		}
		kept = whole
	}
	resumed := verifyFolder(t, dir, 0)
	after, err := os.ReadFile(filepath.Join(dir, outcome.DecisionsName))
	if err != nil || !bytes.HasPrefix(after, kept) {
		t.Fatalf("the last session changed earlier decisions (%v)", err)
	}
	if kills < 2 || resumed.Resumed == 0 {
		t.Errorf("%d useful kills, %d decisions resumed: the test shows little", kills, resumed.Resumed)
	}
	alone := t.TempDir()
	verifyFolder(t, alone, 0)
	got, want := checkedDecisions(t, dir), checkedDecisions(t, alone)
	counts := map[outcome.Verdict]int{}
	for i := range want {
		counts[want[i].Verdict]++
		if got[i].Verdict != want[i].Verdict || got[i].Label != want[i].Label {
			t.Errorf("image %d: %+v after kills, %+v at once", i, got[i], want[i])
		}
	}
	t.Logf("%d kills, %v", kills, counts)
	if counts[outcome.Certified] < 10 || counts[outcome.Falsified] < 10 {
		t.Errorf("%v: the problems are too easy", counts)
	}
}

// verifyAndKill starts a process on the folder, kills it a while after it decided something new, and returns the whole
// lines that it left.
func verifyAndKill(t *testing.T, dir string, old int, more time.Duration) []byte {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKilled$")
	cmd.Env = append(os.Environ(), killVariable+"="+dir, "GOMLX_BACKEND=go")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, outcome.DecisionsName)
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
		if info, err := os.Stat(path); err == nil && int(info.Size()) > old+200 || time.Now().After(deadline) {
			break
		}
		if exited(cmd) {
			break
		}
	}
	time.Sleep(more)
	cmd.Process.Kill()
	cmd.Wait()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content[:bytes.LastIndexByte(content, '\n')+1]
}

// exited reports whether a process has ended by itself.
func exited(cmd *exec.Cmd) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "stat"))
	return err == nil && bytes.Contains(stat, []byte(") Z "))
}

// checkedDecisions are a folder's decisions by image, each there once, and its certificate where the decision says,
// confirmed.
func checkedDecisions(t *testing.T, dir string) []outcome.Decision {
	t.Helper()
	n, set, _ := many(t)
	plain := plainOf(t, n)
	all, err := outcome.ReadDecisions(dir)
	if err != nil {
		t.Fatal(err)
	}
	proofs, err := os.ReadFile(filepath.Join(dir, outcome.CertificatesName))
	if err != nil {
		t.Fatal(err)
	}
	by, total := make([]outcome.Decision, set.Len()), int64(0)
	seen := make([]bool, set.Len())
	for _, d := range all {
		if seen[d.Index] {
			t.Errorf("image %d was decided twice", d.Index)
		}
		seen[d.Index], by[d.Index] = true, d
		total += d.Length
		if d.Verdict != outcome.Certified && d.Verdict != outcome.Falsified {
			continue
		}
		c := &cert.Certificate{}
		if err := json.Unmarshal(proofs[d.Offset:d.Offset+d.Length], c); err != nil || c.Index != d.Index {
			t.Errorf("image %d: its certificate is not where the decision says (%v)", d.Index, err)
		} else if _, err := cert.Check(t.Context(), plain, c); err != nil {
			t.Errorf("image %d: %v", d.Index, err)
		}
	}
	if len(all) != set.Len() || total != int64(len(proofs)) {
		t.Errorf("%d decisions of %d images, %d of %d bytes of certificates in use", len(all), set.Len(), total,
			len(proofs))
	}
	return by
}
