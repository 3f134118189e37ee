package lab

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
	"tightrope/pkg/toy"
	"tightrope/pkg/verify"
)

// Claim checks Claim 1 at every point of a grid in S against the closed form, and at about so many of them against a mixed-integer
// program each, and displays the largest differences, with d and r.
func Claim(c toy.Claim, programs int) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	points := Get(c.Points())
	var sample []record.ToyPoint
	unstable, closed, d, r := 0, 0.0, 0.0, 0.0
	for i, q := range points {
		closed = max(closed, math.Abs(q.Bound-toy.ClosedForm(q.X, c.Eps)))
		d, r = max(d, math.Abs(q.D)), max(r, q.R)
		if q.Unstable > 0 {
			unstable++
		}
		if i%max(1, len(points)/programs) == 0 {
			sample = append(sample, q)
		}
	}
	milp := 0.0
	for i, m := range Get(toy.AgainstMILP(ctx, toy.Cross(), sample, c.Eps)) {
		milp = max(milp, math.Abs(sample[i].Bound-m))
	}
	Table([]string{"what", "points", "largest value"},
		[]string{"p_C against the closed form of p_O*", fmt.Sprint(len(points)), fmt.Sprintf("%.1e", closed)},
		[]string{"d", fmt.Sprint(len(points)), fmt.Sprintf("%.1e", d)},
		[]string{"r", fmt.Sprint(len(points)), fmt.Sprintf("%.1e", r)},
		[]string{"p_C against the integer program", fmt.Sprint(len(sample)), fmt.Sprintf("%.1e", milp)})
	Markdown("%d of the %d points have unstable neurons.", unstable, len(points))
}

// thorough is PGD from several starts: from one it may follow the wrong class and miss the minimum by far.
var thorough = &attack.Options{Steps: 60, Restarts: 9, Loss: attack.Margin}

// Climb bounds the least margin of one sample by every technique, from intervals to the exact minimum and PGD, at each radius; see
// [verify.Ladder]. An error ends the cell.
func Climb(n *net.Network, set *data.Set, index int, b ball.Ball, radii ...float64) *record.Record {
	if index < 0 || index >= set.Len() {
		Must(fmt.Errorf("sample %d of %s: use 0 to %d", index, set.Name, set.Len()-1))
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	device, _, err := backend.Open("")
	Must(err)
	r, _, err := verify.Ladder(ctx, device, n, set.Slice(index, index+1), verify.LadderOptions{Ball: b, Radii: radii, Attack: thorough})
	Must(err)
	return r
}

// Without is a ladder without some techniques, so that a figure can show the others larger.
func Without(r *record.Record, techniques ...string) *record.Record {
	fewer := *r
	fewer.Ladder = slices.DeleteFunc(slices.Clone(r.Ladder), func(rung record.Rung) bool { return slices.Contains(techniques, rung.Technique) })
	return &fewer
}

// Radii displays the largest radius at which each technique certifies some samples, in pixel units; for PGD, up to where it finds
// no attack. See [verify.Radii].
func Radii(n *net.Network, set *data.Set, b ball.Ball, largest float64, rungs ...technique.ID) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	device, _, err := backend.Open("")
	Must(err)
	r := Get(verify.Radii(ctx, device, n, set, verify.RadiusOptions{LadderOptions: verify.LadderOptions{Ball: b, Rungs: rungs, Attack: thorough}, Largest: largest, Tolerance: largest / 200}))
	header, rows := []string{"image"}, make([][]string, set.Len())
	for i := range rows {
		rows[i] = []string{fmt.Sprintf("%d (label %d)", i, set.Y[i])}
	}
	for _, rung := range rungs {
		header = append(header, radiusColumn(rung))
		for _, q := range r.Radii {
			if q.Technique == rung.String() {
				rows[q.Index] = append(rows[q.Index], fmt.Sprintf("%.3f", q.Lower))
			}
		}
	}
	Table(header, rows...)
}

// radiusColumn says what a technique's radius is.
func radiusColumn(rung technique.ID) string {
	if rung == technique.PGD {
		return "no attack by PGD at"
	}
	return "certified by " + rung.String() + " at"
}

// Keep writes a record to a file, for the cells that follow, and makes its folder where there is none; an error ends the cell.
func Keep(r *record.Record, path string) {
	Must(os.MkdirAll(filepath.Dir(path), 0o755))
	Must(r.Write(path))
}

// Notes displays what a record says in words, one line each.
func Notes(r *record.Record) {
	text := ""
	for _, line := range r.Notes {
		text += "* " + line + "\n"
	}
	Markdown("%s", text)
}
