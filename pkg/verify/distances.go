package verify

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// DistanceOptions of [Distances]; the zero value measures every attack by its defaults, PGD by 100 steps.
type DistanceOptions struct {
	RadiusOptions                // Rungs and Attack are not used; PerProgram limits the exact decision at one radius
	Attacks       []technique.ID // nil: all of the table
	Steps         int            // of the gradient attacks; 0: 100
	Restarts      int            // of the gradient attacks, as in [attack.Options]
	Queries       int            // of Square; 0: 1000
}

// Distances measures, by bisection of the radius, how far from each image every attack finds an adversarial input, and
// compares this with the exact minimal distortion by [Radii]. The distance of an attack is that of the point it finds,
// which the network must misclassify in float64, too. It returns a record with [record.Distances], and an error if an
// attack ends nearer than the proved radius: a fault of this program.
func Distances(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o DistanceOptions) (
	*record.Record, error) {
	err := refuseSmooth(network, "exact distances", "ask for radii without attacks, or attack at a radius")
	if err != nil {
		return nil, err
	}
	o.RadiusOptions = o.RadiusOptions.withRange()
	o.Rungs = []technique.ID{technique.Exact}
	if o.Attacks == nil {
		o.Attacks = technique.Of(technique.ForSearch)
	}
	start := time.Now()
	r, err := Radii(ctx, backend, network, set, o.RadiusOptions)
	if err != nil {
		return nil, err
	}
	p, err := newProver(network)
	if err != nil {
		return nil, err
	}
	m := &distances{DistanceOptions: o, prover: p, backend: backend, network: network, set: set}
	m.begin(r)
	for _, t := range o.Attacks {
		if err := m.attack(ctx, t); err != nil {
			return nil, err
		}
	}
	m.end()
	r.Distances, r.Radii = &m.found, nil
	r.WallSeconds = time.Since(start).Seconds()
	return r, nil
}

// distances is one call of [Distances].
type distances struct {
	DistanceOptions
	prover  *prover
	backend compute.Backend
	network *net.Network
	set     *data.Set
	found   record.Distances
}

// begin takes the exact distances over from the radii.
func (m *distances) begin(r *record.Record) {
	m.found = record.Distances{Norm: m.Ball.Norm.String(), Largest: m.Largest, Tolerance: m.Tolerance}
	if b := m.Ball.Box; b != nil {
		m.found.Box = &[2]float64{b.Lower, b.Upper}
	}
	for _, c := range r.Radii {
		if c.Upper > 0 {
			m.found.Images = append(m.found.Images, record.ImageDistance{Index: c.Index, Label: c.Label,
				Lower: c.Lower, Upper: c.Upper, Unfinished: c.Unfinished})
		}
	}
}

// end takes the nearest adversarial image of all attacks for the upper end of the exact distortion, where that is less,
// or where time ran out.
func (m *distances) end() {
	for k := range m.found.Images {
		i := &m.found.Images[k]
		for _, f := range i.Found {
			if f > 0 && (i.Unfinished || f < i.Upper) {
				i.Upper, i.Unfinished = f, false
			}
		}
	}
}

// options are those of an attack. One image at a time has a radius of its own.
func (m *distances) options(t technique.ID) attack.Options {
	o := attack.ByID(t)
	o.Ball, o.Batch, o.Restarts = m.Ball, 1, m.Restarts
	if o.Method == attack.Squares {
		o.Queries = m.Queries
	} else if o.Steps = m.Steps; o.Steps == 0 {
		o.Steps = 100
	}
	return o
}

// attack measures one attack on every image.
func (m *distances) attack(ctx context.Context, t technique.ID) error {
	o := m.options(t)
	a, err := attack.New(m.backend, m.network, o)
	if err != nil {
		return err
	}
	defer a.Close()
	start := time.Now()
	for i := range m.found.Images {
		image := &m.found.Images[i]
		near, err := m.nearest(ctx, a, image.Index)
		if err != nil {
			return err
		}
		if near > 0 && near < image.Lower {
			return fmt.Errorf("%v finds an adversarial image at the distance %g of image %d, which is proved robust "+
				"up to %g: this is a fault of Tightrope and no result: please report it with the network and the "+
				"command", t, near, image.Index, image.Lower)
		}
		image.Found = append(image.Found, near)
	}
	f := &m.found
	how := o.Record(len(f.Images), m.network.Classes())
	how.StepSize = 0 // it depends on the radius
	f.Attacks, f.Names = append(f.Attacks, *how), append(f.Names, t.String())
	f.Seconds = append(f.Seconds, time.Since(start).Seconds())
	if m.Progress != nil {
		m.Progress(len(f.Names), len(m.Attacks))
	}
	return nil
}

// nearest bisects the radius of one image and returns the distance of the nearest adversarial point; 0: none was found.
func (m *distances) nearest(ctx context.Context, a *attack.Attacker, index int) (float64, error) {
	x, label, best := sample64(m.set, index), m.set.Y[index], math.Inf(1)
	s := bisection{RadiusOptions: m.RadiusOptions}
	c := []record.CertifiedRadius{{Upper: math.Inf(1)}}
	for {
		part := s.next(c)
		if len(part) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		r, err := attack.RunAt(a, x, []int32{label}, part[0].eps)
		if err != nil {
			return 0, err
		}
		if at := r.X[0]; r.Success(0) && m.prover.misclassifies(at, int(label)) {
			best = min(best, m.Ball.Distance(x, at))
			c[0].Upper = min(part[0].eps, best)
			c[0].Lower = min(c[0].Lower, c[0].Upper)
		} else {
			c[0].Lower = part[0].eps
		}
	}
	if math.IsInf(best, 1) {
		return 0, nil
	}
	return best, nil
}

// misclassifies reports whether the network gives x, in float64, another class than the label, or none.
func (p *prover) misclassifies(x []float64, label int) bool {
	logits := p.plain.Forward(x)
	for k, z := range logits {
		if k != label && !(logits[label] > z) {
			return true
		}
	}
	return false
}
