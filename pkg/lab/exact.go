package lab

import (
	"context"
	"fmt"
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
	"tightrope/pkg/study"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify"
)

// Claim displays how well the bounds of Claim 1's points agree with the closed form, and, at about programs of them,
// with a mixed-integer program each; see [study.Claim.Agreement].
func Claim(c study.Claim, programs int) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	a := Get(c.Agreement(ctx, programs))
	points := fmt.Sprint(a.Points)
	Table([]string{"what", "points", "largest value"},
		[]string{"p_C against the closed form of p_O*", points, fmt.Sprintf("%.1e", a.ClosedForm)},
		[]string{"d", points, fmt.Sprintf("%.1e", a.D)},
		[]string{"r", points, fmt.Sprintf("%.1e", a.R)},
		[]string{"p_C against the integer program", fmt.Sprint(a.Programs), fmt.Sprintf("%.1e", a.MILP)})
	Markdown("%d of the %d points have unstable neurons.", a.Unstable, a.Points)
}

// thorough is PGD towards each other class: towards the nearest alone it may miss the minimum by far.
var thorough = &attack.Options{Steps: 60, Loss: attack.EachClass}

// Climb bounds the least margin of one sample by every technique, from intervals to the exact minimum and PGD, at each
// radius, in pixel units; see [verify.Ladder]. An error ends the cell.
func Climb(n *net.Network, set *data.Set, index int, b ball.Ball, radii ...float64) *record.Record {
	if index < 0 || index >= set.Len() {
		Must(fmt.Errorf("sample %d of %s: use 0 to %d", index, set.Name, set.Len()-1))
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	device, _, err := backend.Open("")
	Must(err)
	r, _, err := verify.Ladder(ctx, device, n, set.Slice(index, index+1),
		verify.LadderOptions{Ball: b, Radii: radii, Attack: thorough})
	Must(err)
	return r
}

// Without returns a ladder without some techniques, so that a figure can show the others on a larger scale.
func Without(r *record.Record, techniques ...string) *record.Record {
	fewer := *r
	fewer.Ladder = slices.DeleteFunc(slices.Clone(r.Ladder),
		func(rung record.Rung) bool { return slices.Contains(techniques, rung.Technique) })
	return &fewer
}

// Radii displays the largest radius at which each technique certifies some samples, in pixel units; for PGD, up to
// where it finds no attack. See [verify.Radii].
func Radii(n *net.Network, set *data.Set, b ball.Ball, largest float64, rungs ...technique.ID) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	device, _, err := backend.Open("")
	Must(err)
	r := Get(verify.Radii(ctx, device, n, set,
		verify.RadiusOptions{LadderOptions: verify.LadderOptions{Ball: b, Rungs: rungs, Attack: thorough},
			Largest: largest, Tolerance: largest / 200}))
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

// Keep writes a record to a file, for the cells that follow, and makes its folder if there is none. An error ends the
// cell.
func Keep(r *record.Record, path string) {
	Must(os.MkdirAll(filepath.Dir(path), 0o755))
	Must(r.Write(path))
}

// Notes displays a record's notes, one line each.
func Notes(r *record.Record) {
	text := ""
	for _, line := range r.Notes {
		text += "* " + line + "\n"
	}
	Markdown("%s", text)
}
