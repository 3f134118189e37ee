package verify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// Step is the result of one technique for one image at one radius.
type Step struct {
	Rung technique.ID `json:"rung"`
	// Margin is the least lower bound over the classes (PGD: the least margin found); nil if it was not computed.
	Margin     *float64 `json:"margin,omitempty"`
	Certified  bool     `json:"certified,omitempty"`  // by a confirmed proof (PGD: no attack was found)
	Unchecked  bool     `json:"unchecked,omitempty"`  // robust according to the MILP solver, without a proof
	Inferred   bool     `json:"inferred,omitempty"`   // Certified follows by a theorem from another technique
	Unfinished bool     `json:"unfinished,omitempty"` // time ran out or the solver failed; Margin is a bound
	Seconds    float64  `json:"seconds,omitempty"`
}

// ImageLadder is the ladder of one image at one radius.
type ImageLadder struct {
	Index int     `json:"index"` // in the data set
	Label int     `json:"label"`
	Eps   float64 `json:"eps"`   // pixel units
	Clean bool    `json:"clean"` // classified as its label
	Steps []Step  `json:"steps"` // in the order of the table of techniques
}

// Step returns the result of a technique; nil if it was not applied.
func (l *ImageLadder) Step(r technique.ID) *Step {
	if i := slices.IndexFunc(l.Steps, func(s Step) bool { return s.Rung == r }); i >= 0 {
		return &l.Steps[i]
	}
	return nil
}

// ladderRun is one call of [Ladder], or one technique of [Radii].
type ladderRun struct {
	LadderOptions
	*prover
	set     *data.Set
	lock    sync.Mutex // of keep and found
	keep    *record.Journal
	found   []ImageLadder
	attacks map[imageAt]attacked
}

// attacked is what PGD found: the least margin, and where.
type attacked struct {
	margin float64
	point  []float64
}

// imageAt names an image at a radius.
type imageAt struct {
	index int
	eps   float64
}

// Ladder bounds the margins of every image of a set by every technique, at every radius: lower bounds from loose to
// tight, the exact least margin, and PGD's from above. All but PGD work in float64; bounds of relaxations are rounded
// outwards, and an image counts as certified only by a certificate that the checker (package cert) has confirmed. It
// returns a record with the errors by technique and radius (for one image also its bounds), and the ladders image by
// image, in order.
//
// If the context is cancelled, Ladder returns the context's error; with a folder, the finished images are saved for the
// next call.
func Ladder(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o LadderOptions) (
	*record.Record, []ImageLadder, error) {
	if err := o.Check(network, set); err != nil {
		return nil, nil, err
	}
	p, err := newProver(network)
	if err != nil {
		return nil, nil, err
	}
	l := &ladderRun{LadderOptions: o.forNetwork(network).withDefaults(), prover: p, set: set,
		attacks: map[imageAt]attacked{}}
	start := time.Now()
	if err := l.open(); err != nil {
		return nil, nil, err
	}
	err = errors.Join(l.run(ctx, backend, network), l.keep.Sync(), l.keep.Close())
	if err != nil {
		return nil, nil, err
	}
	r := l.record(network.Name)
	r.SetModel(network.Origin)
	r.Started, r.WallSeconds = start.UTC(), time.Since(start).Seconds()
	return r, l.found, nil
}

// laddersFile holds the finished images of a ladder, one line each, beside the files of every run.
const laddersFile = "ladders.jsonl"

// open takes over the finished images of the folder. It returns an error if they are not among those asked for.
func (l *ladderRun) open() (err error) {
	if l.keep = (&record.Journal{}); l.Dir == "" {
		return nil
	}
	path := filepath.Join(l.Dir, laddersFile)
	l.keep, err = record.OpenJournal(path, func(line []byte) (bool, error) {
		var f ImageLadder
		err := json.Unmarshal(line, &f)
		l.found = append(l.found, f)
		return true, err
	})
	if err != nil {
		return err
	}
	for _, f := range l.found {
		if f.Index < 0 || f.Index >= l.set.Len() || f.Label != int(l.set.Y[f.Index]) ||
			!slices.Contains(l.Radii, f.Eps) {
			return errors.Join(fmt.Errorf("%s holds image %d with label %d at eps %v, which is not asked for: "+
				"choose another --out", path, f.Index, f.Label, f.Eps), l.keep.Close())
		}
	}
	return nil
}

// run does what is left, in chunks of images: PGD on all of them, then the rest image by image.
func (l *ladderRun) run(ctx context.Context, backend compute.Backend, network *net.Network) error {
	left := l.left()
	if len(left) == 0 {
		return nil
	}
	a, err := l.attacker(backend, network)
	if err != nil {
		return err
	}
	if a != nil {
		defer a.Close()
	}
	for from := 0; from < len(left); from += chunkSize {
		part := left[from:min(from+chunkSize, len(left))]
		if err := l.attack(ctx, a, part); err != nil {
			return err
		}
		err := eachPlace(ctx, l.Workers, len(part), func(k int) error { return l.image(ctx, part[k]) })
		if err != nil {
			return err
		}
	}
	slices.SortFunc(l.found, func(a, b ImageLadder) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Eps, b.Eps))
	})
	return nil
}

// left lists the images and radii that are not finished.
func (l *ladderRun) left() (left []imageAt) {
	done := map[imageAt]bool{}
	for i := range l.found {
		done[imageAt{l.found[i].Index, l.found[i].Eps}] = true
	}
	for i := range l.set.Len() {
		for _, eps := range l.Radii {
			if at := (imageAt{i, eps}); !done[at] {
				left = append(left, at)
			}
		}
	}
	return left
}

// attacker prepares PGD; nil if nothing asks for it.
func (l *ladderRun) attacker(backend compute.Backend, network *net.Network) (*attack.Attacker, error) {
	if !slices.Contains(l.Rungs, technique.PGD) {
		return nil, nil
	}
	o := *l.Attack
	o.Ball = l.Ball
	return attack.New(backend, network, o)
}

// attack runs PGD on some images, radius by radius.
func (l *ladderRun) attack(ctx context.Context, a *attack.Attacker, part []imageAt) error {
	if a == nil {
		return nil
	}
	for _, eps := range l.Radii {
		var images []int
		for _, at := range part {
			if at.eps == eps {
				images = append(images, at.index)
			}
		}
		if len(images) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		set := l.set.Subset(images)
		r, err := attack.RunAt(a, set.X, set.Y, eps)
		if err != nil {
			return err
		}
		for k, i := range images {
			if math.IsInf(r.Margin[k], -1) {
				return fmt.Errorf("the logits of image %d, or of one in its ball, are not finite in the network's "+
					"precision: leave pgd out, or scale the network's weights down", i)
			}
			l.attacks[imageAt{i, eps}] = attacked{r.Margin[k], r.X[k]}
		}
	}
	return nil
}

// image climbs the ladder of one image and keeps it.
func (l *ladderRun) image(ctx context.Context, at imageAt) error {
	c := l.climb(at)
	if err := c.run(ctx); err != nil {
		return err
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	if _, _, err := l.keep.Append(&c.found); err != nil {
		return err
	}
	l.found = append(l.found, c.found)
	if l.Progress != nil {
		l.Progress(len(l.found), l.set.Len()*len(l.Radii))
	}
	return nil
}
