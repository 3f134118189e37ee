package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/data"
	"tightrope/pkg/memory"
	"tightrope/pkg/modelcascade"
	"tightrope/pkg/net"
	"tightrope/pkg/verify"
	"tightrope/pkg/verify/audit"
	"tightrope/pkg/verify/outcome"
)

// cascade verifies every member of a cascade of models.
func (f *verifyFlags) cascade(cmd *cobra.Command, dir string, o verify.CascadeOptions) error {
	if f.workers != 0 || f.cluster.cluster != "" {
		return errors.New("a cascade of models is verified in one process: leave --workers and --slurm out")
	}
	c, networks, set, shared, err := f.openCascade(cmd, dir)
	if err != nil {
		return err
	}
	o.Ball, o.Memory = shared.Ball, shared.Memory
	existing, err := existingOf(f.resume, f.force)
	if err = cmp.Or(err, o.Check(networks[0], set)); err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("backend")
	b, info, err := backend.Open(name)
	if err != nil {
		return err
	}
	f.out = cmp.Or(f.out, f.defaultFolder(filepath.Clean(dir), o.Ball))
	fmt.Fprintf(cmd.OutOrStdout(), "verifying the cascade of %d models in %s on %d samples of %s: %v, "+
		"backend %s -> %s\n",
		len(networks), dir, set.Len(), f.data, o.Ball, info, f.out)
	bar := &verifyBar{}
	v := modelcascade.Verification{Dir: f.out, Existing: existing, Options: o,
		Recipe: func(k int, own *data.Set) (outcome.Recipe, error) {
			job, err := f.job(c.Path(k), networks[k], own, o)
			if err != nil {
				return outcome.Recipe{}, err
			}
			return job.Recipe, nil
		},
		Begin: func(k int, dir string) {
			bar.clear()
			*bar = verifyBar{}
			fmt.Fprintf(cmd.OutOrStdout(), "member %d, about the classes that it gives the images -> %s\n", k+1, dir)
		}}
	v.Options.Progress = bar.progress
	p, _, err := modelcascade.Verify(cmd.Context(), b, networks, set, v)
	bar.clear()
	if err != nil {
		return interrupted(err)
	}
	printLines(cmd, p.Lines())
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s; check the certificates again with: %s\n",
		filepath.Join(f.out, "record.json"), f.checkCommand(dir))
	return nil
}

func printLines(cmd *cobra.Command, lines []string) {
	for _, line := range lines {
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
}

// cascade checks the verification of a cascade of models.
func (f *checkFlags) cascade(cmd *cobra.Command, dir string) error {
	if f.model == "" || f.data == "" {
		return errors.New("name the cascade's folder with --model and the images with --data: what follows for a " +
			"cascade depends on the labels")
	}
	if f.index >= 0 || f.exact {
		return fmt.Errorf("--image and --exact are for the folders of single members: tightrope check %s --model %s",
			filepath.Join(dir, "member-1"), filepath.Join(f.model, "member-1", "model.safetensors"))
	}
	o := audit.Options{Timeout: f.timeout}
	var err error
	if o.Limits.Memory, err = memory.Parse(f.memory); err != nil {
		return err
	}
	if f.verbose {
		o.Each = f.line(cmd)
	}
	networks, set, err := f.members(cmd)
	if err != nil {
		return err
	}
	if o.Expect, err = f.expect(cmd, networks[0].Input); err != nil {
		return err
	}
	p, err := modelcascade.Check(cmd.Context(), dir, networks, set, o, func(k int, r *audit.Report) {
		fmt.Fprintf(cmd.OutOrStdout(), "member %d:\n", k+1)
		printLines(cmd, r.Lines())
	})
	if err != nil {
		return err
	}
	printLines(cmd, p.Lines())
	return nil
}

// members reads the networks of a cascade and the images.
func (f *checkFlags) members(cmd *cobra.Command) (networks []*net.Network, set *data.Set, err error) {
	c, err := modelcascade.Open(f.model)
	if err != nil {
		return nil, nil, err
	}
	for k := range c.Members {
		file, err := openModel(c.Path(k))
		if err != nil {
			return nil, nil, err
		}
		if k == 0 {
			splits, err := loadSplits(cmd, f.data, f.seed, file.Origin)
			if err != nil {
				return nil, nil, err
			}
			set = splits.Test
		}
		n, err := f.read.network(cmd.ErrOrStderr(), file, set)
		if err == nil {
			err = c.CheckHash(k, n.Hash())
		}
		if err != nil {
			return nil, nil, err
		}
		networks = append(networks, n)
	}
	return networks, set, nil
}
