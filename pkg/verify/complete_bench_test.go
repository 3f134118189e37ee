package verify

import (
	"syscall"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testmodels"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
)

// hardImages are the first test images of MNIST that a network classifies correctly and Fast-Lin does not certify at
// eps 0.1.
func hardImages(b *testing.B, plain *cert.Network, count int) (threat ball.Ball, images [][]float64, labels []int) {
	set := testmodels.MNIST(b)
	threat = ball.Ball{Eps: 0.1, Box: ball.Unit}
	for i := 0; len(images) < count; i++ {
		x, label := sample64(set, i), int(set.Y[i])
		if argmax(plain.Forward(x)) != label {
			continue
		}
		proof := cert.ByRule(plain, threat, x, label, "", []cert.Rule{cert.FastLin}, cert.FastLin)
		if _, err := cert.Check(b.Context(), plain, proof); err != nil {
			images, labels = append(images, x), append(labels, label)
		}
	}
	return threat, images, labels
}

// BenchmarkComplete decides the same hard images of a published mlp-2x100 by branch and bound and by mixed-integer
// programs on the same bounds: seconds of processor time an image are comparable on a busy machine too.
func BenchmarkComplete(b *testing.B) {
	needHiGHS(b)
	p, err := newProver(testmodels.Network(b, "lpd_mlp_b_0.1"))
	if err != nil {
		b.Fatal(err)
	}
	plain := p.plain
	threat, images, labels := hardImages(b, plain, 3)
	b.Run("BaB", func(b *testing.B) {
		each := processorTime(b, func(i int) bool {
			r, err := bab.Solve(b.Context(), plain, threat, images[i], labels[i], bab.Options{})
			return err == nil && r.Certificate != nil
		}, len(images))
		b.ReportMetric(each, "cpu-s/image")
	})
	b.Run("MILP", func(b *testing.B) {
		each := processorTime(b, func(i int) bool { return decideByMILP(b, p, threat, images[i], labels[i]) },
			len(images))
		b.ReportMetric(each, "cpu-s/image")
	})
}

// processorTime decides all images in every round and returns the seconds per image; an undecided one is an error.
func processorTime(b *testing.B, decide func(i int) bool, images int) float64 {
	start := usage(b)
	rounds := 0
	for b.Loop() {
		rounds++
		for i := range images {
			if !decide(i) {
				b.Errorf("image %d stays undecided", i)
			}
		}
	}
	return (usage(b) - start).Seconds() / float64(rounds*images)
}

// usage is the process's user time.
func usage(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano())
}

// decideByMILP asks for the sign of every margin that rules do not prove, as the last stage of the cascade does.
func decideByMILP(b *testing.B, p *prover, threat ball.Ball, x []float64, label int) bool {
	s := p.subject(threat, x, label)
	s.signs = true
	f, err := s.ask(b.Context(), time.Time{}, onBounds((*programs).milp, bab.Rules...))
	if err != nil {
		b.Fatal(err)
	}
	return f.verdict != ""
}
