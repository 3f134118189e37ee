package measure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// TestCompiled evaluates two networks with kept graphs: the errors are those of fresh ones, at every radius.
func TestCompiled(t *testing.T) {
	set := &data.Set{Name: "random", Shape: []int{1, 2, 3}, Classes: 3, Upper: 1}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		for range 6 {
			set.X = append(set.X, rng.Float32())
		}
		set.Y = append(set.Y, int32(i%3))
	}
	compiled := &Compiled{}
	defer compiled.Close()
	seen := map[string]bool{}
	for seed := range 3 {
		arch, err := net.ParseArch("fc8 fc3", set.Shape, 3)
		if err != nil {
			t.Fatal(err)
		}
		n, err := net.Build(arch)
		if err != nil {
			t.Fatal(err)
		}
		n.Init(uint64(seed))
		for _, eps := range []float64{0.01, 0.1} {
			o := Options{Ball: ball.Ball{Eps: eps, Box: ball.Unit}, Attack: &attack.Options{Steps: 5}}
			want, err := Evaluate(context.Background(), testbackend.Open(t), n, set, o)
			if err != nil {
				t.Fatal(err)
			}
			o.Compiled = compiled
			got, err := Evaluate(context.Background(), testbackend.Open(t), n, set, o)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("seed %d, eps %v: %+v (%v), want %+v", seed, eps, got, err, want)
			}
			seen[fmt.Sprint(want)] = true
		}
	}
	if len(seen) < 4 {
		t.Errorf("only %d different results: the test shows little", len(seen))
	}
}
