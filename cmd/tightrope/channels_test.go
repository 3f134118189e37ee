package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// colours writes a folder of images of 2 x 2 pixels in random colours, in three classes, and returns them, [3][2][2] in
// each, with their labels in the order of the data set.
func colours(t *testing.T, samples int) (dir string, images [][]float64, labels []int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 3))
	dir = t.TempDir()
	for class := range 3 {
		folder := filepath.Join(dir, fmt.Sprintf("class%d", class))
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for k := range samples / 3 {
			m, x := image.NewNRGBA(image.Rect(0, 0, 2, 2)), make([]float64, 12)
			for p := range 4 {
				c := [3]uint8{uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256))}
				m.Set(p%2, p/2, color.NRGBA{c[0], c[1], c[2], 255})
				for channel, v := range c {
					x[4*channel+p] = float64(float32(v) / 255)
				}
			}
			f, err := os.Create(filepath.Join(folder, fmt.Sprintf("%02d.png", k)))
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, m); err != nil {
				t.Fatal(err)
			}
			f.Close()
			images, labels = append(images, x), append(labels, class)
		}
	}
	return dir, images, labels
}

// linear writes a linear network for such images, with inputs normalised by channel, and returns it as plain arrays.
func linear(t *testing.T) (path string, n *cert.Network) {
	t.Helper()
	m, err := model.New(model.Arch{Name: "linear", Input: []int{3, 2, 2}, Layers: []model.LayerSpec{
		{Type: "normalize", Mean: []float64{0.4, 0.5, 0.6}, Std: []float64{0.2, 0.5, 0.9}}, {Type: "flatten"},
		{Type: "dense", Units: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	network, err := net.FromModel(m)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "linear.safetensors")
	if err := net.Save(path, network.Init(5)); err != nil {
		t.Fatal(err)
	}
	file, err := openModel(path)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = file.Model(model.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	if n, err = cert.NewNetwork(m); err != nil {
		t.Fatal(err)
	}
	return path, n
}

// leastMargin is the least margin of a linear network over the ball of radii by channel, cut by [0, 1].
func leastMargin(n *cert.Network, x []float64, label int, eps []float64) float64 {
	least, zero := math.Inf(1), n.Forward(make([]float64, len(x)))
	for other := range zero {
		if other == label {
			continue
		}
		margin := zero[label] - zero[other]
		for k, v := range x {
			e := make([]float64, len(x))
			e[k] = 1
			y := n.Forward(e)
			w := y[label] - zero[label] - y[other] + zero[other]
			r := eps[k/4]
			margin += min(w*max(v-r, 0), w*min(v+r, 1))
		}
		least = min(least, margin)
	}
	return least
}

// certifiedBy counts the images that the radii leave robust.
func certifiedBy(n *cert.Network, images [][]float64, labels []int, eps []float64) (count int) {
	for i, x := range images {
		if leastMargin(n, x, labels[i], eps) > 0 {
			count++
		}
	}
	return count
}

// TestChannels: radii by channel certify exactly the images that they leave robust; eval, verify, ladder and radius
// agree, and check confirms the certificates for these radii and no others.
func TestChannels(t *testing.T) {
	data, images, labels := colours(t, 60)
	path, n := linear(t)
	differ := 0
	for _, c := range []struct {
		text string
		eps  []float64
	}{
		{"8/255,8/255,1/255", []float64{8. / 255, 8. / 255, 1. / 255}},
		{"0,0.03,0.2", []float64{0, 0.03, 0.2}},
		{"0.01,0,0", []float64{0.01, 0, 0}},
		{"0.02,0.02,0.02", []float64{0.02, 0.02, 0.02}},
	} {
		want := certifiedBy(n, images, labels, c.eps)
		if largest := slices.Repeat([]float64{slices.Max(c.eps)}, 3); certifiedBy(n, images, labels, largest) < want {
			differ++
		}
		out := filepath.Join(t.TempDir(), "v")
		flags := []string{path, "--data", data, "--eps", c.text}
		must(t, tightrope(t, append([]string{"verify", "--out", out}, flags...)...))
		decisions, err := outcome.ReadDecisions(out)
		if err != nil || len(decisions) != len(images) {
			t.Fatalf("%d decisions, %v", len(decisions), err)
		}
		for _, d := range decisions {
			robust := leastMargin(n, images[d.Index], labels[d.Index], c.eps) > 0
			if d.Verdict != outcome.Certified && d.Verdict != outcome.Falsified ||
				(d.Verdict == outcome.Certified) != robust {
				t.Errorf("%s: image %d is %s, robust: %t", c.text, d.Index, d.Verdict, robust)
			}
		}
		check := []string{"check", out, "--model", path, "--data", data}
		must(t, tightrope(t, check...))
		must(t, tightrope(t, append(check, "--eps", c.text, "--exact")...))
		must(t, tightrope(t, "check", filepath.Join(out, "certificates.jsonl"), "--model", path, "--eps", c.text))
		for _, other := range []string{"0.2,0.03,0", "0.021", "0.1,0.1"} {
			if text, code := output(t, tightrope(t, append(check, "--eps", other)...)); code == 0 {
				t.Errorf("%s is confirmed for %s:\n%s", c.text, other, text)
			}
		}
		text := must(t, tightrope(t, append([]string{"eval", "--pgd-steps", "0"}, flags...)...))
		wrong := record.Percent(100 - 100*float64(want)/float64(len(images)))
		if cells := row(text); cells[len(cells)-2] != wrong {
			t.Errorf("%s: eval has a certified error of %s, want %s in\n%s", c.text, cells[len(cells)-2], wrong, text)
		}
		text = must(t, tightrope(t, append([]string{"ladder", "--techniques", "ibp,fast-lin", "--signs", "--out",
			filepath.Join(t.TempDir(), "l")}, flags...)...))
		for _, technique := range []string{"IBP", "Fast-Lin"} {
			if _, rest, _ := strings.Cut(text, "\n"+technique+" "); strings.Fields(rest)[2] != wrong {
				t.Errorf("%s: want %s of %s in\n%s", c.text, wrong, technique, text)
			}
		}
	}
	if differ < 2 {
		t.Error("radii by channel certify what the largest of them does")
	}
}

// TestChannelsRadius: radius scales all channels' radii.
func TestChannelsRadius(t *testing.T) {
	data, images, labels := colours(t, 9)
	path, n := linear(t)
	image := 0
	for leastMargin(n, images[image], labels[image], make([]float64, 3)) < 0.01 {
		image++
	}
	text := must(t, tightrope(t, "radius", path, "--data", data, "--eps", "0.1,0.2,0.05", "--image",
		fmt.Sprint(image), "--techniques", "fast-lin", "--tolerance", "0.0001"))
	cells := row(text)
	var low, high float64
	if _, err := fmt.Sscan(cells[3], &low); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if _, err := fmt.Sscan(cells[4], &high); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	scaled := func(r float64) []float64 { return []float64{r / 2, r, r / 4} }
	if leastMargin(n, images[image], labels[image], scaled(low-1e-5)) <= 0 ||
		leastMargin(n, images[image], labels[image], scaled(high+1e-5)) > 0 || !strings.Contains(text, "0.5,1,0.25") {
		t.Errorf("between %v and %v in\n%s", low, high, text)
	}
	for _, wrong := range [][]string{{"radius", path, "--data", data, "--eps", "0.1"},
		{"verify", path, "--data", data, "--eps", "0.1,0.2"}, {"verify", path, "--data", data, "--eps", "0.1,0.2,x"},
		{"verify", path, "--data", data, "--eps", "0.1,0.2,0.3", "--norm", "l2"},
		{"explain", path, "--data", data, "--eps", "0.1,0.2,0.3"}} {
		if text, code := output(t, tightrope(t, wrong...)); code != 1 || !strings.Contains(text, "radi") {
			t.Errorf("%v: exit code %d:\n%s", wrong, code, text)
		}
	}
}

// TestChannelsFlag: the flag reads what it prints.
func TestChannelsFlag(t *testing.T) {
	for text, want := range map[string]string{"0.5": "0.5", "1/4,1/2": "0.25,0.5", " 1/8": "0.125", "1,1": "1,1",
		"0.1,": "", "": "", "-1,2": "", "1,a": ""} {
		var largest float64
		var channels []float64
		s := pflag.NewFlagSet("", pflag.ContinueOnError)
		addChannels(s, &largest, &channels, "eps", 0.25, "radius")
		err := s.Set("eps", text)
		if got := s.Lookup("eps").Value.String(); (err == nil) != (want != "") || err == nil && got != want ||
			err != nil && (got != "0.25" || channels != nil) {
			t.Errorf("%q became %q, %v", text, got, err)
		}
		if len(channels) > 0 && largest != slices.Max(channels) {
			t.Errorf("%q: the largest is %v", text, largest)
		}
	}
}
