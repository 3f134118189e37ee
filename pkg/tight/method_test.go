package tight

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// methodPage is docs/method.md: the numbers of its examples are computed again here.
type methodPage struct {
	*testing.T
	sections map[int]string
}

func readMethod(t *testing.T) *methodPage {
	t.Helper()
	text, err := os.ReadFile("../../docs/method.md")
	if err != nil {
		t.Fatal(err)
	}
	p := &methodPage{t, map[int]string{}}
	for _, part := range strings.Split(string(text), "\n## ")[1:] {
		number, _, _ := strings.Cut(part, ".")
		n, err := strconv.Atoi(number)
		if err != nil || n != len(p.sections)+1 {
			t.Fatalf("heading %.40q: sections are numbered from 1 without gaps", part)
		}
		p.sections[n] = part
	}
	return p
}

// contains checks that a section says something.
func (p *methodPage) contains(section int, text string) {
	p.Helper()
	if !strings.Contains(p.sections[section], text) {
		p.Errorf("section %d does not say %q", section, text)
	}
}

// compare checks the rows of the table under a header: a name, then numbers, each as exact as it is printed.
func (p *methodPage) compare(section int, header string, names []string, want [][]float64) {
	p.Helper()
	_, after, ok := strings.Cut(p.sections[section], "\n"+header+"\n")
	table, _, _ := strings.Cut(after, "\n\n")
	lines := strings.Split(table, "\n")
	if !ok || len(lines)-1 != len(want) {
		p.Fatalf("section %d has no table %q of %d rows", section, header, len(want))
	}
	for i, line := range lines[1:] {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != len(want[i])+1 || cells[0] != names[i] {
			p.Fatalf("section %d: row %q, want %s and %d numbers", section, line, names[i], len(want[i]))
		}
		for k, printed := range cells[1:] {
			if got := printedLike(printed, want[i][k]); got != printed {
				p.Errorf("section %d, table %q, row %s: column %d says %s, computed %s",
					section, header, names[i], k+1, printed, got)
			}
		}
	}
}

// printedLike writes a number with as many decimals as another is printed with.
func printedLike(printed string, value float64) string {
	_, decimals, _ := strings.Cut(printed, ".")
	s := strconv.FormatFloat(value, 'f', len(decimals), 64)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return s
}

// methodExample has the margin 0.2 + relu(x1+x2-0.5) - relu(x1-x2) of class 0 over class 1.
func methodExample(t *testing.T) *net.Network {
	return network(t, "example", dense(2, 2), 2,
		[]float64{1, 1, 1, -1}, []float64{-0.5, 0}, []float64{1, -1, 0, 0}, []float64{0.2, 0})
}

// anatomy takes a point of a network of two classes apart.
func anatomy(t *testing.T, n *net.Network, technique bound.Technique, b ball.Ball, x []float64, label int32) *Anatomy {
	t.Helper()
	in, err := NewInspector(testbackend.Open(t), n, technique, b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	a, err := in.Inspect(x, label, 1-int(label), b.Eps)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// margin is a technique's bound of class 0 over class 1, and the step from x to x* where the technique has one.
func margin(t *testing.T, n *net.Network, technique bound.Technique, b ball.Ball, x []float64) (float64, []float64) {
	t.Helper()
	_, ibp := technique.(bound.IBP)
	e, err := bound.NewEvaluator(testbackend.Open(t), n, bound.Options{Technique: technique, Ball: b, XStar: !ibp})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	out, err := bound.Evaluate(e, x, []int32{0})
	if err != nil {
		t.Fatal(err)
	}
	if ibp {
		return out.Margins[0][1], nil
	}
	star := out.XStar[0][1]
	return out.Margins[0][1], []float64{star[0] - x[0], star[1] - x[1]}
}

var methodNorms = []ball.Norm{ball.Linf, ball.L2, ball.L1}

func normNames() (names []string) {
	for _, n := range methodNorms {
		names = append(names, n.String())
	}
	return names
}

// TestMethodBall checks section 6's minima over a ball cut by a box.
func TestMethodBall(t *testing.T) {
	n := network(t, "linear", dense(2), 2, []float64{0.5, 1.5, 0, 0}, []float64{0, 0})
	x, rows := []float64{0.5, 0.5}, [][]float64{}
	for _, norm := range methodNorms {
		b := ball.Ball{Norm: norm, Eps: 0.12, Box: &ball.Box{Lower: 0.4, Upper: 1}}
		least, step := margin(t, n, bound.FastLin{}, b, x)
		rows = append(rows, append([]float64{least - 1}, step...))
	}
	readMethod(t).compare(6, "| ball | least value | step in $x_1$ | step in $x_2$ |", normNames(), rows)
}

// TestMethodNeurons checks section 8's bound by hand.
func TestMethodNeurons(t *testing.T) {
	p, x := readMethod(t), []float64{0.5, 0.5}
	a := anatomy(t, methodExample(t), nil, ball.Ball{Eps: 0.2}, x, 0)
	one, two := a.Neurons[0], a.Neurons[1]
	var rows [][]float64
	for _, n := range a.Neurons {
		rows = append(rows, []float64{n.Lower, n.Upper, n.H, n.Slope, n.Intercept, n.Z, n.Gap, n.Distance})
	}
	p.compare(8,
		"| neuron | lower $l$ | upper $u$ | coefficient $h$ | slope $D$ | adversary $\\delta^\\ast$ | real $z'$ | part of $d$ | distance |",
		[]string{"1", "2"}, rows)
	g1, g2 := one.H*one.Slope, two.H*two.Slope
	v1, v2 := g1+g2, g1-g2
	input := v1*x[0] + v2*x[1] - 0.2*(math.Abs(v1)+math.Abs(v2))
	p.contains(8, fmt.Sprintf("= (%g,\\, %g)", v1, v2))
	p.contains(8, fmt.Sprintf("p_C = 0.2 - %.1f + %.1f - %.1f = %.1f\n", 0.5*g1, input, -two.H*two.Intercept, a.Bound))
	p.contains(8, fmt.Sprintf("x^\\ast = (%.1f, %.1f)$", a.XStar[0], a.XStar[1]))
	p.contains(10, fmt.Sprintf("%.1f$, its distance", two.Gap))
	p.contains(10, fmt.Sprintf("$r = %.1f/2 = %.1f$", two.Distance, a.R))
}

// TestMethodNorms checks section 8's table of norms.
func TestMethodNorms(t *testing.T) {
	n, x, rows := methodExample(t), []float64{0.5, 0.5}, [][]float64{}
	for _, norm := range methodNorms {
		b := ball.Ball{Norm: norm, Eps: 0.2}
		a := anatomy(t, n, nil, b, x, 0)
		ibp, _ := margin(t, n, bound.IBP{}, b, x)
		rows = append(rows, []float64{a.Neurons[1].Lower, a.Neurons[1].Upper, ibp, a.Bound, a.PO, a.D(), a.R})
	}
	header :=
		"| ball | lower $l_2$ | upper $u_2$ | IBP | Fast-Lin $p_C$ | real $p_O(x^\\ast)$ | gap $d$ | distance $r$ |"
	readMethod(t).compare(8, header, normNames(), rows)
}

// TestMethodRadii checks section 8's table of radii; the exact minimum is attained on a grid that holds the corners.
func TestMethodRadii(t *testing.T) {
	n, x, names, rows := methodExample(t), []float64{0.5, 0.5}, []string{}, [][]float64{}
	for _, eps := range []float64{0.2, 0.24, 0.36} {
		b, row := ball.Ball{Eps: eps}, []float64{}
		for _, technique := range []bound.Technique{bound.IBP{}, bound.CROWNIBP(), bound.FastLin{}, bound.CROWN{}} {
			m, _ := margin(t, n, technique, b, x)
			row = append(row, m)
		}
		e, err := bound.NewAlphaEvaluator(testbackend.Open(t), n, bound.AlphaOptions{Ball: b})
		if err != nil {
			t.Fatal(err)
		}
		out, err := bound.EvaluateAlpha(e, x, []int32{0})
		e.Close()
		if err != nil {
			t.Fatal(err)
		}
		least := math.Inf(1)
		for i := -100; i <= 100; i++ {
			for j := -100; j <= 100; j++ {
				x1, x2 := 0.5+eps*float64(i)/100, 0.5+eps*float64(j)/100
				least = min(least, 0.2+max(x1+x2-0.5, 0)-max(x1-x2, 0))
			}
		}
		names, rows = append(names, fmt.Sprintf("%.2f", eps)), append(rows, append(row, out.Margins[0][1], least))
	}
	readMethod(t).compare(8, "| radius | IBP | CROWN-IBP | Fast-Lin | CROWN | alpha-CROWN | exact |", names, rows)
}

// TestMethodProposition checks section 11's counter-example.
func TestMethodProposition(t *testing.T) {
	n := network(t, "counter-example", dense(3, 2), 2,
		[]float64{1, 1.5, 1, 0, 0, 1}, []float64{-0.5, 5, 5}, []float64{1, -0.25, -2, 0, 0, 0}, []float64{11.25, 0})
	var names []string
	var rows [][]float64
	for _, technique := range []bound.Technique{bound.FastLin{}, bound.CROWN{}} {
		a := anatomy(t, n, technique, ball.Ball{Eps: 1}, []float64{0, 0}, 0)
		names, rows = append(names, technique.Name()), append(rows, []float64{a.Bound, a.PO, a.D(), a.R})
	}
	readMethod(t).compare(11, "| technique | bound $p_C$ | real $p_O(x^\\ast)$ | gap $d$ | distance $r$ |", names, rows)
}

// TestMethodToy checks section 12's point of the paper's toy.
func TestMethodToy(t *testing.T) {
	p := readMethod(t)
	a := anatomy(t, cross(t), nil, ball.Ball{Eps: 0.2}, []float64{0.1, 0.8}, 1)
	var rows [][]float64
	for _, n := range a.Neurons {
		rows = append(rows, []float64{n.Lower, n.Upper, n.Slope, n.Intercept, n.Z, n.Distance})
	}
	p.compare(12, "| neuron | lower $l$ | upper $u$ | slope $D$ | adversary $\\delta^\\ast$ | real $z'$ | distance |",
		[]string{"1", "2", "3", "4"}, rows)
	p.contains(12, fmt.Sprintf("- 2 \\cdot %.3f = %.1f.", a.Neurons[0].Intercept, a.Bound))
	p.contains(12, fmt.Sprintf("x^\\ast = (%.1f, %.1f)$", a.XStar[0], a.XStar[1]))
}

// TestMethodRadiiOfIntervals checks section 17's radii.
func TestMethodRadiiOfIntervals(t *testing.T) {
	names, rows := []string{"0.25", "0.14118", "0.3"}, [][]float64{}
	for i, eps := range []float64{0.25, 36. / 255, 0.3} {
		seen := []float64{27, 27, 9}[i]
		radius := eps / math.Sqrt(seen)
		rows = append(rows, []float64{seen, radius, 255 * radius})
	}
	readMethod(t).compare(17, "| $\\ell_2$ radius | inputs seen | $\\ell_\\infty$ radius | in 255ths |", names, rows)
}

// TestMethodCitations checks that comments cite sections that exist.
func TestMethodCitations(t *testing.T) {
	p, cited := readMethod(t), 0
	citation := regexp.MustCompile(`docs/method\.md,(?:\s+//)?\s+section (\d+)`)
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "build" || len(d.Name()) > 2 && d.Name()[0] == '.') {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range citation.FindAllSubmatch(text, -1) {
			cited++
			if n, _ := strconv.Atoi(string(m[1])); p.sections[n] == "" {
				t.Errorf("%s cites %s: the page has sections 1 to %d", path, m[0], len(p.sections))
			}
		}
		return err
	})
	if err != nil || cited == 0 {
		t.Errorf("%d citations found: %v", cited, err)
	}
}
