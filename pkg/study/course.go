package study

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/tight"
	"tightrope/pkg/toy"
	"tightrope/pkg/train"
)

// Course are the parameters of trainings on the plane that are kept epoch by epoch. The zero value is the project's
// figure.
type Course struct {
	Points int     `json:"points"` // of the two moons; 0: 80
	Noise  float64 `json:"noise"`  // 0: 0.06
	Arch   string  `json:"arch"`   // of the network; "": mlp-2x16
	Eps    float64 `json:"eps"`    // target radius, l_inf; 0: 0.18
	Epochs int     `json:"epochs"` // 0: 60, a third of them with growing eps
	Keep   int     `json:"keep"`   // epochs that are kept, about; 0: 8
	Seed   uint64  `json:"seed"`
	// Lessons are the runs; nil: natural training, CP, and CP with gamma = 10.
	Lessons []Lesson `json:"lessons"`
}

// Lesson is one way of training.
type Lesson struct {
	Method train.Method `json:"method"`
	Lambda float64      `json:"lambda"` // weight of d
	Gamma  float64      `json:"gamma"`  // weight of r
}

func (c Course) withDefaults() Course {
	for _, f := range []struct {
		field *int
		value int
	}{{&c.Points, 80}, {&c.Epochs, 60}, {&c.Keep, 8}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	if c.Arch == "" {
		c.Arch = "mlp-2x16"
	}
	if c.Noise == 0 {
		c.Noise = 0.06
	}
	if c.Eps == 0 {
		c.Eps = 0.18
	}
	if c.Lessons == nil {
		c.Lessons = []Lesson{{Method: train.Natural}, {}, {Gamma: 10}}
	}
	return c
}

// config is the training of one run, on the paper's schedule, compressed.
func (c Course) config(l Lesson) train.Config {
	ramp := c.Epochs / 3
	return train.Config{Method: l.Method, Seed: c.Seed, Epochs: c.Epochs, Batch: 20, Eps: c.Eps, EpsStart: c.Eps / 10,
		Ramp: ramp, LearningRate: 0.02,
		Decay: train.Decay{Every: max(1, (c.Epochs-ramp)/4)}, Lambda: l.Lambda, Gamma: l.Gamma}
}

// Learn trains one network of the plane for each lesson, from the same seed, and records the network of some epochs
// with the bound p_C of every point and the smallest margin on a grid of its box. A cancelled context ends it with an
// error.
func Learn(ctx context.Context, c Course) (*record.Record, error) {
	c = c.withDefaults()
	set, err := toy.Moons(c.Points, c.Noise, c.Seed)
	if err != nil {
		return nil, err
	}
	r, b, err := newRecord("toy: moons", c)
	if err != nil {
		return nil, err
	}
	r.Seed, r.Dataset = c.Seed, record.Dataset{Name: set.Name, Hash: set.Hash()}
	r.Course = &record.PlaneCourse{Arch: c.Arch, Eps: c.Eps}
	for i, y := range set.Y {
		x := set.Sample(i)
		r.Course.X, r.Course.Labels = append(r.Course.X, [2]float64{float64(x[0]), float64(x[1])}),
			append(r.Course.Labels, int(y))
	}
	for _, lesson := range c.Lessons {
		l := learner{course: c, backend: b, set: set, points: r.Course}
		if err := l.run(ctx, lesson); err != nil {
			return nil, err
		}
		r.Course.Runs = append(r.Course.Runs, l.record)
	}
	r.WallSeconds = time.Since(r.Started).Seconds()
	return r, nil
}

// learner is one training.
type learner struct {
	course  Course
	backend compute.Backend
	set     *data.Set
	points  *record.PlaneCourse
	bounds  *bound.Evaluator
	tight   *tight.Measurement
	record  record.PlaneRun // what it is kept as
}

func (l *learner) run(ctx context.Context, lesson Lesson) error {
	l.record.Method, l.record.Lambda, l.record.Gamma = lesson.Method.String(), lesson.Lambda, lesson.Gamma
	n, err := net.Named(l.course.Arch, []int{2}, 2)
	if err != nil {
		return err
	}
	n.Init(l.course.Seed)
	if err := l.prepare(n); err != nil {
		return err
	}
	defer l.bounds.Close()
	defer l.tight.Close()
	if err := l.keep(0, n); err != nil {
		return err
	}
	trained, _, err := train.Run(ctx, l.backend, n, l.set, l.course.config(lesson), train.Options{
		OnEpoch: func(history []train.Epoch, n *net.Network) error { return l.epoch(len(history), n) }})
	if err != nil {
		return fmt.Errorf("training on the plane: %w", err)
	}
	return l.measureDistances(trained)
}

// prepare compiles the bounds of the points.
func (l *learner) prepare(n *net.Network) (err error) {
	b := ball.Ball{Eps: l.course.Eps}
	if l.bounds, err = bound.NewEvaluator(l.backend, n, bound.Options{Ball: b, Batch: l.set.Len()}); err != nil {
		return err
	}
	l.tight, err = tight.NewMeasurement(l.backend, n, nil, b, tight.Options{})
	return err
}

// epoch keeps about as many frames as asked for, the last epoch among them.
func (l *learner) epoch(epoch int, n *net.Network) error {
	if every := max(1, l.course.Epochs/l.course.Keep); epoch%every != 0 && epoch != l.course.Epochs {
		return nil
	}
	return l.keep(epoch, n)
}

func (l *learner) keep(epoch int, n *net.Network) error {
	f := record.PlaneFrame{Epoch: epoch, Layers: planeLayers(n)}
	if err := l.bounds.Use(n); err != nil {
		return err
	}
	x := floats.Double(l.set.X)
	out, err := bound.Evaluate(l.bounds, x, l.set.Y)
	if err != nil {
		return err
	}
	for i, label := range l.points.Labels {
		f.Bounds, f.Attacked = append(f.Bounds, float32(out.Margins[i][1-label])),
			append(f.Attacked, attackGrid(f, l.points.X[i], label, l.course.Eps))
	}
	if err := l.tight.Use(n); err != nil {
		return err
	}
	t, err := l.tight.Measure(x, l.set.Y)
	if err != nil {
		return err
	}
	f.D, f.R = t.D, t.R
	for _, layer := range t.Layers {
		f.Unstable += layer.Unstable
	}
	l.record.Frames = append(l.record.Frames, f)
	return nil
}

// planeLayers reads the weights of a dense network.
func planeLayers(n *net.Network) []record.PlaneLayer {
	var layers []record.PlaneLayer
	for k := 0; k+1 < len(n.Params); k += 2 {
		w, biases := n.Params[k].Data, n.Params[k+1].Data
		layer, width := record.PlaneLayer{}, len(w)/len(biases)
		for j, b := range biases {
			row := make([]float32, width)
			for i := range row {
				row[i] = float32(w[j*width+i])
			}
			layer.Weights, layer.Biases = append(layer.Weights, row), append(layer.Biases, float32(b))
		}
		layers = append(layers, layer)
	}
	return layers
}

// attackSide is the number of points on a side of the grid that attacks a box.
const attackSide = 21

// attackGrid is the smallest margin of a label on a grid of the box round x.
func attackGrid(f record.PlaneFrame, x [2]float64, label int, eps float64) float32 {
	smallest, sign := math.Inf(1), float64(2*label-1)
	for i := range attackSide {
		for j := range attackSide {
			at := func(k int) float64 { return eps * (2*float64(k)/(attackSide-1) - 1) }
			smallest = min(smallest, sign*f.Margin([2]float64{x[0] + at(i), x[1] + at(j)}))
		}
	}
	return float32(smallest)
}

// measureDistances looks at every unstable neuron of every point.
func (l *learner) measureDistances(n *net.Network) error {
	in, err := tight.NewInspector(l.backend, n, nil, ball.Ball{}, tight.Options{})
	if err != nil {
		return err
	}
	defer in.Close()
	for i, label := range l.points.Labels {
		a, err := in.Inspect(l.points.X[i][:], int32(label), 1-label, l.course.Eps)
		if err != nil {
			return err
		}
		for _, u := range a.Unstable() {
			l.record.Distances = append(l.record.Distances, float32(u.Distance/(u.Upper-u.Lower)))
		}
	}
	return nil
}
