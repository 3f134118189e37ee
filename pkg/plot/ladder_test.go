package plot

import (
	"math/rand/v2"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestAttacksNeverCertify: in ladders of random bounds, captions never say that PGD certifies, and tell where it finds
// an attack.
func TestAttacksNeverCertify(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		r := &record.Record{}
		for _, technique := range []string{"IBP", "exact", attackName} {
			for i := range 4 {
				margin := 1 - random.Float64()*float64(i+1)
				if random.IntN(8) == 0 {
					margin = -margin
				}
				r.Ladder = append(r.Ladder, record.Rung{Technique: technique, Eps: 0.1 * float64(i+1), Margin: margin})
			}
		}
		if random.IntN(4) == 0 {
			r.Ladder = r.Ladder[8:]
		}
		f, err := Ladder(r)
		if err != nil {
			t.Fatal(err)
		}
		bounds, attack, found := strings.Cut(f.Caption, "PGD finds ")
		if !found || strings.Contains(bounds, "PGD") || strings.Contains(attack, "certif") {
			t.Fatalf("caption %q", f.Caption)
		}
		for _, rung := range r.Ladder {
			if g, err := Rungs(r, rung.Eps); err != nil || strings.Contains(g.Caption, "by PGD") ||
				strings.Contains(g.Caption, "and PGD.") || strings.Contains(g.Caption, "only PGD") {
				t.Fatalf("caption %q, %v", g.Caption, err)
			}
		}
	}
}

// TestAdversarialImageIsNamed: where nothing certifies, the caption says whether an adversarial image is known.
func TestAdversarialImageIsNamed(t *testing.T) {
	for _, c := range []struct {
		exact, pgd float64
		want       string
	}{{-0.1, -0.05, "PGD found an attack"}, {-0.1, 0.05, "PGD did not find"}} {
		f, err := Rungs(&record.Record{Ladder: []record.Rung{{Technique: "exact", Eps: 0.1, Margin: c.exact},
			{Technique: attackName, Eps: 0.1, Margin: c.pgd}}}, 0.1)
		if err != nil || !strings.Contains(f.Caption, c.want) {
			t.Errorf("exact %v, PGD %v: %v, %v", c.exact, c.pgd, f, err)
		}
	}
}
