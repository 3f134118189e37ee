package audit

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// held is the content of a verification's folder, to be tampered with.
type held struct {
	recipe    outcome.Recipe
	decisions []outcome.Decision
	proofs    []*cert.Certificate
	record    *record.Record // nil: unfinished
}

// subject is a network, the images of its verification, and what its folder holds.
type subject struct {
	plain *cert.Network
	set   *data.Set
	held
}

const images = 40

// verified runs a small verification with images of every verdict: certified, falsified as they are or by an attack,
// unknown.
func verified(t *testing.T) *subject {
	t.Helper()
	arch, err := net.ParseArch("fc10 fc10 fc3", []int{1, 2, 3}, 3)
	if err != nil {
		t.Fatal(err)
	}
	n, err := net.Build(arch)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(11)
	s := &subject{set: &data.Set{Name: "random", Shape: []int{1, 2, 3}, Classes: 3, Upper: 1}}
	s.fill(t, n)
	o := verify.CascadeOptions{Ball: ball.Ball{Eps: 0.05, Box: ball.Unit}, Until: outcome.FastLin, Dir: t.TempDir()}
	summary, err := verify.Cascade(t.Context(), testbackend.Open(t), n, s.set, o)
	if err != nil {
		t.Fatal(err)
	}
	s.recipe = outcome.Recipe{Model: "random.safetensors", Network: s.plain.Hash, Data: s.set.Name,
		DataHash: s.set.Hash(), Samples: images,
		Norm: "linf", Eps: 0.05, Box: true, Until: "fast-lin", PerImage: "1m0s"}
	s.read(t, o.Dir)
	s.record = verify.Record(summary, "random", o)
	s.record.Dataset = record.Dataset{Name: s.recipe.Data, Hash: s.recipe.DataHash}
	s.record.Recipe, _ = json.Marshal(s.recipe)
	if summary.Certified < 5 || summary.Standard < 3 || summary.Falsified <= summary.Standard || summary.Unknown < 1 {
		t.Fatalf("the verification shows too little: %+v", summary)
	}
	return s
}

// fill draws images, moves the last biases until all classes have the same mean logit, and labels the images as the
// network classifies them, but for one of ten.
func (s *subject) fill(t *testing.T, n *net.Network) {
	t.Helper()
	rng := rand.New(rand.NewPCG(12, 13))
	var inputs [][]float64
	for range images {
		x := make([]float64, 6)
		for k := range x {
			v := rng.Float32()
			x[k], s.set.X = float64(v), append(s.set.X, v)
		}
		inputs = append(inputs, x)
	}
	var err error
	if s.plain, err = cert.NewNetwork(n.Model()); err != nil {
		t.Fatal(err)
	}
	bias := n.Params[len(n.Params)-1].Data
	for _, x := range inputs {
		for k, z := range s.plain.Forward(x) {
			bias[k] -= z / images
		}
	}
	if s.plain, err = cert.NewNetwork(n.Model()); err != nil {
		t.Fatal(err)
	}
	for i, x := range inputs {
		s.set.Y = append(s.set.Y, int32(largest(s.plain.Forward(x))))
		if i%10 == 3 {
			s.set.Y[i] = (s.set.Y[i] + 1) % 3
		}
	}
}

func largest(z []float64) int {
	best := 0
	for i := range z {
		if z[i] > z[best] {
			best = i
		}
	}
	return best
}

func (s *subject) read(t *testing.T, dir string) {
	t.Helper()
	var err error
	if s.decisions, err = outcome.ReadDecisions(dir); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(outcome.CertificatesFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	err = cert.EachLine(file, func(_ int, line []byte) error {
		c, err := cert.Decode(line)
		s.proofs = append(s.proofs, c)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// write makes a folder of what is held.
func (h *held) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	lines := func(name string, values ...any) {
		var text strings.Builder
		for _, v := range values {
			line, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(append(line, '\n'))
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lines("recipe.json", h.recipe)
	lines("decisions.jsonl", anys(h.decisions)...)
	lines("certificates.jsonl", anys(h.proofs)...)
	if h.record != nil {
		lines("record.json", h.record)
	}
	return dir
}

func anys[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// clone is a deep copy.
func (h *held) clone(t *testing.T) *held {
	t.Helper()
	c := &held{}
	for _, pair := range [][2]any{{h.recipe, &c.recipe}, {h.decisions, &c.decisions}, {h.proofs, &c.proofs},
		{h.record, &c.record}} {
		text, err := json.Marshal(pair[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// decision is the first one with a verdict (that an attack or a proof made), and its certificate.
func (h *held) decision(v outcome.Verdict) (*outcome.Decision, *cert.Certificate) {
	for i := range h.decisions {
		if d := &h.decisions[i]; d.Verdict == v && d.Stage != outcome.Clean {
			for _, c := range h.proofs {
				if c.Index == d.Index {
					return d, c
				}
			}
			return d, nil
		}
	}
	panic("no decision is " + v)
}

// drop removes the certificate of an image.
func (h *held) drop(index int) {
	var kept []*cert.Certificate
	for _, c := range h.proofs {
		if c.Index != index {
			kept = append(kept, c)
		}
	}
	h.proofs = kept
}

// audit is the first error, or else what the report says.
func (s *subject) audit(t *testing.T, h *held, change func(*Options)) (*Report, error) {
	t.Helper()
	o := Options{Network: s.plain, Images: s.set}
	if change != nil {
		change(&o)
	}
	r, err := Folder(t.Context(), h.write(t), o)
	if err != nil {
		return r, err
	}
	return r, r.Err()
}

// TestHonest: an honest folder is confirmed, whole or unfinished, and every image is counted.
func TestHonest(t *testing.T) {
	s := verified(t)
	for _, finished := range []bool{true, false} {
		h := s.clone(t)
		if !finished {
			h.record, h.decisions = nil, h.decisions[:len(h.decisions)-1]
			h.drop(s.decisions[len(s.decisions)-1].Index)
		}
		r, err := s.audit(t, h, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := r.Folder
		if len(r.Claims) != 1 || f.Unfinished == finished ||
			r.Claims[0].Certified+r.Claims[0].Falsified+f.Unknown+f.Unchecked+f.Missing != images {
			t.Errorf("finished %v: %+v of %+v", finished, f, r.Claims)
		}
		if text := strings.Join(r.Lines(), "\n"); !strings.Contains(text, "linf, eps 0.05") ||
			!strings.Contains(text, "box [0, 1]") {
			t.Errorf("the ball is not printed: %s", text)
		}
	}
}

// TestForgedFolder: a folder that says more than its certificates prove is refused.
func TestForgedFolder(t *testing.T) {
	s := verified(t)
	for name, forge := range map[string]func(h *held){
		"a larger radius in the recipe": func(h *held) {
			h.recipe.Eps = 0.06
			h.record.Recipe,
				_ = json.Marshal(h.recipe)
		},
		"a larger radius everywhere":    func(h *held) { h.recipe.Eps = 0.06; h.record = nil },
		"another norm in the recipe":    func(h *held) { h.recipe.Norm = "l2"; h.record = nil },
		"no box in the recipe":          func(h *held) { h.recipe.Box = false; h.record = nil },
		"another network in the recipe": func(h *held) { h.recipe.Network = strings.Repeat("0", 64) },
		"more images in the recipe":     func(h *held) { h.recipe.Samples++; h.record = nil },
		"fewer images in the recipe":    func(h *held) { h.recipe.Samples--; h.record = nil },
		"other images in the recipe":    func(h *held) { h.recipe.DataHash = "x"; h.record = nil },
		"an unknown image certified": func(h *held) {
			d,
				_ := h.decision(outcome.Unknown)
			d.Verdict = outcome.Certified
		},
		"an unknown image falsified": func(h *held) {
			d,
				_ := h.decision(outcome.Unknown)
			d.Verdict = outcome.Falsified
		},
		"a falsified image certified": func(h *held) {
			d,
				_ := h.decision(outcome.Falsified)
			d.Verdict = outcome.Certified
		},
		"a falsified image unknown": func(h *held) {
			d,
				_ := h.decision(outcome.Falsified)
			d.Verdict = outcome.Unknown
		},
		"a falsified image unchecked, alone": func(h *held) {
			d,
				_ := h.decision(outcome.Falsified)
			d.Verdict = outcome.Unchecked
			h.drop(d.Index)
		},
		"a verdict of its own": func(h *held) {
			d,
				_ := h.decision(outcome.Unknown)
			d.Verdict = "robust"
		},
		"a decision twice":       func(h *held) { h.decisions = append(h.decisions, h.decisions[0]) },
		"a decision on no image": func(h *held) { h.decisions[0].Index = images },
		"a decision less":        func(h *held) { h.decisions = h.decisions[1:] },
		"a larger margin":        func(h *held) { d, _ := h.decision(outcome.Certified); d.Lower++ },
		"another stage": func(h *held) {
			d,
				_ := h.decision(outcome.Certified)
			d.Stage = outcome.MILP
		},
		"another class at the point": func(h *held) {
			d,
				_ := h.decision(outcome.Falsified)
			*d.Class = (*d.Class + 1) % 3
		},
		"misclassified by an attack": func(h *held) {
			d, c := h.decision(outcome.Falsified)
			d.Stage,
				c.Stage = outcome.Clean, "clean"
		},
		"a certificate less":              func(h *held) { _, c := h.decision(outcome.Certified); h.drop(c.Index) },
		"a certificate twice":             func(h *held) { h.proofs = append(h.proofs, h.proofs[0]) },
		"a certificate of a smaller ball": func(h *held) { _, c := h.decision(outcome.Certified); c.Ball.Eps = 0 },
		"radii": func(h *held) {
			_,
				c := h.decision(outcome.Certified)
			c.Ball.Radii = make([]float64, 6)
		},
		"a certificate in a smaller box": func(h *held) {
			_,
				c := h.decision(outcome.Certified)
			c.Ball.Box = &ball.Box{Lower: 0, Upper: 0.999}
		},
		"another label": func(h *held) {
			d, c := h.decision(outcome.Certified)
			d.Label,
				c.Label = (d.Label+1)%3, (c.Label+1)%3
		},
		"the easiest image for another": func(h *held) { easiest(h) },
		"two certificates exchanged": func(h *held) {
			h.proofs[0].Index, h.proofs[1].Index = h.proofs[1].Index,
				h.proofs[0].Index
		},
		"a lower error in the record": func(
			h *held) {
			h.result(func(r *record.SplitResult) { r.CertifiedError -= 2.5 })
		},
		"a lower standard error in it": func(
			h *held) {
			h.result(func(r *record.SplitResult) { r.StandardError -= 2.5 })
		},
		"another radius in it": func(h *held) { h.result(func(r *record.SplitResult) { r.Eps = 0.3 }) },
		"more samples in it": func(
			h *held) {
			h.result(func(r *record.SplitResult) { r.Samples = 10000 })
		},
		"a PGD error in it": func(
			h *held) {
			h.result(func(r *record.SplitResult) { r.PGDError = 1 })
		},
		"a further split in it":  func(h *held) { h.record.Results["train"] = h.record.Results["test"] },
		"another kind of record": func(h *held) { h.record.Kind = record.Eval },
		"another data set in it": func(h *held) { h.record.Dataset.Name = "imagenet" },
		"another recipe in it": func(h *held) {
			r := h.recipe
			r.Samples++
			h.record.Recipe,
				_ = json.Marshal(r)
		},
		"other words in it": func(h *held) { h.record.Notes[0] = "exact robust error 0 %" },
		"a stage more in it": func(h *held) {
			h.record.Notes = append(h.record.Notes, "MILP: 5 images, certified 5, falsified 0, unchecked 0, 0.0 s")
		},
		"a record before the last decisions": func(h *held) {
			d := h.decisions[len(h.decisions)-1]
			h.decisions = h.decisions[:len(h.decisions)-1]
			h.drop(d.Index)
		},
	} {
		h := s.clone(t)
		forge(h)
		if r, err := s.audit(t, h, nil); err == nil {
			t.Errorf("%s: confirmed: %v", name, r.Lines())
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error has more than one line: %v", name, err)
		}
	}
}

// easiest replaces an unknown image by a certified one.
func easiest(h *held) {
	to, _ := h.decision(outcome.Unknown)
	from, proof := h.decision(outcome.Certified)
	index := to.Index
	*to = *from
	to.Index = index
	c := *proof
	c.Index = index
	h.proofs, h.record = append(h.proofs, &c), nil
}

func (h *held) result(change func(*record.SplitResult)) {
	r := h.record.Results[record.Test]
	change(&r)
	h.record.Results[record.Test] = r
}

// TestExpect: what the flags say of the ball must hold.
func TestExpect(t *testing.T) {
	s := verified(t)
	l2, linf, right, wrong, yes, no := ball.L2, ball.Linf, 0.05, 0.1, true, false
	for _, c := range []struct {
		Expect
		ok bool
	}{
		{Expect{}, true}, {Expect{Norm: &linf, Eps: &right, Box: &yes}, true},
		{Expect{Norm: &l2}, false}, {Expect{Eps: &wrong}, false}, {Expect{Box: &no}, false},
	} {
		if _, err := s.audit(t, s.clone(t), func(o *Options) { o.Expect = c.Expect }); (err == nil) != c.ok {
			t.Errorf("folder, %+v: %v", c.Expect, err)
		}
		o := Options{Network: s.plain, Expect: c.Expect}
		r, err := File(t.Context(), outcome.CertificatesFile(s.write(t)), o)
		if err != nil {
			t.Fatal(err)
		}
		if (r.Err() == nil) != c.ok {
			t.Errorf("file, %+v: %v", c.Expect, r.Err())
		}
	}
}

// TestFile: images of a file are counted once, by what they are and not by the numbers they bear.
func TestFile(t *testing.T) {
	s := verified(t)
	_, certified := s.decision(outcome.Certified)
	_, falsified := s.decision(outcome.Falsified)
	again, smaller, both, relabelled := *certified, *certified, *falsified, *falsified
	again.Index = 1000
	smaller.Ball.Eps = 0.01
	both.Input, both.Point, both.Label, both.Class = certified.Input, falsified.Point, falsified.Label, falsified.Class
	relabelled.Label, relabelled.Class = falsified.Class, falsified.Label
	for name, c := range map[string]struct {
		proofs                       []*cert.Certificate
		claims, certified, falsified int // of the first claim
		repeats                      int
		ok                           bool
	}{
		"two images":    {[]*cert.Certificate{certified, falsified}, 1, 1, 1, 0, true},
		"one repeated":  {[]*cert.Certificate{certified, &again, certified}, 1, 1, 0, 2, true},
		"two balls":     {[]*cert.Certificate{certified, &smaller}, 2, 1, 0, 0, true},
		"another label": {[]*cert.Certificate{falsified, &relabelled}, 1, 0, 1, 0, false},
		"none":          {nil, 0, 0, 0, 0, false},
	} {
		h := &held{proofs: c.proofs}
		r, err := File(t.Context(), outcome.CertificatesFile(h.write(t)), Options{Network: s.plain})
		if err != nil {
			t.Fatal(err)
		}
		if (r.Err() == nil) != c.ok || len(r.Claims) != c.claims {
			t.Errorf("%s: %v, %v", name, r.Err(), r.Lines())
			continue
		}
		if c.claims > 0 {
			if got := r.Claims[0]; got.Certified != c.certified || got.Falsified != c.falsified ||
				got.Repeats != c.repeats {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
}

// TestDamagedFiles: lines that are no certificates to the letter are faults, and what stands beside them is still
// checked.
func TestDamagedFiles(t *testing.T) {
	s := verified(t)
	_, proof := s.decision(outcome.Certified)
	good, err := json.Marshal(proof)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string {
		if strings.Count(string(good), old) == 0 {
			t.Fatalf("no %s in %s", old, good)
		}
		return strings.Replace(string(good), old, new, 1)
	}
	for name, line := range map[string]string{
		"no JSON":              "certified",
		"an empty line":        "",
		"two on a line":        string(good) + string(good),
		"another case":         replace(`"label"`, `"Label"`),
		"a label twice":        replace(`"label"`, `"label":0,"label"`),
		"the case of a second": replace(`"label"`, `"LABEL":0,"label"`),
		"an unknown member":    replace(`"label"`, `"comment":"","label"`),
		"no label":             replace(`"label":`+strings.TrimSpace(string(rune('0'+proof.Label)))+`,`, ""),
		"no eps":               replace(`"eps":0.05,`, ""),
		"a null":               replace(`"eps":0.05`, `"eps":null`),
		"an unknown rule":      replace(`"rule":"`, `"rule":"x`),
		"a broken number":      replace(`"f4:`, `"f4:?`),
		"lines in a number":    replace(`"f4:`, `"f4:\n`),
	} {
		path := filepath.Join(t.TempDir(), "certificates.jsonl")
		if err := os.WriteFile(path, []byte(line+"\n"+string(good)+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := File(t.Context(), path, Options{Network: s.plain})
		if err != nil || r.Err() == nil || r.FaultCount != 1 || r.Confirmed() != 1 {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
}

// TestLimitsOfTime: a certificate that takes too long is a fault, and the context ends the whole.
func TestLimitsOfTime(t *testing.T) {
	s := verified(t)
	path := outcome.CertificatesFile(s.write(t))
	o := Options{Network: s.plain, Timeout: time.Nanosecond}
	r, err := File(t.Context(), path, o)
	if err != nil || r.Err() == nil || !strings.Contains(r.Lines()[0], "allow more time") {
		t.Errorf("%v, %+v", err, r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := File(ctx, path, Options{Network: s.plain}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestOnly: where one image is looked at, the others are said to be left out.
func TestOnly(t *testing.T) {
	s := verified(t)
	d, _ := s.decision(outcome.Certified)
	r, err := s.audit(t, s.clone(t), func(o *Options) { o.Only = &d.Index })
	if err != nil || r.Confirmed() != 1 || !strings.Contains(strings.Join(r.Lines(), "\n"), "all images but") {
		t.Errorf("%v, %+v", err, r)
	}
}
