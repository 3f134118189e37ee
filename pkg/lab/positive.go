package lab

import (
	"fmt"
	"slices"
	"time"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
)

// Positive displays the percentage of images of a set for which each technique of compiled graphs bounds all margins
// above 0, at each radius in pixel units, and the time per image, from one call for all images at the last radius.
// Joint alpha-CROWN is omitted, because it takes about a hundred times as long. An error ends the cell.
func Positive(n *net.Network, set *data.Set, b ball.Ball, radii ...float64) {
	device, _, err := backend.Open("")
	Must(err)
	header := []string{"technique"}
	for _, eps := range radii {
		header = append(header, fmt.Sprintf("ε = %g", eps))
	}
	var rows [][]string
	for _, id := range technique.Of(technique.ForGraph) {
		if id == technique.AlphaJoint || !worth(id, n) {
			continue
		}
		e := Get(bound.NewBounder(device, n, Get(bound.ByID(id)), bound.Options{Ball: b, Batch: set.Len()}))
		row, seconds := []string{id.String()}, 0.0
		for _, eps := range radii {
			start := time.Now()
			out := Get(e.Bound(set.X, set.Y, eps))
			seconds = time.Since(start).Seconds()
			row = append(row, fmt.Sprintf("%.1f", 100*float64(positives(out, set.Y))/float64(set.Len())))
		}
		e.Close()
		rows = append(rows, append(row, fmt.Sprintf("%.2g", 1e3*seconds/float64(set.Len()))))
	}
	Table(append(slices.Clip(header), "milliseconds an image"), rows...)
}

// positives counts the samples whose margins are all above 0.
func positives(out *bound.Output, labels []int32) (n int) {
	for i, label := range labels {
		if out.Certified(i, label) {
			n++
		}
	}
	return n
}
