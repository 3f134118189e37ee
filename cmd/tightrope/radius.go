package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/record"
	"tightrope/pkg/verify"
)

type radiusFlags struct {
	rungFlags
	largest, tolerance float64
}

func radiusCommand() *cobra.Command {
	f := &radiusFlags{rungFlags: rungFlags{evalFlags: evalFlags{technique: "fastlin"}}}
	cmd := &cobra.Command{
		Use:   "radius MODEL.safetensors",
		Short: "Find the largest radius at which each technique certifies an image, by bisection",
		Args:  cobra.ExactArgs(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.addRungs(cmd)
	cmd.Flags().Lookup("eps").Hidden = true
	s := cmd.Flags()
	addRadius(s, &f.largest, "largest", 1, "largest radius to try, pixel units")
	addRadius(s, &f.tolerance, "tolerance", 0.001, "length of the interval at which the bisection ends, pixel units")
	s.StringVar(&f.out, "out", "", "file for the record; empty: none")
	return cmd
}

func (f *radiusFlags) run(cmd *cobra.Command, path string) error {
	if f.image < 0 && f.samples == 0 {
		f.image = 0
	}
	if f.largest == 0 || f.tolerance == 0 {
		return fmt.Errorf("--largest %g, --tolerance %g: use positive radii", f.largest, f.tolerance)
	}
	network, set, o, err := f.openOne(cmd, path)
	if err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("backend")
	b, info, err := backend.Open(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "certified radii of %s on %s: %v (pixel units), up to %g, PGD on %s\n",
		path, f.what(set), o.Ball.Norm, f.largest, info)
	bar := &countBar{what: "techniques"}
	o.Progress = bar.progress
	r, err := verify.Radii(cmd.Context(), b, network, set, verify.RadiusOptions{LadderOptions: o, Largest: f.largest, Tolerance: f.tolerance})
	bar.clear()
	if err != nil {
		return err
	}
	return f.report(cmd, r, filepath.Base(path))
}

// report prints the radii and writes the record.
func (f *radiusFlags) report(cmd *cobra.Command, r *record.Record, model string) error {
	var rows [][]string
	for i := range r.Radii {
		c := &r.Radii[i]
		if f.image >= 0 {
			c.Index = f.image
		}
		rows = append(rows, []string{c.Technique, fmt.Sprint(c.Index), fmt.Sprint(c.Label), fmt.Sprintf("%.5f",
			c.Lower), fmt.Sprintf("%.5f", c.Upper), fmt.Sprintf("%.2f", c.Seconds)})
	}
	if err := record.WriteTable(cmd.OutOrStdout(), record.Plain, []string{"technique", "image", "label", "certified at", "not at", "seconds"}, rows); err != nil {
		return err
	}
	if f.out == "" {
		return nil
	}
	r.Name, r.Dataset.Name = "certified radii of "+model, f.data
	var err error
	if r.Recipe, err = json.Marshal(map[string]any{"model": model, "norm": f.norm, "box": !f.noBox, "largest": f.largest, "tolerance": f.tolerance, "perProgram": f.perProgram.String()}); err != nil {
		return err
	}
	if err := r.Write(f.out); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", f.out)
	return nil
}
