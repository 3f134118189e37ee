package measure

import (
	"context"
	"testing"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// TestAttacks evaluates digits by every attack: standard <= attacked <= certified error, auto's is at least that of
// each of its parts alone, its parts add up over the chunks of a set, and graphs that are kept give the same.
func TestAttacks(t *testing.T) {
	splits, err := data.Load("digits", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := splits.Train.Head(chunkSize + 60)
	n, err := net.Load("../../figures/results/digits/mlp-2x100-digits-quick-lambda0-gamma0-seed0.safetensors", nil)
	if err != nil {
		t.Fatal(err)
	}
	compiled := &Compiled{}
	defer compiled.Close()
	evaluate := func(key string, kept *Compiled) Errors {
		o, err := attack.Parse(key)
		if err != nil {
			t.Fatal(err)
		}
		o.Steps, o.Restarts, o.Queries = 8, attack.NoRestarts, 40
		e, err := Evaluate(context.Background(), testbackend.Open(t), n, set, Options{Technique: bound.FastLin{},
			Ball: ball.Ball{Eps: 0.15, Box: ball.Unit}, Attack: &o, Compiled: kept})
		if err != nil {
			t.Fatal(err)
		}
		if e.Standard > e.Attacked || e.Attacked > e.Uncertified {
			t.Errorf("%s: %d standard, %d attacked, %d certified errors", key, e.Standard, e.Attacked, e.Uncertified)
		}
		return e
	}
	auto := evaluate("auto", nil)
	for range 2 {
		if again := evaluate("auto", compiled); again.Attacked != auto.Attacked {
			t.Errorf("%d errors with graphs that are kept, %d with fresh ones", again.Attacked, auto.Attacked)
		}
	}
	for _, key := range []string{"apgd-ce", "apgd-dlr", "square"} {
		if e := evaluate(key, compiled); e.Attacked > auto.Attacked || e.Attacked == e.Standard {
			t.Errorf("%s finds %d errors, auto %d, the images themselves %d", key, e.Attacked, auto.Attacked,
				e.Standard)
		}
	}
	left := set.Len()
	for _, p := range auto.Attack.Parts {
		if p.Images != left {
			t.Errorf("%s attacked %d images, %d were left", p.Method, p.Images, left)
		}
		left -= p.Found
	}
	if len(auto.Attack.Parts) != 3 || left != set.Len()-auto.Attacked {
		t.Errorf("%d images are left after %+v, %d were changed", left, auto.Attack.Parts, auto.Attacked)
	}
}
