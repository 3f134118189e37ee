package recipe

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tightrope/pkg/attack"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/record"
)

// TestAttackAgainFinds: a run's folder and the record in it stand for the model in it, and what is no training is said
// to be none.
func TestAttackAgainFinds(t *testing.T) {
	device, committed, dir := testbackend.Open(t), copied(t, "gamma0-seed0", "gamma0-seed0"), t.TempDir()
	for from, to := range map[string]string{committed: "record.json",
		record.ModelBeside(committed): "model.safetensors"} {
		if err := os.Rename(from, filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	o := AgainOptions{Attack: &attack.Options{Steps: 1}, Samples: 10}
	for _, path := range []string{dir, filepath.Join(dir, "record.json")} {
		if _, now, err := AttackAgain(t.Context(), device, path, o); err != nil || now.PGDSteps != 1 {
			t.Errorf("%s: %+v, %v", path, now, err)
		}
	}
	_, _, err := AttackAgain(t.Context(), device, "../../figures/results/verify/lpd_mlp_b_0.1.json", o)
	if err == nil || !strings.Contains(err.Error(), `of kind "verify", not the record of a training`) {
		t.Errorf("the record of a verification: %v", err)
	}
}

// copied puts a committed record and a model beside each other into a new folder.
func copied(t *testing.T, recordOf, modelOf string) string {
	const from = "../../figures/results/digits/mlp-2x100-digits-quick-lambda0-"
	path := filepath.Join(t.TempDir(), "r.json")
	for source, to := range map[string]string{from + recordOf + ".json": path,
		from + modelOf + ".safetensors": strings.TrimSuffix(path, ".json") + ".safetensors"} {
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestAttackAgain: a committed model is attacked again as its recipe or the options say; nothing but the PGD error and
// how it was measured changes, and the model of another record is refused.
func TestAttackAgain(t *testing.T) {
	device, path := testbackend.Open(t), copied(t, "gamma0-seed0", "gamma0-seed0")
	before, err := record.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	o := AgainOptions{Attack: &attack.Options{Steps: 3, Loss: attack.DLR, Restarts: 1}, Samples: 50}
	for range 2 {
		if _, _, err := AttackAgain(t.Context(), device, path, o); err != nil {
			t.Fatal(err)
		}
	}
	after, err := record.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	got := after.Results[record.Test]
	want := record.Attack{Loss: "dlr", Steps: 3, StepSize: 2.5 * 0.1 / 3, Restarts: 1, Images: 50}
	if got.Attack == nil || !reflect.DeepEqual(*got.Attack, want) || got.PGDSteps != 3 || got.OlderAttack() {
		t.Errorf("attacked by %+v, want %+v", got.Attack, want)
	}
	if n := len(after.Notes) - len(before.Notes); n < 0 || n > 1 {
		t.Errorf("notes %q, before %q", after.Notes, before.Notes)
	}
	old := before.Results[record.Test]
	got.Attack, got.PGDError, got.PGDSteps = old.Attack, old.PGDError, old.PGDSteps
	if !after.Remeasured.After(before.Started) {
		t.Errorf("measured again at %v, a run of %v", after.Remeasured, before.Started)
	}
	if kept, old := record.Latest([]*record.Record{before, after}); len(kept) != 1 || kept[0] != after ||
		len(old) != 1 {
		t.Error("figures do not take the record that was measured again")
	}
	after.Remeasured = before.Remeasured
	after.Results[record.Test], after.Notes, after.Hash = got, before.Notes, before.Hash
	if !reflect.DeepEqual(after, before) {
		t.Error("more than the PGD error has changed")
	}
	if _, _, err := AttackAgain(t.Context(), device, copied(t, "gamma0-seed1", "gamma3-seed0"), o); err == nil ||
		!strings.Contains(err.Error(), "standard error") {
		t.Errorf("the model of another record: %v", err)
	}
}
