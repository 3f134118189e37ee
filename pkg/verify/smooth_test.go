package verify

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/audit"
	"tightrope/pkg/verify/outcome"
)

// smoothSubject is a network of a tanh, a sigmoid, a softplus and a relu, with images that it classifies.
func smoothSubject(t testing.TB, images int) (*net.Network, *data.Set) {
	t.Helper()
	n, err := net.Named("fc9 tanh fc8 sigmoid fc7 softplus fc6 relu fc3", []int{6}, 3)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(5).DType = dtypes.Float32
	for _, p := range n.Params {
		for i := range p.Data {
			p.Data[i] *= 2
		}
	}
	rng, set := newRand(6), &data.Set{Name: "random", Shape: []int{6}, Classes: 3, Upper: 1}
	for range images * 6 {
		set.X = append(set.X, rng.Float32())
	}
	set.Y = make([]int32, images)
	plain := balance(t, n, set)
	for i := range set.Y {
		set.Y[i] = int32(argmax(plain.Forward(sample64(set, i))))
	}
	set.Y[0] = (set.Y[0] + 1) % 3 // misclassified
	return n, set
}

// TestSmoothCascade: a verification certifies some images of a network of smooth activations and falsifies others, and
// the audit of its folder confirms every proof; branch and bound takes part, and the stages about relus are left out by
// name.
func TestSmoothCascade(t *testing.T) {
	n, set := smoothSubject(t, 60)
	tried := 0
	for _, b := range []ball.Ball{{Eps: 0.03, Box: ball.Unit}, {Norm: ball.L2, Eps: 0.06}, {Norm: ball.L1, Eps: 0.1}} {
		o := CascadeOptions{Ball: b, Dir: t.TempDir()}
		s, err := Cascade(t.Context(), testbackend.Open(t), n, set, o)
		if err != nil {
			t.Fatal(err)
		}
		tried += s.At(outcome.BranchAndBound).Reached
		if s.Certified < 5 || s.Falsified < 1 || s.Unchecked > 0 || s.Done() != 60 {
			t.Errorf("%v: %d certified, %d falsified, %d unchecked of %d", b.Norm, s.Certified, s.Falsified,
				s.Unchecked, s.Done())
		}
		if notes := strings.Join(s.Notes, "; "); !strings.Contains(notes, "no alpha-CROWN, LP, LP-all, MILP: "+
			"they know relus only, and the network has tanh and sigmoid and softplus") {
			t.Errorf("notes %q", notes)
		}
		r, err := audit.File(t.Context(), outcome.CertificatesFile(o.Dir), audit.Options{Network: plainOf(t, n),
			Images: set})
		if err != nil || r.FaultCount > 0 || len(r.Claims) != 1 {
			t.Errorf("%v: the audit refuses %v, %v", b.Norm, r, err)
		}
		certifiedByCROWN(t, o.Dir)
	}
	if tried == 0 {
		t.Error("no image is left to branch and bound")
	}
}

// certifiedByCROWN checks that intervals and CROWN both decide images.
func certifiedByCROWN(t *testing.T, dir string) {
	t.Helper()
	decisions, err := outcome.ReadDecisions(dir)
	if err != nil {
		t.Fatal(err)
	}
	by := map[outcome.Stage]int{}
	for _, d := range decisions {
		by[d.Stage]++
	}
	if by[outcome.CROWN]+by[outcome.CROWNIBP]+by[outcome.FastLin] == 0 {
		t.Errorf("no image is decided by lines: %v", by)
	}
}

// TestSmoothLadder: the ladder and the radii of a network of smooth activations have the techniques that know them; one
// that does not is refused by name.
func TestSmoothLadder(t *testing.T) {
	n, set := smoothSubject(t, 6)
	backend := testbackend.Open(t)
	_, ladders, err := Ladder(t.Context(), backend, n, set, LadderOptions{Ball: ball.Ball{Eps: 0.02}})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(Rungs(), technique.ID.OfRelus)
	for _, l := range ladders {
		var got []technique.ID
		for _, s := range l.Steps {
			got = append(got, s.Rung)
			if s.Margin == nil || *s.Margin > *l.Step(technique.PGD).Margin {
				t.Errorf("image %d: %v bounds the margin by %v, above PGD's", l.Index, s.Rung, s.Margin)
			}
		}
		if !slices.Equal(got, want) || len(want) != 6 {
			t.Errorf("techniques %v, want %v", got, want)
		}
	}
	_, err = Radii(t.Context(), backend, n, set.Head(2), RadiusOptions{Tolerance: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	o := LadderOptions{Rungs: []technique.ID{technique.CROWN, technique.AlphaCROWN}}
	_, _, err = Ladder(t.Context(), backend, n, set, o)
	if err == nil || !strings.Contains(err.Error(), "alpha-CROWN knows relus only") {
		t.Errorf("alpha-CROWN of a tanh: error %v", err)
	}
	if _, err = Neurons(t.Context(), n, ball.Ball{Eps: 0.02}, sample64(set, 1), int(set.Y[1]), -1); err == nil ||
		!strings.Contains(err.Error(), "relus only") {
		t.Errorf("the neurons of the linear program of a tanh: error %v", err)
	}
	o.Rungs = []technique.ID{technique.Dual}
	if _, _, err = Ladder(t.Context(), backend, n, set, o); err == nil ||
		!strings.Contains(err.Error(), "dual knows relus only") {
		t.Errorf("the dual of a tanh: error %v", err)
	}
	if _, err = Distances(t.Context(), backend, n, set, DistanceOptions{}); err == nil ||
		!strings.Contains(err.Error(), "relus only") || !strings.Contains(err.Error(), "ask for radii") {
		t.Errorf("exact distances of a tanh: error %v", err)
	}
}
