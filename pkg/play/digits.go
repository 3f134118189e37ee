package play

import (
	"context"
	"math"
	"slices"
	"strconv"

	digitsfile "tightrope/figures/results/digits"
	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/tight"
	"tightrope/pkg/verify/cert"
)

// digits are the embedded images that no training has seen, and the pair of networks.
type digits struct {
	set  *data.Set
	pair [2]*digitNet
}

// digitNet is a network of digits and what bounds it.
type digitNet struct {
	name      string
	net       *net.Network
	plain     *cert.Network
	inspector *tight.Inspector
	attacker  *attack.Attacker
	last      map[string]*seen // findings of the last state, by its key
}

// digitImages is how many test images a reader can choose from.
const digitImages = 100

// digitRungs are the techniques of the page of digits.
var digitRungs = []rung{rungs[0], {"CROWN-IBP", "cibp", nil, cert.CROWN}, rungs[1], rungs[2]}

// loadDigits reads the networks and images once.
func (p *Player) loadDigits() (*digits, error) {
	if p.digits != nil {
		return p.digits, nil
	}
	splits, err := data.Load("digits", data.Options{}) // the seed of the networks' split is 0
	if err != nil {
		return nil, err
	}
	d := &digits{set: splits.Test}
	for i, content := range [][]byte{digitsfile.Without, digitsfile.With} {
		if d.pair[i], err = newDigitNet([]string{"without γ", "with γ = 3"}[i], content); err != nil {
			return nil, err
		}
	}
	p.digits = d
	return d, nil
}

func newDigitNet(name string, content []byte) (*digitNet, error) {
	m, err := model.Decode(name, content, model.LoadOptions{})
	if err != nil {
		return nil, err
	}
	n := &digitNet{name: name, last: map[string]*seen{}}
	if n.net, err = net.FromModel(m); err != nil {
		return nil, err
	}
	if n.plain, err = cert.NewNetwork(m); err != nil {
		return nil, err
	}
	b, _, err := backend.Open(backend.Go)
	if err != nil {
		return nil, err
	}
	box := ball.Ball{Box: ball.Unit}
	if n.inspector, err = tight.NewInspector(b, n.net, nil, box, tight.Options{}); err != nil {
		return nil, err
	}
	options := attack.Options{Ball: box, Steps: 20, Batch: 1, Loss: attack.Margin, Restarts: 1}
	n.attacker, err = attack.New(b, n.net, options)
	return n, err
}

// seen is what is known of one image at one radius in one network.
type seen struct {
	label, class int // the label, and what the network says
	bounds       []float64
	least        []float64 // by technique
	blocks       []int     // the class with the least bound, by technique
	anatomy      *tight.Anatomy
	attacked     []float64 // PGD's image; nil: not yet
	reached      []float64 // least margins at PGD's image and at x*, by class
	radii        []float64 // by technique; nil: not yet
}

// look bounds one image by every technique; the margins of one are kept class by class. A negative label stands for
// what the network says.
func (n *digitNet) look(x []float64, label int, eps float64, technique int) (*seen, error) {
	s := &seen{class: largest(n.plain.Forward(x))}
	if s.label = label; label < 0 {
		s.label = s.class
	}
	b := ball.Ball{Eps: eps, Box: ball.Unit}
	for i, r := range digitRungs {
		bounds, err := r.allMargins(n.plain, b, x, s.label)
		if err != nil {
			return nil, err
		}
		least, class := weakest(bounds, s.label)
		s.least, s.blocks = append(s.least, least), append(s.blocks, class)
		if i == technique {
			s.bounds = bounds
		}
	}
	var err error
	s.anatomy, err = n.inspector.Inspect(x, int32(s.label), -1, eps)
	return s, err
}

// allMargins are the bounds of the margins over all classes, by a rung's rules; 0 at the label.
func (r rung) allMargins(n *cert.Network, b ball.Ball, x []float64, label int) ([]float64, error) {
	region, err := cert.NewRegion(n, b, x)
	if err != nil {
		return nil, err
	}
	bounds, err := region.Bounds(context.Background(), r.layers...)
	if err != nil {
		return nil, err
	}
	out := make([]float64, n.Classes())
	for t := range out {
		if t != label {
			out[t] = region.Margin(bounds, r.margins, label, t)
		}
	}
	return out, nil
}

// weakest is the other class with the least value.
func weakest(margins []float64, label int) (least float64, class int) {
	least = math.Inf(1)
	for t, m := range margins {
		if t != label && m < least {
			least, class = m, t
		}
	}
	return least, class
}

func largest(z []float64) int { return slices.Index(z, slices.Max(z)) }

// attackAt finds PGD's image, and what the network says there and at x*.
func (n *digitNet) attackAt(s *seen, x []float64, eps float64) error {
	if s.attacked != nil {
		return nil
	}
	out, err := attack.RunAt(n.attacker, x, []int32{int32(s.label)}, eps)
	if err != nil {
		return err
	}
	s.attacked = cert.Clip(ball.Ball{Eps: eps, Box: ball.Unit}, x, out.X[0])
	s.reached = slices.Repeat([]float64{math.Inf(1)}, n.plain.Classes())
	star := cert.Clip(ball.Ball{Eps: eps, Box: ball.Unit}, x, s.anatomy.XStar)
	for _, at := range [][]float64{s.attacked, star} {
		z := n.plain.Forward(at)
		for t := range z {
			s.reached[t] = min(s.reached[t], z[s.label]-z[t])
		}
	}
	return nil
}

// largestRadius and halvings are the range and the precision of the search for certified radii.
const largestRadius, halvings = 0.3, 9

// certifiedRadii finds, by halving, a radius at which each technique certifies and that is close to the largest.
func (n *digitNet) certifiedRadii(s *seen, x []float64) error {
	if s.radii != nil {
		return nil
	}
	for _, r := range digitRungs {
		low, high := 0.0, largestRadius
		if s.class != s.label {
			high = 0
		}
		for range halvings {
			if high == 0 {
				break
			}
			mid := (low + high) / 2
			least, _, err := r.bound(n.plain, ball.Ball{Eps: mid, Box: ball.Unit}, x, s.label)
			if err != nil {
				return err
			}
			if least > 0 {
				low = mid
			} else {
				high = mid
			}
		}
		s.radii = append(s.radii, low)
	}
	return nil
}

// image is the chosen or drawn image and its label; -1: drawn, so none is known.
func (d *digits) image(v *values) (x []float64, label int, err error) {
	if drawn := v.state["drawn"]; drawn != "" {
		x, err = pixels(drawn)
		return x, -1, err
	}
	i := int(v.number("image"))
	return floats.Double(d.set.Sample(i)), int(d.set.Y[i]), nil
}

// key names what a finding depends on.
func (v *values) key(ids ...string) (key string) {
	for _, id := range ids {
		key += strconv.Itoa(len(v.state[id])) + ":" + v.state[id]
	}
	return key
}
