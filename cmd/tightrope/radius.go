package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify"
)

type radiusFlags struct {
	rungFlags
	largest, tolerance float64
	attacks            bool
	queries            int
}

func radiusCommand() *cobra.Command {
	f := &radiusFlags{rungFlags: rungFlags{evalFlags: evalFlags{technique: technique.FastLin.Row().Key,
		searches: true}}}
	cmd := &cobra.Command{
		Use:   "radius MODEL.safetensors",
		Short: "Find the largest radius at which each technique certifies an image",
		Long: "Find by bisection, for each technique, the largest radius at which it certifies an image, and the " +
			"smallest radius tried at which it does not. PGD certifies nothing: its two radii are the largest one " +
			"at which no attack was found, and the smallest one at which an attack was found.\n\nWith --attacks, " +
			"measure instead how far from each image the attacks pgd, apgd and square succeed, and compare with the " +
			"exact minimal distortion.\n\n" + ofSmooth(technique.ForLadder),
		Args: exactly("a model file", "tightrope radius runs/mlp-2x100-digits/model.safetensors --data digits"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.addRungs(cmd)
	s := cmd.Flags()
	s.Lookup("eps").Usage = "radii of the channels, e.g. 2/255,2/255,1/255, of at least 0: only their proportions " +
		"count, and the radius that is found is the largest channel's; not given: one radius for all"
	s.Lookup("eps").DefValue = ""
	addRadius(s, &f.largest, "largest", 1, "largest radius to try, in pixel units, more than 0")
	addRadius(s, &f.tolerance, "tolerance", 0.001,
		"interval length at which the bisection ends, in pixel units, more than 0")
	s.StringVar(&f.out, "out", "", "file to write the record to; empty: write none")
	s.BoolVar(&f.attacks, "attacks", false, "compare every attack with the exact minimal distortion")
	addCount(s, &f.queries, queriesFlag, 0, 0, "with --attacks: largest number of points that square tries per "+
		"radius; 0: 1000")
	return cmd
}

func (f *radiusFlags) run(cmd *cobra.Command, path string) error {
	if f.image < 0 && f.samples == 0 {
		f.image = 0
	}
	if cmd.Flags().Changed("eps") && len(f.channels) == 0 {
		return fmt.Errorf("--eps %g: radius searches for the radius; leave it out, use --largest, or give one for "+
			"each channel", f.eps)
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
	if f.attacks {
		return f.distances(cmd, b, network, set, o, filepath.Base(path))
	}
	fmt.Fprintf(cmd.OutOrStdout(), "certified radii of %s on %s: %v (pixel units%s), up to %g, PGD on %s\n",
		path, f.what(set), o.Ball.Norm, proportions(o.Ball), f.largest, info)
	bar := &countBar{what: "techniques"}
	o.Progress = bar.progress
	r, err := verify.Radii(cmd.Context(), b, network, set,
		verify.RadiusOptions{LadderOptions: o, Largest: f.largest, Tolerance: f.tolerance})
	bar.clear()
	if err != nil {
		return err
	}
	return f.report(cmd, r, filepath.Base(path))
}

// report prints the radii and writes the record.
func (f *radiusFlags) report(cmd *cobra.Command, r *record.Record, model string) error {
	if err := f.writeRadii(cmd.OutOrStdout(), r); err != nil {
		return err
	}
	if f.out == "" {
		return nil
	}
	r.Name, r.Dataset.Name = "certified radii of "+model, f.data
	return f.write(cmd, r, model)
}

// write adds what was asked for and writes the record.
func (f *radiusFlags) write(cmd *cobra.Command, r *record.Record, model string) error {
	recipe := map[string]any{"model": model, "norm": f.norm, "box": !f.noBox,
		"largest": f.largest, "tolerance": f.tolerance, "perProgram": f.perProgram.String()}
	if len(f.channels) > 0 {
		recipe["channels"] = f.channels
	}
	var err error
	if r.Recipe, err = json.Marshal(recipe); err != nil {
		return err
	}
	if err := r.Write(f.out); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", f.out)
	return nil
}

// writeRadii prints a row for each technique and image; what an attack says stands in columns of its own.
func (f *radiusFlags) writeRadii(w io.Writer, r *record.Record) error {
	var rows [][]string
	wrong := map[int]bool{}
	for i := range r.Radii {
		c := &r.Radii[i]
		if f.image >= 0 {
			c.Index = f.image
		}
		at, not := fmt.Sprintf("%.5f", c.Lower), fmt.Sprintf("%.5f", c.Upper)
		if c.Upper == 0 {
			at, wrong[c.Index] = "-", true // not even at radius 0, where every bound is exact
		}
		if c.Lower == c.Upper && c.Upper > 0 {
			not = "-" // beyond --largest
		}
		cells := []string{at, not, "-", "-"}
		if c.Technique == technique.PGD.String() {
			cells = []string{"-", "-", at, not}
		}
		rows = append(rows, slices.Concat([]string{c.Technique, fmt.Sprint(c.Index), fmt.Sprint(c.Label)}, cells,
			[]string{fmt.Sprintf("%.2f", c.Seconds)}))
	}
	header := []string{"technique", "image", "label", "certified at", "not certified at", "no attack found at",
		"attack found from",
		"seconds"}
	if err := record.WriteTable(w, record.Plain, header, rows); err != nil {
		return err
	}
	for _, c := range r.Radii {
		if c.Unchecked > 0 {
			fmt.Fprintf(w, "unchecked: image %d at %.5f by %s: robust according to the solver alone, counted as not "+
				"certified\n", c.Index, c.Unchecked, c.Technique)
		}
	}
	for _, image := range slices.Sorted(maps.Keys(wrong)) {
		fmt.Fprintf(w, "image %d is misclassified without any change, so no radius can be certified\n", image)
	}
	return nil
}
