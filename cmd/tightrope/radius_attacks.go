package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/gomlx/compute"
	"github.com/spf13/cobra"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify"
)

// distances measures the attacks against the exact minimal distortion.
func (f *radiusFlags) distances(cmd *cobra.Command, b compute.Backend, network *net.Network, set *data.Set,
	o verify.LadderOptions, model string) error {
	if len(f.techniques) > 0 || f.pgd.stepSize > 0 || cmd.Flags().Changed(lossFlag) {
		return fmt.Errorf("--attacks with --techniques, --pgd-step-size or --%s: it runs every attack as it is, leave "+
			"them out", lossFlag)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "distances at which attacks end, and exact minimal distortion, of %s: %v (pixel "+
		"units%s), up to %g, tolerance %g\n", f.what(set), o.Ball.Norm, proportions(o.Ball), f.largest, f.tolerance)
	bar := &countBar{what: "attacks"}
	d := verify.DistanceOptions{RadiusOptions: verify.RadiusOptions{LadderOptions: o, Largest: f.largest,
		Tolerance: f.tolerance}, Steps: f.pgd.steps, Queries: f.queries}
	if cmd.Flags().Changed(restartsFlag) {
		d.Restarts = restartsOf(f.pgd.restarts)
	}
	d.Progress = bar.progress
	r, err := verify.Distances(cmd.Context(), b, network, set, d)
	bar.clear()
	if err != nil {
		return err
	}
	if f.image >= 0 && len(r.Distances.Images) > 0 {
		r.Distances.Images[0].Index = f.image
	}
	if err := writeDistances(cmd.OutOrStdout(), r.Distances, set.Len()); err != nil || f.out == "" {
		return err
	}
	r.Name, r.Dataset.Name = "distances of attacks on "+model, f.data
	return f.write(cmd, r, model)
}

// writeDistances prints a row for each image, and one for each attack.
func writeDistances(w io.Writer, d *record.Distances, images int) error {
	header := []string{"image", "label", "exact at least", "exact at most"}
	for _, name := range d.Names {
		header = append(header, name+" at", "/ exact")
	}
	var rows [][]string
	for _, i := range d.Images {
		most := fmt.Sprintf("%.5f", i.Upper)
		if i.Unfinished {
			most = "?" // time ran out
		}
		row := []string{fmt.Sprint(i.Index), fmt.Sprint(i.Label), fmt.Sprintf("%.5f", i.Lower), most}
		for _, found := range i.Found {
			if found == 0 {
				row = append(row, "-", "-")
				continue
			}
			row = append(row, fmt.Sprintf("%.5f", found), ratio(found, i.Lower))
		}
		rows = append(rows, row)
	}
	if err := record.WriteTable(w, record.Plain, header, rows); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d of %d images are classified as their label; ratios are at most these, over the proved "+
		"radius\n", len(d.Images), images)
	return record.WriteTable(w, record.Plain, []string{"attack", "how", "found on", "median / exact", "worst / exact",
		"nearest of all on", "seconds"}, attackRows(d))
}

func ratio(found, exact float64) string {
	if exact == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", found/exact)
}

// attackRows sum up each attack.
func attackRows(d *record.Distances) (rows [][]string) {
	for k, name := range d.Names {
		ratios, median, worst := d.Ratios(k), "-", "-"
		if len(ratios) > 0 {
			median, worst = fmt.Sprintf("%.3f", record.Median(ratios)), fmt.Sprintf("%.3f", slices.Max(ratios))
		}
		nearest := 0
		for _, i := range d.Images {
			least := 0.0
			for _, f := range i.Found {
				if f > 0 && (least == 0 || f < least) {
					least = f
				}
			}
			if f := i.Found[k]; f > 0 && f <= least+d.Tolerance {
				nearest++
			}
		}
		rows = append(rows, []string{name, d.Attacks[k].Words(), fmt.Sprint(len(ratios)), median, worst,
			fmt.Sprint(nearest), fmt.Sprintf("%.1f", d.Seconds[k])})
	}
	return rows
}
