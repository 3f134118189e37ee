package lab

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/modelcascade"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/smooth"
	"tightrope/pkg/technique"
)

// Smoothed displays what randomized smoothing says of one sample, for each deviation of the noise in pixel units, by
// 100 draws that choose the class and 1,000 that bound its probability. An error ends the cell.
func Smoothed(n *net.Network, set *data.Set, index int, sigmas ...float64) {
	device, _, err := backend.Open("")
	Must(err)
	var rows [][]string
	var o smooth.Options
	for _, sigma := range sigmas {
		o = smooth.Options{Sigma: sigma, Draws: 1000}.WithDefaults()
		s := Get(smooth.New(device, n, o))
		c := Get(smooth.Certify(s, set.Sample(index), index))
		s.Close()
		class := "abstains"
		if c.Class != smooth.Abstain {
			class = fmt.Sprint(c.Class)
		}
		rows = append(rows, []string{fmt.Sprintf("%g", sigma), class, fmt.Sprintf("%d of %d", c.Hits, c.Draws),
			fmt.Sprintf("%.4f", c.Lower), fmt.Sprintf("%.3f", c.Radius), fmt.Sprintf("%.3f", o.Largest())})
	}
	Table([]string{"σ", "class", "draws", "its probability is at least", "ℓ2 radius", "at most, with so many draws"},
		rows...)
	Markdown("The label is %d. Each row holds with confidence %g.", set.Y[index], 1-o.Alpha)
}

// Attacked displays the percentage of samples of a set that each attack changes at each radius, in pixel units, and the
// percentage that Fast-Lin does not certify: the truth lies between them. Attacks are short: 30 steps, 1 restart,
// 300 queries. An error ends the cell.
func Attacked(n *net.Network, set *data.Set, b ball.Ball, radii ...float64) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	device, _, err := backend.Open("")
	Must(err)
	compiled := &measure.Compiled{}
	defer compiled.Close()
	header, rows := []string{"error %"}, [][]string{}
	search := technique.Of(technique.ForSearch)
	for _, id := range search {
		rows = append(rows, []string{id.String()})
	}
	rows = append(rows, []string{"not certified by " + technique.FastLin.String()})
	for _, eps := range radii {
		header = append(header, fmt.Sprintf("ε = %g", eps))
		b.Eps = eps
		for i, id := range search {
			a := attack.ByID(id)
			a.Steps, a.Restarts, a.Queries = 30, 1, 300
			e := Get(measure.Evaluate(ctx, device, n, set, measure.Options{Ball: b, Attack: &a, Compiled: compiled}))
			rows[i] = append(rows[i], fmt.Sprintf("%.1f", e.Percent(e.Attacked)))
			if i == 0 {
				rows[len(search)] = append(rows[len(search)], fmt.Sprintf("%.1f", e.Percent(e.Uncertified)))
			}
		}
	}
	Table(header, rows...)
}

// Cascaded displays the errors of networks alone and as a cascade of models, in this order, at the ball's radius in
// pixel units; Fast-Lin certifies. An error ends the cell.
func Cascaded(set *data.Set, b ball.Ball, networks ...*net.Network) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	device, _, err := backend.Open("")
	Must(err)
	e := Get(modelcascade.Measure(ctx, device, networks, set,
		modelcascade.Options{Ball: b, Attack: &attack.Options{Steps: 30, Restarts: 1}}))
	percent := func(count int) string { return fmt.Sprintf("%.1f", e.Percent(count)) }
	var rows [][]string
	for i, alone := range e.Alone {
		rows = append(rows, []string{fmt.Sprintf("member %d alone", i+1), percent(alone.Standard), "-",
			percent(alone.Uncertified), "first to certify " + percent(e.Answered[i]) + " %"})
	}
	rows = append(rows, []string{"cascade", percent(e.Standard), fmt.Sprintf("%.1f", e.HitPercent()),
		percent(e.Uncertified), "a bound of its error"},
		[]string{"cascade, clean choice", percent(e.Standard), "-", percent(e.CleanChoice),
			fmt.Sprintf("no bound: the attack changed %d images that it does not count", e.Refuted)})
	Table([]string{"model", record.InPercent(record.StandardName), record.InPercent(record.PGDName),
		record.InPercent(record.CertifiedName), "remark"}, rows...)
}
