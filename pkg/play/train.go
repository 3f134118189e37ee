package play

import (
	"context"
	"fmt"
	"strconv"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/tight"
	"tightrope/pkg/toy"
	"tightrope/pkg/train"
	"tightrope/pkg/verify/cert"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// The training of the page: 80 points, and an epoch budget that is spent in short runs, so that a slider acts at once.
const (
	trainPoints = 80
	trainNoise  = 0.06
	trainRun    = 5  // epochs of one run
	trainRamp   = 20 // epochs over which the radius and the weights grow
	trainEpochs = 80
)

var trainPage = Page{
	Name: "train", Title: "Train it", Short: "Training", Notebook: "03_regularizers", Section: 13,
	Lead: "A network of two hidden layers learns two moons in front of you. A point turns solid when its whole box " +
		"is proved to keep its class.",
	Question: "Let it learn with γ = 0, then again with γ = 10. Which network ends with the smaller distance r, and " +
		"which with more unstable neurons?",
	Reply: "The one with γ ends with less than half of r, and in most seeds with more unstable neurons: they are " +
		"allowed to be unstable where it costs little. Tight is not stable; nor is it certified, as the number of " +
		"certified points hardly changes.",
	Note: "It is really trained here, in your browser, by the library's own loop, in runs of 5 epochs, so that a " +
		"slider acts from the next run on; Adam starts anew with each run. Notebook 03 trains without such breaks.",
	Controls: []Control{
		{ID: "run", Label: "training", Kind: Choice, Start: "stop", Options: []Option{{"go", "run"}, {"stop", "stop"}}},
		{ID: "again", Label: "start again", Kind: Action, Start: "0"},
		{ID: "eps", Label: "radius ε", Kind: Range, Min: 0, Max: 0.3, Step: 0.01, Start: "0.18"},
		{ID: "lambda", Label: "weight λ of d", Kind: Range, Min: 0, Max: 2, Step: 0.05, Start: "0"},
		{ID: "gamma", Label: "weight γ of r", Kind: Range, Min: 0, Max: 20, Step: 0.5, Start: "0"},
		{ID: "seed", Label: "seed of the weights", Kind: Range, Min: 0, Max: 9, Step: 1, Start: "0"},
	},
	Still: State{"run": "go"},
	draw:  (*Player).train,
}

// training is a network on its way.
type training struct {
	key      string // seed and count of restarts
	backend  compute.Backend
	set      *data.Set
	net      *net.Network
	epoch    int
	compiled train.Compiled
	bounds   *bound.Evaluator
	tight    *tight.Measurement // at tightEps
	tightEps float64
	plane    [2]string // the last picture of the classes, after what it depends on
}

// begin makes a fresh network of a seed, with the compiled graphs of the one before.
func (p *Player) begin(v *values) (*training, error) {
	t := p.training
	if t == nil {
		t = &training{}
		var err error
		if t.backend, _, err = backend.Open(backend.Go); err != nil {
			return nil, err
		}
		if t.set, err = toy.Moons(trainPoints, trainNoise, 0); err != nil {
			return nil, err
		}
		p.training = t
	}
	key := v.key("seed", "again")
	done := t.epoch >= trainEpochs && v.moved == "run" && v.choice("run") == "go" // run again from the start
	if t.key == key && t.net != nil && !done {
		return t, nil
	}
	n, err := t.fresh(v.number("seed"))
	t.key, t.epoch, t.net = key, 0, n
	return t, err
}

// fresh is a network with the first weights of a seed, in float64, so that a training goes the same way on every
// machine for long: in float32 the order of sums shows after a few epochs.
func (*training) fresh(seed float64) (*net.Network, error) {
	n, err := net.Named("mlp-2x16", []int{2}, 2)
	if err != nil {
		return nil, err
	}
	n.DType = dtypes.Float64
	return n.Init(uint64(seed)), nil
}

// prepare compiles what measures all points at a radius, or takes the present network over.
func (t *training) prepare(eps float64) (err error) {
	if t.bounds == nil {
		t.bounds, err = bound.NewEvaluator(t.backend, t.net, bound.Options{Batch: trainPoints})
	} else {
		err = t.bounds.Use(t.net)
	}
	if err != nil {
		return err
	}
	if t.tight != nil && t.tightEps == eps {
		return t.tight.Use(t.net)
	}
	if t.tight != nil {
		t.tight.Close()
	}
	t.tightEps = eps
	t.tight, err = tight.NewMeasurement(t.backend, t.net, nil, ball.Ball{Eps: eps}, tight.Options{})
	return err
}

// learn trains on for one run. The learning rate halves twice, on the paper's schedule, compressed.
func (t *training) learn(v *values) error {
	part := min(1, float64(t.epoch+trainRun)/trainRamp)
	eps := part * v.number("eps")
	rate := 0.02
	for range max(0, t.epoch-trainRamp) / 20 {
		rate /= 2
	}
	config := train.Config{Seed: uint64(t.epoch), Epochs: trainRun, Batch: 20, Eps: eps, EpsStart: eps,
		LearningRate: rate, Lambda: part * v.number("lambda"), Gamma: part * v.number("gamma")}
	trained, _, err := train.Run(context.Background(), t.backend, t.net, t.set, config,
		train.Options{Compiled: &t.compiled, Memory: 1 << 30})
	if err != nil {
		return err
	}
	t.net, t.epoch = trained, t.epoch+trainRun
	return nil
}

// measured is how a network stands on all points at a radius.
type measured struct {
	margins   []float64 // bound of each point
	correct   []bool
	certified int
	right     int
	d, r      float64
	unstable  float64
}

func (t *training) measure(eps float64) (*measured, error) {
	if err := t.prepare(eps); err != nil {
		return nil, err
	}
	x := floats.Double(t.set.X)
	out, err := bound.EvaluateAt(t.bounds, x, t.set.Y, eps)
	if err != nil {
		return nil, err
	}
	m := &measured{}
	for i, y := range t.set.Y {
		m.margins, m.correct = append(m.margins, out.Margins[i][1-y]), append(m.correct, out.Correct(i, y))
		if m.correct[i] {
			m.right++
		}
		if out.Certified(i, y) {
			m.certified++
		}
	}
	found, err := t.tight.Measure(x, t.set.Y)
	if err != nil {
		return nil, err
	}
	m.d, m.r = found.D, found.R
	for _, l := range found.Layers {
		m.unstable += l.Unstable
	}
	return m, nil
}

// train trains on where it is to, and draws the plane.
func (p *Player) train(v *values) (*Answer, error) {
	t, err := p.begin(v)
	if err != nil {
		return nil, err
	}
	running := v.choice("run") == "go" && t.epoch < trainEpochs
	if running && v.stage > 0 {
		if err := t.learn(v); err != nil {
			return nil, err
		}
	}
	eps := v.number("eps")
	m, err := t.measure(eps)
	if err != nil {
		return nil, err
	}
	a := &Answer{Numbers: map[string]float64{"epoch": float64(t.epoch), "certified": float64(m.certified),
		"correct": float64(m.right), "d": m.d, "r": m.r, "unstable": m.unstable}}
	if running && t.epoch < trainEpochs {
		a.Next = v.stage + 1
	} else {
		v.state["run"] = "stop"
	}
	a.Rows = []Row{{Label: "epoch", Value: fmt.Sprintf("%d of %d", t.epoch, trainEpochs)},
		{Label: "classified rightly", Value: fmt.Sprintf("%d of %d", m.right, trainPoints)},
		{Label: "certified at ε", Value: fmt.Sprintf("%d of %d", m.certified, trainPoints), Best: true},
		{Label: "mean gap d", Value: signed(m.d, 3)}, {Label: "mean distance r", Value: signed(m.r, 4)},
		{Label: "unstable neurons a point", Value: signed(m.unstable, 1)}}
	a.Text = fmt.Sprintf("Epoch %d: %d of %d points are classified rightly, %d are certified at ε = %s; "+
		"d = %s, r = %s, %s unstable neurons a point.", t.epoch, m.right, trainPoints, m.certified,
		strconv.FormatFloat(eps, 'f', 2, 64),
		signed(m.d, 3), signed(m.r, 4), signed(m.unstable, 1))
	return a, t.picture(a, m, eps, v.width)
}

// landscape draws the classes of the plane; it is kept until the network or the size changes.
func (t *training) landscape(ax *axes) error {
	key := fmt.Sprint(t.key, t.epoch, ax.sheet.width)
	if t.plane[0] == key {
		ax.WriteString(t.plane[1])
		return nil
	}
	plain, err := cert.NewNetwork(t.net.Model())
	if err != nil {
		return err
	}
	ax.classes(func(x point) float64 {
		z := plain.Forward(x[:])
		return z[1] - z[0]
	})
	ax.rect("panel", ax.left, ax.top, ax.width, ax.height)
	ax.ticksOutside()
	t.plane = [2]string{key, ax.String()}
	return nil
}

// picture draws the classes of the plane, and the points with their boxes.
func (t *training) picture(a *Answer, m *measured, eps, width float64) error {
	size := min(width-40, 540)
	s := newSheet(width, size+62)
	ax := planeAxes(s, (width-size)/2, 10, size)
	if err := t.landscape(ax); err != nil {
		return err
	}
	for i, y := range t.set.Y {
		x := floats.Double(t.set.Sample(i))
		state := "open"
		if m.margins[i] > 0 {
			state = "sure"
		}
		if eps > 0 {
			ax.rect("halo "+state, ax.px(x[0]-eps), ax.py(x[1]+eps), 2*eps*ax.width/(2*planeHalf),
				2*eps*ax.height/(2*planeHalf))
		}
		at := ax.at(point{x[0], x[1]})
		switch {
		case !m.correct[i]:
			ax.cross("cross s-pgd", at, 5)
		case y == 0:
			ax.square("sample "+state, at, 5)
		default:
			ax.circle("sample "+state, at, 5.5)
		}
	}
	s.block("name", "middle", point{width / 2, size + 50}, width,
		"solid: certified · hollow: not · cross: misread · form: the label")
	a.SVG = s.done(a.Text)
	return nil
}
