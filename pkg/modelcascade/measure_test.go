package modelcascade

import (
	"math/rand/v2"
	"testing"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// random is data of 6 inputs and 3 classes.
func random(samples int, seed uint64) *data.Set {
	s := &data.Set{Name: "random", Shape: []int{1, 2, 3}, Classes: 3, Upper: 1}
	rng := rand.New(rand.NewPCG(seed, 1))
	for range samples {
		for range 6 {
			s.X = append(s.X, rng.Float32())
		}
		s.Y = append(s.Y, 0)
	}
	return s
}

// members are networks with random weights whose classes differ on some samples; labels of the set are those of the
// first one, but for every seventh.
func randomMembers(t *testing.T, set *data.Set, count int, seed uint64) (all []*net.Network) {
	t.Helper()
	return membersOf(t, "fc8 fc3", set, count, seed)
}

// membersOf are the same of any architecture.
func membersOf(t *testing.T, arch string, set *data.Set, count int, seed uint64) (all []*net.Network) {
	t.Helper()
	for k := range count {
		n, err := net.Named(arch, set.Shape, 3)
		if err != nil {
			t.Fatal(err)
		}
		n.Init(seed)
		rng := rand.New(rand.NewPCG(seed, uint64(k)))
		for _, p := range n.Params {
			for i := range p.Data {
				p.Data[i] = float64(float32(p.Data[i] + 0.25*rng.NormFloat64())) // members agree on many samples
			}
		}
		all = append(all, n)
	}
	own, err := Labelled(all[0], set)
	if err != nil {
		t.Fatal(err)
	}
	for i, y := range own.Y {
		if set.Y[i] = y; i%7 == 6 {
			set.Y[i] = (y + 1) % 3
		}
	}
	return all
}

// TestTheorems checks, on random members, what holds for every cascade: the order of its errors; that what the first
// member certifies counts for the cascade too; that an image without an answer is certified by nobody; and what a
// cascade of one model, or of equal ones, is.
func TestTheorems(t *testing.T) {
	seen := Errors{}
	for seed := range uint64(4) {
		set := random(70, seed)
		networks := randomMembers(t, set, 3, 10+seed)
		for _, technique := range []bound.Named{bound.FastLin{}, bound.IBP{}} {
			o := Options{Ball: ball.Ball{Eps: 0.03, Box: ball.Unit}, Technique: technique,
				Attack: &attack.Options{Steps: 10}}
			e := mustMeasure(t, networks, set, o)
			answered := 0
			for _, n := range e.Answered {
				answered += n
			}
			if !(e.Standard <= e.Hit && e.Hit <= e.Uncertified) || e.Contradicted != 0 || e.Tried != e.Samples {
				t.Errorf("errors are out of order: %+v", e)
			}
			if e.CleanChoice > e.Alone[0].Uncertified || e.CleanChoice < e.Samples-answered ||
				e.CleanChoice > e.Uncertified {
				t.Errorf("the clean choice is not between its bounds: %+v", e)
			}
			for k, a := range e.Alone {
				if a.Uncertified < e.Samples-answered {
					t.Errorf("member %d certifies images that no member certifies: %+v", k+1, e)
				}
			}
			seen.Hit, seen.Refuted, seen.Uncertified = seen.Hit+e.Hit, seen.Refuted+e.Refuted, seen.Uncertified+
				e.Samples-e.Uncertified
			checkEqualMembers(t, networks[0], set, o)
		}
	}
	if seen.Hit == 0 || seen.Refuted == 0 || seen.Uncertified == 0 {
		t.Errorf("the cascades show too little: %+v", seen)
	}
}

func mustMeasure(t *testing.T, networks []*net.Network, set *data.Set, o Options) *Errors {
	t.Helper()
	e, err := Measure(t.Context(), testbackend.Open(t), networks, set, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// checkEqualMembers: a cascade of one model has that model's errors, and so has one of the same model twice.
func checkEqualMembers(t *testing.T, n *net.Network, set *data.Set, o Options) {
	t.Helper()
	for _, networks := range [][]*net.Network{{n}, {n, n}} {
		e := mustMeasure(t, networks, set, o)
		a := e.Alone[0]
		// Intervals certify the cascade no more often than the member: a ball of twice the radius holds the other.
		if e.Standard != a.Standard || e.CleanChoice != a.Uncertified || e.Uncertified != a.Uncertified ||
			e.Refuted != 0 {
			t.Errorf("%d equal members: %+v", len(networks), e)
		}
	}
}

// TestRobustByPoints: where a sample counts as certified, the cascade answers its label at random points and corners of
// the ball, where other members answer.
func TestRobustByPoints(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	points, moved := 0, 0
	for seed := range uint64(3) {
		set := random(40, 20+seed)
		networks := randomMembers(t, set, 3, 30+seed)
		for _, technique := range []bound.Named{bound.FastLin{}, bound.IBP{}} {
			b := ball.Ball{Eps: 0.04, Box: ball.Unit}
			o := Options{Ball: b, Technique: technique}
			members, release, err := open(testbackend.Open(t), networks, o)
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			s := &session{Options: o, members: members, errors: &Errors{Answered: make([]int, 3),
				Alone: make([]Alone, 3)}}
			says := mustSay(t, members, set.X, set.Y, b.Eps)
			wider, err := s.wider(set)
			if err != nil {
				t.Fatal(err)
			}
			for i, y := range set.Y {
				var around []answer
				if wider != nil {
					around = at(wider, i)
				}
				if !s.count(at(says, i), around, y).robust {
					continue
				}
				own, _ := choice(at(says, i))
				x, labels := around60(b, image(set, i), y, rng)
				there := mustSay(t, members, x, labels, b.Eps)
				for q := range labels {
					k, class := choice(at(there, q))
					if class != y {
						t.Errorf("%s: sample %d counts as certified, but the cascade answers %d at a point, not %d",
							technique.Name(), i, class, y)
					}
					points++
					moved += count(k != own)
				}
			}
		}
	}
	if points < 500 || moved == 0 {
		t.Errorf("only %d points, at %d of which another member answers", points, moved)
	}
}

// around60 are 30 random points and 30 corners of a ball, with their label.
func around60(b ball.Ball, centre []float64, label int32, rng *rand.Rand) (x []float32, labels []int32) {
	lower, upper := b.Bounds(centre)
	for q := range 60 {
		p := b.Sample(centre, rng)
		for k := range p {
			if q >= 30 {
				p[k] = lower[k]
				if rng.IntN(2) == 0 {
					p[k] = upper[k]
				}
			}
			x = append(x, float32(p[k]))
		}
		labels = append(labels, label)
	}
	return x, labels
}

func mustSay(t *testing.T, members []member, x []float32, guess []int32, eps float64) [][]answer {
	t.Helper()
	says, err := sayings(members, x, guess, eps)
	if err != nil {
		t.Fatal(err)
	}
	return says
}

// line is a network of one input whose class is 1 above a threshold, else 0.
func line(t *testing.T, threshold float64) *net.Network {
	t.Helper()
	n, err := net.Named("fc2", []int{1, 1, 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	copy(n.Params[0].Data, []float64{-1, 1})
	copy(n.Params[1].Data, []float64{threshold, -threshold})
	return n
}

// TestByHand: the image 0 with label 0, radius 1, and two members. The second gives 0 everywhere and certifies it. The
// first gives 1 above its threshold. At -0.5 it is wrong and not certified at the image, so the clean choice is the
// second member, certified of the label; but at x' = 1 the first is certified of class 1, and answers. At +0.5 the
// first gives the image its label, so that nowhere in the ball it can be certified of another class.
func TestByHand(t *testing.T) {
	set := &data.Set{Name: "one", Shape: []int{1, 1, 1}, Classes: 2, X: []float32{0}, Y: []int32{0}, Lower: -9,
		Upper: 9}
	last := line(t, 100)
	for threshold, want := range map[float64]Errors{
		-0.5: {Hit: 1, Uncertified: 1, Refuted: 1},
		0.5:  {},
	} {
		for _, technique := range []bound.Named{bound.FastLin{}, bound.IBP{}} {
			e := mustMeasure(t, []*net.Network{line(t, threshold), last}, set,
				Options{Ball: ball.Ball{Eps: 1}, Technique: technique, Attack: &attack.Options{Steps: 5}})
			if e.Standard != 0 || e.CleanChoice != 0 || e.Hit != want.Hit || e.Uncertified != want.Uncertified ||
				e.Refuted != want.Refuted || e.Answered[1] != 1 {
				t.Errorf("threshold %v, %s: %+v", threshold, technique.Name(), e)
			}
		}
	}
}

// TestTwiceTheRadius: intervals certify a member on twice the radius, so that it answers at every input of the ball,
// though a later member gives the image another class.
func TestTwiceTheRadius(t *testing.T) {
	set := &data.Set{Name: "one", Shape: []int{1, 1, 1}, Classes: 2, X: []float32{0}, Y: []int32{0}, Lower: -9,
		Upper: 9}
	for threshold, uncertified := range map[float64]int{2.5: 0, 1.5: 1} {
		e := mustMeasure(t, []*net.Network{line(t, threshold), line(t, -100)}, set,
			Options{Ball: ball.Ball{Eps: 1}, Technique: bound.IBP{}, Attack: &attack.Options{Steps: 5}})
		if e.CleanChoice != 0 || e.Uncertified != uncertified || e.Hit != uncertified {
			t.Errorf("threshold %v: %+v", threshold, e)
		}
	}
}
