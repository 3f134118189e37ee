package play

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/tight"
	"tightrope/pkg/toy"
	"tightrope/pkg/train"
	"tightrope/pkg/verify/cert"
)

// graphsOf are the compiled techniques of the page's rungs.
var graphsOf = map[string]bound.Technique{"IBP": bound.IBP{}, "CROWN-IBP": bound.CROWNIBP(),
	"Fast-Lin": bound.FastLin{}, "CROWN": bound.CROWN{}}

// TestDigitNumbers: the bounds of both networks are the compiled graphs', radii are certified at them and not far
// above, and the attack lies above every bound and inside the ball.
func TestDigitNumbers(t *testing.T) {
	player := &Player{}
	for k := range samples {
		a := complete(t, player, "digit", digitPage.Sample(k))
		d, err := player.loadDigits()
		if err != nil {
			t.Fatal(err)
		}
		v, err := digitPage.read(a.State)
		if err != nil {
			t.Fatal(err)
		}
		x, label, err := d.image(v)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range d.pair {
			checkDigit(t, a, n, i, x, label)
		}
	}
}

func checkDigit(t *testing.T, a *Answer, n *digitNet, i int, x []float64, label int) {
	t.Helper()
	b := ball.Ball{Eps: number(t, a.State["eps"]), Box: ball.Unit}
	class := largest(n.plain.Forward(x))
	same(t, a, fmt.Sprintf("class %d", i), float64(class))
	if label < 0 {
		label = class
	}
	for name, technique := range graphsOf {
		least, _ := weakest(margins(t, n.net, technique, b, x, label), label)
		same(t, a, fmt.Sprintf("%s %d", name, i), least)
		if pgd := a.Numbers[fmt.Sprintf("PGD %d", i)]; pgd < least-precision {
			t.Errorf("at %v: PGD reached %v, below %s's bound %v", a.State, pgd, name, least)
		}
		radius := a.Numbers[fmt.Sprintf("radius %s %d", name, i)]
		if class != label && radius != 0 {
			t.Errorf("at %v: a misread image is certified up to %v", a.State, radius)
		}
		if class == label && radius > 0 {
			b := ball.Ball{Eps: radius, Box: ball.Unit}
			if least, _ := weakest(margins(t, n.net, technique, b, x, label), label); !(least > 0) {
				t.Errorf("at %v: %s certifies radius %v with the bound %v", a.State, name, radius, least)
			}
		}
	}
	var s *seen
	for _, s = range n.last { // there is one
	}
	if !cert.Contains(b, x, s.attacked) {
		t.Errorf("at %v: the attack's image is outside the ball", a.State)
	}
}

// TestProofNumbers: the verdict is that of the checker on the certificate as it would be sent; a proof is accepted
// unchanged exactly if its least bound is positive, and a change of a multiplier is never believed where it proves
// nothing.
func TestProofNumbers(t *testing.T) {
	player := &Player{}
	accepted, refused := 0, 0
	for k := range 6 * samples {
		s := proofPage.Sample(k)
		if k%6 == 0 {
			s["change"] = "none"
		}
		a := answer(t, player, Request{Page: "proof", State: s})
		if a.Numbers["accepted"] == 1 {
			accepted++
		} else {
			refused++
		}
		if a.Good != (a.Numbers["accepted"] == 1) || a.Good != strings.Contains(a.Verdict, "Accepted") {
			t.Errorf("at %v: good %v, accepted %v: %s", a.State, a.Good, a.Numbers["accepted"], a.Verdict)
		}
		if s["change"] == "none" && a.Good != (a.Numbers["least"] > 0) {
			t.Errorf("at %v: least bound %v, but %s", a.State, a.Numbers["least"], a.Verdict)
		}
		if s["change"] == "missing" || s["change"] == "network" {
			if a.Good {
				t.Errorf("at %v: %s", a.State, a.Verdict)
			}
		}
		if a.Good {
			confirm(t, player, a)
		}
	}
	if accepted < 5 || refused < 5 {
		t.Errorf("%d accepted and %d refused: the states try too little", accepted, refused)
	}
}

// confirm compares an accepted claim with the truth: the attack must not break what the changed certificate states.
func confirm(t *testing.T, player *Player, a *Answer) {
	t.Helper()
	d, err := player.loadDigits()
	if err != nil {
		t.Fatal(err)
	}
	v, err := proofPage.read(a.State)
	if err != nil {
		t.Fatal(err)
	}
	x, label, err := d.image(v)
	if err != nil {
		t.Fatal(err)
	}
	w, err := d.pair[0].certificate(x, label, ball.Ball{Eps: v.number("eps"), Box: ball.Unit})
	if err != nil {
		t.Fatal(err)
	}
	_, class := weakest(w.lower, label)
	c, _ := tampered(w.Certificate, v, d.pair[1].plain.Hash, class)
	report, err := cert.Check(context.Background(), d.pair[0].plain, c)
	if err != nil {
		t.Fatalf("at %v: accepted, but %v", a.State, err)
	}
	same(t, a, "checked", slices.Min(report.Lower))
	n := d.pair[0]
	seen, err := n.look(c.Input, c.Label, c.Ball.Eps, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.attackAt(seen, c.Input, c.Ball.Eps); err != nil {
		t.Fatal(err)
	}
	if least, _ := weakest(seen.reached, c.Label); least < slices.Min(report.Lower)-precision {
		t.Errorf("at %v: the proof says at least %v, the attack reached %v", a.State, slices.Min(report.Lower), least)
	}
}

// TestTrainNumbers: a run of the page is a run of the library's loop, and its numbers are the library's of the network
// that comes out.
func TestTrainNumbers(t *testing.T) {
	for k := range samples {
		player := &Player{}
		s := trainPage.Sample(k)
		s["run"] = "go"
		a := answer(t, player, Request{Page: "train", State: s, Stage: 1})
		n, err := player.training.fresh(number(t, s["seed"]))
		if err != nil {
			t.Fatal(err)
		}
		const part = float64(trainRun) / trainRamp
		eps := number(t, s["eps"])
		trained, _, err := train.Run(t.Context(), player.training.backend, n, player.training.set, train.Config{
			Epochs: trainRun, Batch: 20, Eps: part * eps, EpsStart: part * eps, LearningRate: 0.02,
			Lambda: part * number(t, s["lambda"]), Gamma: part * number(t, s["gamma"])}, train.Options{Memory: 1 << 30})
		if err != nil {
			t.Fatal(err)
		}
		m, err := tight.NewMeasurement(player.training.backend, trained, nil, ball.Ball{Eps: eps}, tight.Options{})
		if err != nil {
			t.Fatal(err)
		}
		report, err := m.Measure(floats.Double(player.training.set.X), player.training.set.Y)
		if err != nil {
			t.Fatal(err)
		}
		same(t, a, "epoch", trainRun)
		same(t, a, "d", report.D)
		same(t, a, "r", report.R)
		certified := 0
		for i, y := range player.training.set.Y {
			x := floats.Double(player.training.set.Sample(i))
			if margins(t, trained, bound.FastLin{}, ball.Ball{Eps: eps}, x, int(y))[1-y] > 0 {
				certified++
			}
		}
		same(t, a, "certified", float64(certified))
		m.Close()
	}
}

// TestTraining: to the end, all points are classified rightly and most are certified, and the button is released; what
// the page's answer says of gamma holds for the first seeds: less than half of r, mostly more unstable neurons, and
// about as many certified points.
func TestTraining(t *testing.T) {
	more := 0
	for _, seed := range []string{"0", "1", "2"} {
		without, with := trained(t, seed, "0"), trained(t, seed, "10")
		if !(with["r"] < without["r"]/2) || math.Abs(with["certified"]-without["certified"]) > 4 {
			t.Errorf("seed %s: %v with gamma 10, %v without", seed, with, without)
		}
		if with["unstable"] > without["unstable"] {
			more++
		}
	}
	if more < 2 {
		t.Errorf("more unstable neurons with gamma in %d of 3 seeds", more)
	}
}

// trained are the numbers at the end of a training, which can be run again.
func trained(t *testing.T, seed, gamma string) map[string]float64 {
	t.Helper()
	player, s := &Player{}, State{"run": "go", "gamma": gamma, "seed": seed}
	a := complete(t, player, "train", s)
	if a.Numbers["epoch"] != trainEpochs || a.Numbers["correct"] < trainPoints ||
		a.Numbers["certified"] < 0.8*trainPoints || a.State["run"] != "stop" {
		t.Errorf("seed %s, gamma %s ends with %v, run %q", seed, gamma, a.Numbers, a.State["run"])
	}
	again := answer(t, player, Request{Page: "train", State: s, Moved: "run"})
	if again.Numbers["epoch"] != 0 || again.State["run"] != "go" || again.Next != 1 {
		t.Errorf("run after the end: epoch %v, run %q", again.Numbers["epoch"], again.State["run"])
	}
	return a.Numbers
}

// TestDigitAnswer: what the page's answer says of its first hundred images holds.
func TestDigitAnswer(t *testing.T) {
	player := &Player{}
	tightest, gaps := map[string]int{}, [2]float64{}
	for i := range digitImages {
		a := answer(t, player, Request{Page: "digit", State: State{"image": fmt.Sprint(i), "eps": "0.08"}})
		for k := range gaps {
			gaps[k] += a.Numbers[fmt.Sprintf("d %d", k)]
			best := "IBP"
			for name := range graphsOf {
				if a.Numbers[fmt.Sprintf("%s %d", name, k)] > a.Numbers[fmt.Sprintf("%s %d", best, k)] {
					best = name
				}
			}
			tightest[best]++
		}
	}
	if n := tightest["CROWN"]; n < 155 || n > 178 || n+tightest["Fast-Lin"] != 2*digitImages {
		t.Errorf("the tightest techniques are %v", tightest)
	}
	if !(gaps[1] < gaps[0]) {
		t.Errorf("the sums of the gaps are %v", gaps)
	}
}

// TestQuestions: what the pages' answers say is so.
func TestQuestions(t *testing.T) {
	player := &Player{}
	for u, want := range map[string]float64{"1": 0, "1.05": 1} {
		a := answer(t, player, Request{Page: "neuron", State: State{"l": "-1", "u": u, "set": "crown"}})
		same(t, a, "slope", want)
	}
	ladder := complete(t, player, "ladder", nil)
	if !(ladder.Numbers["CROWN"] < ladder.Numbers["Fast-Lin"]) {
		t.Errorf("CROWN %v is not below Fast-Lin %v", ladder.Numbers["CROWN"], ladder.Numbers["Fast-Lin"])
	}
	adversaries := answer(t, player, Request{Page: "adversaries"})
	h, z, slope := adversaries.Numbers["h"], adversaries.Numbers["z'"], adversaries.Numbers["slope"]
	if h > 0 && z < 0 {
		same(t, adversaries, "gap 6", -h*slope*z)
	} else {
		t.Errorf("the page opens with h = %v and z' = %v: its question is about h > 0 and z' < 0", h, z)
	}
	at := State{"net": "loose", "x1": "0.5", "x2": "0.5", "eps": "0.5"}
	loose := answer(t, player, Request{Page: "toy", State: at})
	if !(loose.Numbers["p_C"] < 0 && loose.Numbers["exact"] > 0) {
		t.Errorf("the random network is not robust and uncertified: %v", loose.Numbers)
	}
	if toy.ClosedForm(point{0.1, 0.7}, 0.2) <= 0 {
		t.Error("the toy's first point is not robust")
	}
}
