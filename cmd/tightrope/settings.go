package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/model"
)

// setting is a flag whose value a network's file may tell.
type setting struct {
	flag string
	file string // the flag's value by the file; empty: the file does not tell
}

// settle gives the flags that were not given the values that the file tells, says where each value comes from, and
// warns where the images may not be what they are called.
func (f *evalFlags) settle(cmd *cobra.Command, file *model.File) error {
	o := file.Origin
	if _, _, err := data.Shape(o.Data); err != nil && o.Data != "" && !cmd.Flags().Changed("data") {
		return fmt.Errorf("%s: its metadata entry %q: %w, with --data", file.Path, model.OriginPrefix+"data", err)
	}
	given := map[string]bool{}
	for _, name := range []string{"data", "seed"} {
		given[name] = cmd.Flags().Changed(name)
	}
	var said []string
	take := func(s setting) error {
		text, err := s.take(cmd)
		said = append(said, text)
		return err
	}
	if err := take(setting{"data", o.Data}); err != nil {
		return err
	}
	rest, err := f.settings(cmd, file)
	if err != nil {
		return err
	}
	for _, s := range rest {
		if err := take(s); err != nil {
			return err
		}
	}
	if !o.Known() {
		said = append(said, "the file has no entries about its training")
	}
	fmt.Fprintf(cmd.OutOrStdout(), "settings: %s\n", strings.Join(said, ", "))
	for _, text := range f.doubts(file, given) {
		fmt.Fprintf(cmd.ErrOrStderr(), "WARNING: %s\n", text)
	}
	return nil
}

// settings are those beside the data set, which is known.
func (f *evalFlags) settings(cmd *cobra.Command, file *model.File) (all []setting, err error) {
	o := file.Origin
	texts := map[string]string{}
	for _, e := range o.Entries() {
		texts[e.Name] = e.Text
	}
	if data.DrawsTest(f.data) {
		seed := setting{flag: "seed"}
		if o.Data == "" || data.Same(o.Data, f.data) {
			seed.file = texts["seed"]
		}
		all = append(all, seed)
	}
	all = append(all, setting{"norm", texts["norm"]})
	if !f.searches && !cmd.Flags().Changed("radii") || len(f.channels) > 0 {
		all = append(all, setting{"eps", texts["eps"]})
	}
	box := setting{flag: "no-box"}
	switch {
	case o.Box != nil && *o.Box == *ball.Unit:
		box.file = "false"
	case o.NoBox:
		box.file = "true"
	case o.Box != nil && !cmd.Flags().Changed("no-box"):
		return nil, fmt.Errorf("%s: its metadata entry %q: inputs in the box [%g, %g] are not known to this command: "+
			"use --no-box, or --no-box=false for [0, 1]",
			file.Path, model.OriginPrefix+"box", o.Box.Lower, o.Box.Upper)
	}
	return append(all, box), nil
}

// take sets the flag by the file where it was not given, and says where its value comes from.
func (s setting) take(cmd *cobra.Command) (said string, err error) {
	flag := cmd.Flags().Lookup(s.flag)
	source := "default"
	switch {
	case flag.Changed:
		source = "--" + s.flag
		if s.file != "" && s.file != flag.Value.String() {
			source += "; the file has " + s.text(s.file)
		}
	case s.file != "":
		source = "file"
		if err := cmd.Flags().Set(s.flag, s.file); err != nil {
			return "", fmt.Errorf("%s = %q of the file: %w", s.flag, s.file, err)
		}
	}
	return fmt.Sprintf("%s (%s)", s.text(flag.Value.String()), source), nil
}

// text is a value of the setting in words.
func (s setting) text(value string) string {
	switch {
	case s.flag == "no-box" && value == "true":
		return "no box"
	case s.flag == "no-box":
		return fmt.Sprintf("box [%g, %g]", ball.Unit.Lower, ball.Unit.Upper)
	case s.flag == "seed":
		return "split seed " + value
	}
	return s.flag + " " + value
}

// doubts are the reasons for which images that are called test images may have been trained on. given reports whether
// --data and --seed were.
func (f *evalFlags) doubts(file *model.File, given map[string]bool) (all []string) {
	o := file.Origin
	if o.Data != "" && !data.Same(o.Data, f.data) {
		return []string{fmt.Sprintf("%s was trained on %s, and --data says %s: the results below are not about the "+
			"data of its training", file.Path, o.Data, f.data)}
	}
	switch {
	case !data.DrawsTest(f.data) || data.IsPath(f.data) && o.Data == "":
	case o.Seed == nil && !given["seed"]:
		all = append(all, fmt.Sprintf("%s does not contain the seed by which %s were split for its training: unless "+
			"that was %d, most of the \"test\" images below were trained on, and every error is too low. Give the "+
			"seed with --seed, or put it into the file: tightrope net stamp", file.Path, f.data, f.seed))
	case o.Seed != nil && *o.Seed != f.seed:
		all = append(all, fmt.Sprintf("%s was trained with split seed %d, and --seed says %d: most of the \"test\" "+
			"images below were trained on, and every error is too low. Leave --seed out",
			file.Path, *o.Seed, f.seed))
	}
	return all
}
