package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
)

// TestTrained: a run's network comes with the test images that it was not trained on, by its file or, for a run of
// before, by its record.
func TestTrained(t *testing.T) {
	fakeNotebook(t, nil)
	r, out := tiny(t), filepath.Join(t.TempDir(), "run")
	r.Train.Seed = 3
	Run(r, out)
	splits, err := data.Load("digits", data.Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	n, set := Trained(out)
	hash := n.Hash()
	if n.Origin.Data != "digits" || *n.Origin.Seed != 3 || set.Hash() != splits.Test.Hash() {
		t.Errorf("the file says %v; test images %.12s, want %.12s", n.Origin.Entries(), set.Hash(), splits.Test.Hash())
	}
	n.Origin = model.Origin{}
	if err := net.Save(filepath.Join(out, "model.safetensors"), n); err != nil {
		t.Fatal(err)
	}
	n, set = Trained(out)
	if n.Origin.Known() || n.Hash() != hash || set.Hash() != splits.Test.Hash() {
		t.Errorf("an older run: test images %.12s, want %.12s", set.Hash(), splits.Test.Hash())
	}
	if err := os.Remove(filepath.Join(out, "record.json")); err != nil {
		t.Fatal(err)
	}
	if _, text, status := output(t, func() { Trained(out) }); status != 1 || !strings.Contains(text, "no record at") {
		t.Errorf("neither file nor record: exit code %d, %s", status, text)
	}
}
