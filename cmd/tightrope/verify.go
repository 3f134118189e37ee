package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/modelcascade"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify"
	"tightrope/pkg/verify/outcome"
)

type verifyFlags struct {
	evalFlags
	until         string
	skip          []string
	perImage      time.Duration
	atOnce        int
	workers       int // processes
	cluster       slurmFlags
	out           string
	resume, force bool
	extend        bool
}

func verifyCommand() *cobra.Command {
	// The technique is for the check of the shared flags only: the stages have their own.
	f := &verifyFlags{evalFlags: evalFlags{technique: technique.FastLin.Row().Key}}
	cmd := &cobra.Command{
		Use:   "verify MODEL.safetensors | CASCADE",
		Short: "Decide for each image whether it is robust, with checked certificates",
		Long: "Decide for each image whether the network is robust there, by PGD, IBP, CROWN-IBP, Fast-Lin, CROWN, " +
			"alpha-CROWN, branch and bound (BaB), LP, LP-all and MILP. An image stops at the first stage that " +
			"decides it. Every certified or falsified image gets a certificate, checked in float64 with outward " +
			"rounding (tightrope check DIR checks them again). What only the MILP solver reports is counted as " +
			"unchecked. Ctrl-C keeps the decisions; --resume continues.\n\nFor a cascade of models, given by its " +
			"folder, every member is verified for the classes that it gives to the images itself.\n\n" +
			ofSmooth(technique.ForStage),
		Args: exactly("a model file", "tightrope verify runs/mlp-2x100-digits/model.safetensors --data digits"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.add(cmd)
	s := cmd.Flags()
	s.StringVar(&f.until, "until", "milp", "last stage: "+strings.Join(technique.Keys(technique.ForStage), ", "))
	s.StringSliceVar(&f.skip, "skip", nil, "stages to skip, separated by commas")
	addTime(s, &f.perImage, "per-image", time.Minute, "longest time for one image in the stages from alpha-CROWN on")
	addCount(s, &f.atOnce, "at-once", 0, 0, "number of images processed at the same time in one process; 0: one "+
		"for each processor")
	addCount(s, &f.workers, "workers", 0, 0,
		"number of processes, which divide the cores or GPUs among them; 0: this process alone")
	f.cluster.add(cmd)
	s.StringVar(&f.out, "out", "", "folder for decisions, certificates and the record; empty: runs/verify- "+
		"followed by the model's name, data set and radius")
	s.BoolVar(&f.resume, "resume", false, "continue the verification in the folder")
	s.BoolVar(&f.extend, "extend", false, "continue the verification in the folder with more samples, or with more "+
		"time per image; images left unknown are tried again")
	s.BoolVar(&f.force, "force", false, "replace the verification in the folder")
	return cmd
}

func (f *verifyFlags) run(cmd *cobra.Command, path string) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	if modelcascade.IsFolder(path) {
		return f.cascade(cmd, path, o)
	}
	network, set, shared, err := f.open(cmd, path)
	if err != nil {
		return err
	}
	o.Ball, o.Memory = shared.Ball, shared.Memory
	existing, err := f.existing()
	if err = cmp.Or(err, o.Check(network, set)); err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("backend")
	b, info, err := backend.Open(name)
	if err != nil {
		return err
	}
	f.out = cmp.Or(f.out, f.defaultFolder(path, o.Ball))
	folder, err := verify.OpenFolder(f.out, existing)
	if err != nil {
		return err
	}
	defer folder.Close()
	job, err := f.job(path, network, set, o)
	if err != nil {
		return err
	}
	if err := f.setRecipe(folder, &job.Recipe); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "verifying %s on %d samples of %s: %v, backend %s -> %s\n",
		path, set.Len(), f.data, o.Ball, info, f.out)
	s, earlier, err := f.decide(cmd, b, network, set, job, o)
	if s == nil || err != nil {
		return err
	}
	r := verify.Record(s, network.Name, o, earlier...)
	r.Dataset = record.Dataset{Name: f.data, Hash: job.Recipe.DataHash}
	r.SetModel(network.Origin)
	if err := folder.Finish(r); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s; check the certificates again with: %s\n",
		filepath.Join(f.out, "record.json"), f.checkCommand(path))
	return nil
}

// decide decides the images, in other processes first where they are asked for, prints the counts and keeps what the
// session took; it returns the earlier sessions, too. It returns no summary and no error if a cluster continues without
// this process.
func (f *verifyFlags) decide(cmd *cobra.Command, b compute.Backend, network *net.Network, set *data.Set,
	job *verify.Job, o verify.CascadeOptions) (*outcome.Summary, []outcome.Session, error) {
	bar := &verifyBar{}
	o.Dir, o.Progress, o.Again = f.out, bar.progress, f.extend
	var parts *outcome.Summary
	if f.workers != 0 || f.cluster.cluster != "" {
		var err error
		if parts, err = f.parts(cmd, job); err != nil || parts == nil {
			return nil, nil, err
		}
	}
	s, err := verify.Cascade(cmd.Context(), b, network, set, o)
	bar.clear()
	if s == nil {
		return nil, nil, interrupted(err)
	}
	s.AddWork(parts)
	earlier, kept := s.KeepSession(f.out)
	return s, earlier, errors.Join(interrupted(err), writeSummary(cmd.OutOrStdout(), s), kept)
}

// defaultFolder is where a verification is kept when --out names no folder.
func (f *verifyFlags) defaultFolder(path string, b ball.Ball) string {
	return filepath.Join("runs", fmt.Sprintf("verify-%s-%s-%s-eps%s",
		strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), dataName(f.data), b.Norm, radiusText(b)))
}

// interrupted says how to continue.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted: run the same command with --resume to continue (%w)", context.Canceled)
	}
	return err
}

func (f *verifyFlags) options() (verify.CascadeOptions, error) {
	o := verify.CascadeOptions{PerImage: f.perImage, Workers: f.atOnce}
	var err error
	if o.Until, err = outcome.ParseStage(f.until); err != nil {
		return o, err
	}
	for _, name := range f.skip {
		s, err := outcome.ParseStage(name)
		if err != nil {
			return o, err
		}
		o.Skip = append(o.Skip, s)
	}
	o.Attack, err = f.pgd.options()
	return o, err
}

// existingOf says what to do with what the folder holds.
func existingOf(resume, force bool) (record.Existing, error) {
	switch {
	case resume && force:
		return record.Refuse, fmt.Errorf("--resume and --force exclude each other: --resume continues the " +
			"verification, --force replaces it")
	case resume:
		return record.Resume, nil
	case force:
		return record.Replace, nil
	}
	return record.Refuse, nil
}

// job describes the verification; what the flags say it tells in their words.
func (f *verifyFlags) job(path string, n *net.Network, set *data.Set, o verify.CascadeOptions) (*verify.Job, error) {
	split := data.Options{Seed: f.seed, Whole: whole(f.data, n.Origin, f.seedGiven)}
	j, err := verify.NewJob(path, n, set, split, o)
	if err != nil {
		return nil, err
	}
	r := &j.Recipe
	r.Data, r.Until, r.Skip, r.Attack = f.data, f.until, strings.Join(f.skip, ","), f.pgd.identity()
	r.Arch, r.Layers = f.model.arch, f.model.layers
	if r.Arch != "" {
		r.Input, r.Classes = n.Input, n.Classes()
	}
	return j, nil
}

// checkCommand is the command that checks the folder's certificates again, whole, to be pasted into a shell.
func (f *verifyFlags) checkCommand(model string) string {
	words := []string{"tightrope", "check", f.out, "--model", model, "--data", f.data}
	if f.model.arch != "" {
		words = append(words, "--arch", f.model.arch)
	}
	if len(f.model.layers) > 0 {
		words = append(words, "--layers", strings.Join(f.model.layers, ","))
	}
	if f.seed != 0 || data.IsPath(f.data) && f.seedGiven {
		words = append(words, "--seed", fmt.Sprint(f.seed))
	}
	for i, w := range words {
		words[i] = shellWord(w)
	}
	return strings.Join(words, " ")
}

// plainWord is a word that no shell changes.
var plainWord = regexp.MustCompile(`^[-_./=:,+@%A-Za-z0-9]+$`)

// shellWord quotes a word for a POSIX shell where it needs it.
func shellWord(w string) string {
	if plainWord.MatchString(w) {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// writeSummary prints the table of stages and what follows from it.
func writeSummary(w io.Writer, s *outcome.Summary) error {
	var rows [][]string
	for _, stage := range s.Stages {
		rows = append(rows, []string{stage.Stage.String(), fmt.Sprint(stage.Reached), fmt.Sprint(stage.Certified),
			fmt.Sprint(stage.Falsified), fmt.Sprint(stage.Unchecked), fmt.Sprintf("%.1f", stage.Seconds)})
	}
	images := "images"
	if s.Resumed > 0 { // whose ways through the stages nobody counted
		images = "images now"
	}
	if err := record.WriteTable(w, record.Plain, []string{"stage", images, "certified", "falsified", "unchecked",
		"seconds"}, rows); err != nil {
		return err
	}
	for _, line := range s.Lines() {
		fmt.Fprintln(w, line)
	}
	return nil
}

// verifyBar shows the counts of a verification.
type verifyBar struct {
	bar  *progressbar.ProgressBar
	last time.Time
}

func (v *verifyBar) progress(s *outcome.Summary) {
	if v.bar == nil {
		v.bar = progressbar.NewOptions(s.Samples, progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionSetVisibility(terminal(os.Stderr)), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(200*time.Millisecond))
	}
	if time.Since(v.last) > 200*time.Millisecond {
		v.last = time.Now()
		v.bar.Describe(fmt.Sprintf("certified %d falsified %d unchecked %d unknown %d",
			s.Certified, s.Falsified, s.Unchecked, s.Unknown))
	}
	v.bar.Set(s.Done())
}

func (v *verifyBar) clear() {
	if v.bar != nil {
		v.bar.Clear()
	}
}
