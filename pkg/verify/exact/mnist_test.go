package exact

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// fastLin returns Fast-Lin's bounds, one unit after the other: slow, for tests.
func fastLin(t testing.TB, n *Net, ball *Ball) *cert.Bounds {
	bounds := intervals(n, ball)
	for k, id := range n.relus {
		from := n.ops[id].From[0]
		for j := range bounds.Lower[k] {
			for _, s := range []side{{j, false}, {j, true}} {
				found := fastLinFrom(n, ball, bounds, from, s.coefficients(n.ops[from].Size))
				if s.upper {
					bounds.Upper[k][j] = min(bounds.Upper[k][j], -found)
				} else {
					bounds.Lower[k][j] = max(bounds.Lower[k][j], found)
				}
			}
		}
	}
	return bounds
}

// fastLinFrom bounds c . values of a node by Fast-Lin's parallelogram: nu is the
// slope u/(u-l) times the gradient.
func fastLinFrom(n *Net, ball *Ball, bounds *cert.Bounds, node int, c []float64) float64 {
	gradient := make([][]float64, len(n.ops))
	for i := range gradient {
		gradient[i] = make([]float64, n.ops[i].Size)
	}
	copy(gradient[node], c)
	sum := 0.0
	for i := node; i > 0; i-- {
		d := &n.ops[i]
		if !d.Relu {
			sum += adjoint(d, gradient[i], gradient)
			continue
		}
		nu := append([]float64(nil), gradient[i]...)
		for j := range nu {
			if k := n.layer[i]; bounds.Unstable(k, j) {
				nu[j] *= bounds.Upper[k][j] / (bounds.Upper[k][j] - bounds.Lower[k][j])
			}
		}
		sum += relax(bounds.Lower[n.layer[i]], bounds.Upper[n.layer[i]], gradient[i], nu, gradient[d.From[0]])
	}
	return sum + ball.minimum(gradient[0])
}

// TestFastLinReference checks the helper of this file, and with it DualBound's parts.
func TestFastLinReference(t *testing.T) {
	each(t, func(t *testing.T, n *Net, c *refCase) {
		if c.Norm == "2" {
			return
		}
		for i, row := range c.rows() {
			near(t, "Fast-Lin", fastLinFrom(n, c.ball(), c.Results.FastLin.bounds(), n.output(), row),
				c.Results.FastLin.Margins[i], 1e-9)
		}
	})
}

// readDense reads a network of dense layers from a safetensors file.
func readDense(t testing.TB, path string) *Net {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	length := binary.LittleEndian.Uint64(raw)
	var header map[string]struct {
		Shape   []int
		Offsets [2]int `json:"data_offsets"`
	}
	raw, data := raw[8:8+length], raw[8+length:]
	if err := json.Unmarshal(raw, &header); err != nil {
		t.Fatal(err)
	}
	read := func(name string) []float64 {
		entry := header[name]
		values := make([]float32, (entry.Offsets[1]-entry.Offsets[0])/4)
		if err := binary.Read(bytes.NewReader(data[entry.Offsets[0]:entry.Offsets[1]]), binary.LittleEndian,
			values); err != nil {
			t.Fatal(name, err)
		}
		wide := make([]float64, len(values))
		for i, value := range values {
			wide[i] = float64(value)
		}
		return wide
	}
	n, at := build(header["0.weight"].Shape[1]), 0
	for i := 0; i < 100; i++ {
		prefix := string(rune('0' + i))
		if _, ok := header[prefix+".weight"]; !ok {
			continue
		}
		if i > 0 {
			at = n.ReLU(at)
		}
		at = n.Dense(at, read(prefix+".weight"), read(prefix+".bias"))
	}
	return n
}

// readMNIST returns test images (pixels in [0, 1]) and their labels.
func readMNIST(t testing.TB, count int) ([][]float64, []int) {
	t.Helper()
	folder := filepath.Join("..", "..", "..", "datasets", "mnist")
	pixels, err := os.ReadFile(filepath.Join(folder, "t10k-images-idx3-ubyte"))
	labels, err2 := os.ReadFile(filepath.Join(folder, "t10k-labels-idx1-ubyte"))
	if err != nil || err2 != nil {
		t.Skip("MNIST is not here: run `tightrope data fetch mnist`")
	}
	var images [][]float64
	var classes []int
	for i := range count {
		x := make([]float64, 784)
		for k := range x {
			x[k] = float64(pixels[16+784*i+k]) / 255
		}
		images, classes = append(images, x), append(classes, int(labels[8+i]))
	}
	return images, classes
}

// BenchmarkMNIST times LP-all and MILP per image on a 2x100 network at eps 0.1,
// TIGHTROPE_MODEL=FILE.safetensors, and reports what they decide. Run it with
// -benchtime 30x for the first 30 images.
func BenchmarkMNIST(b *testing.B) {
	need(b)
	path := os.Getenv("TIGHTROPE_MODEL")
	if path == "" {
		b.Skip("set TIGHTROPE_MODEL to a safetensors file of dense layers")
	}
	n := readDense(b, path)
	images, labels := readMNIST(b, 1000)
	b.Run("image", func(b *testing.B) { benchmarkImages(b, n, images, labels) })
}

// benchmarkImages runs the stages on every image.
func benchmarkImages(b *testing.B, n *Net, images [][]float64, labels []int) {
	var total [4]float64
	start := time.Now()
	lap := func(stage int) {
		total[stage] += time.Since(start).Seconds()
		start = time.Now()
	}
	ctx, verdicts, unstable := context.Background(), map[string]int{}, 0
	for i := range b.N {
		x, label := images[i%len(images)], labels[i%len(images)]
		rows := margins(n.forward(x), label)
		threat := &Ball{ball.Ball{Eps: 0.1, Box: ball.Unit}, x}
		start = time.Now()
		bounds := fastLin(b, n, threat)
		lap(0)
		one := LPOptions{}
		tight, err := TightenLP(ctx, n, threat, bounds, 1, one)
		if err != nil || tight.Failed > 0 {
			b.Fatal(tight, err)
		}
		lap(1)
		unstable += len(tight.Bounds.UnstableUnits())
		found, err := LastLayerLP(ctx, n, threat, tight.Bounds, rows, one)
		if err != nil {
			b.Fatal(err)
		}
		lap(2)
		verdicts[decide(b, n, threat, tight.Bounds, rows, found, verdicts)]++
		lap(3)
	}
	for i, name := range []string{"fastlin", "lp-units", "lp-margins", "milp"} {
		b.ReportMetric(1000*total[i]/float64(b.N), name+"-ms/image")
	}
	b.ReportMetric(float64(unstable)/float64(b.N), "unstable/image")
	b.Log(b.N, "images:", verdicts)
}

// BenchmarkN3 times LP-all and MILP on the reference network 20-50-50-50-5.
func BenchmarkN3(b *testing.B) {
	need(b)
	for _, file := range references(b) {
		if file.Name != "N3" {
			continue
		}
		n := file.build(b)
		b.Run("LP-all", func(b *testing.B) {
			for i := range b.N {
				c := &file.Cases[i%len(file.Cases)]
				if _, err := TightenLP(context.Background(), n, c.ball(), c.Results.FastLin.bounds(), 0,
					LPOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("MILP", func(b *testing.B) { // the first four have an exact reference
			for i := range b.N {
				c := &file.Cases[i%4]
				if _, err := MILP(context.Background(), n, c.ball(), c.Results.LPAll.bounds(), c.rows()[i%4],
					MILPOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// margins returns a row per wrong class.
func margins(out []float64, label int) [][]float64 {
	var rows [][]float64
	for t := range out {
		if t != label {
			row := make([]float64, len(out))
			row[label], row[t] = 1, -1
			rows = append(rows, row)
		}
	}
	return rows
}

// decide runs the MILP on the margins that the LP leaves, until one is negative.
func decide(b *testing.B, n *Net, ball *Ball, bounds *cert.Bounds, rows [][]float64, lp []LPBound,
	counts map[string]int) string {
	verdict := "certified by LP-all"
	for i, row := range rows {
		switch lp[i].Verdict() {
		case Certified:
			continue
		case Falsified:
			return "falsified at the LP's x"
		}
		r, err := MILP(context.Background(), n, ball, bounds, row,
			MILPOptions{DecideOnly: true, TimeLimit: 60 * time.Second, Start: lp[i].X})
		if err != nil {
			b.Fatal(err)
		}
		counts["MILPs"]++
		switch r.Verdict() {
		case Falsified:
			return "falsified by MILP"
		case Unknown:
			b.Logf("unknown: %v, [%v, %v]", r.Status, r.DualBound, r.Margin)
			return "unknown"
		}
		verdict = "certified by MILP"
	}
	if math.IsNaN(lp[0].Margin) {
		b.Fatal("a margin without a value")
	}
	return verdict
}
