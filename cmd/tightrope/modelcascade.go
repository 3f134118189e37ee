package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/modelcascade"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

// trainCascade trains a cascade of models in a folder.
func trainCascade(cmd *cobra.Command, r modelcascade.Recipe, out string, existing record.Existing, memory int64,
	devices int) error {
	if devices > 1 {
		return fmt.Errorf("a cascade trains on one device, not on %d: leave --devices out", devices)
	}
	bar, stages := &trainingBar{}, &stageBar{}
	o := shownOptions(cmd, bar, stages)
	o.Out, o.Existing, o.Memory = out, existing, memory
	result, err := modelcascade.Train(cmd.Context(), r, o)
	bar.clear()
	stages.clear()
	if err != nil {
		return resumable(err)
	}
	if err := writeCascade(cmd, result); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s; the members are in folders beside it\n",
		filepath.Join(out, "record.json"))
	return nil
}

// cascade measures a cascade of models.
func (f *evalFlags) cascade(cmd *cobra.Command, dir string) error {
	if f.devices > 1 {
		return fmt.Errorf("a cascade is measured on one device, not on %d: leave --devices out", f.devices)
	}
	c, networks, set, shared, err := f.openCascade(cmd, dir)
	if err != nil {
		return err
	}
	if !cmd.Flags().Changed("technique") {
		if shared.Technique, err = bound.ByID(c.Technique); err != nil {
			return err
		}
	}
	name, _ := cmd.Flags().GetString("backend")
	b, info, err := backend.Open(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "evaluating the cascade of %d models in %s on %d samples of %s: %s, %v, "+
		"backend %s\n",
		len(networks), dir, set.Len(), f.data, shared.Technique.Name(), shared.Ball, info)
	o := modelcascade.Options{Ball: shared.Ball, Technique: shared.Technique, Attack: shared.Attack,
		Memory: shared.Memory, Progress: shared.Progress}
	e, err := modelcascade.Measure(cmd.Context(), b, networks, set, o)
	if err != nil {
		return err
	}
	r := modelcascade.Record(e, o, networks[0].Classes(), nil)
	r.Name, r.Dataset.Name = filepath.Base(filepath.Clean(dir)), f.data
	r.SetModel(networks[0].Origin)
	return writeCascade(cmd, r)
}

// writeCascade prints a cascade's errors and what they mean.
func writeCascade(cmd *cobra.Command, r *record.Record) error {
	if err := record.Table(cmd.OutOrStdout(), record.Plain, r); err != nil {
		return err
	}
	printLines(cmd, r.CascadeLines())
	return nil
}

// openCascade settles the flags by the first member's file, and reads all members and the images.
func (f *evalFlags) openCascade(cmd *cobra.Command, dir string) (c *modelcascade.Cascade, networks []*net.Network,
	set *data.Set, o measure.Options, err error) {
	if c, err = modelcascade.Open(dir); err != nil {
		return nil, nil, nil, o, err
	}
	for k := range c.Members {
		var n *net.Network
		if k == 0 {
			n, set, o, err = f.open(cmd, c.Path(0))
		} else {
			n, err = f.member(cmd, c.Path(k), set)
		}
		if err == nil {
			err = c.CheckHash(k, n.Hash())
		}
		if err != nil {
			return nil, nil, nil, o, err
		}
		networks = append(networks, n)
	}
	return c, networks, set, o, nil
}

// member reads a further member.
func (f *evalFlags) member(cmd *cobra.Command, path string, set *data.Set) (*net.Network, error) {
	file, err := openModel(path)
	if err != nil {
		return nil, err
	}
	return f.model.network(cmd.ErrOrStderr(), file, set)
}
