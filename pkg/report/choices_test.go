package report

import (
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

func TestChoicesGoByValidation(t *testing.T) {
	var all []*record.Record
	for _, s := range []struct{ gamma, validation, test float64 }{{0, 30, 20}, {1, 29, 21}, {2, 28, 19.5},
		{4, 31, 10}} {
		for seed := range uint64(2) {
			r := record.New("mlp-2x100/digits", record.Train)
			r.Gamma, r.Seed = s.gamma, seed
			r.Results = map[string]record.SplitResult{record.Validation: {CertifiedError: s.validation + float64(seed)},
				record.Test: {CertifiedError: s.test + float64(seed)}}
			all = append(all, r)
		}
	}
	_, rows, err := Choices(all, 2)
	if err != nil {
		t.Fatal(err)
	}
	var gammas []string
	for _, row := range rows {
		gammas = append(gammas, row[1])
	}
	if !slices.Equal(gammas, []string{"2", "1", "0"}) {
		t.Errorf("chosen: γ = %v, want 2, 1 and the baseline", gammas)
	}
	if got := rows[0][3:]; !slices.Equal(got, []string{"28.50", "-2.00 [-2.00, -2.00]", "20.00",
		"-0.50 [-0.50, -0.50]"}) {
		t.Errorf("the best row is %q", got)
	}
	if _, _, err := Choices(all[2:], 2); err == nil || !strings.Contains(err.Error(), "without regularizers") {
		t.Errorf("without a baseline: %v", err)
	}
	if _, _, err := Choices(nil, 2); err == nil {
		t.Error("chosen from nothing")
	}
}
