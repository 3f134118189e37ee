package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/memory"
	"tightrope/pkg/modelcascade"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// certifies reports whether a technique bounds batches of images, and not by an estimate.
func certifies(t technique.Technique) bool { return t.Uses.Graph && t.ID != technique.Projected }

// fromFile says which flags a network's file answers.
const fromFile = "For a network that tightrope trained, --data, --seed, --norm, --eps and --no-box may be left " +
	"out: they are then read from its file (tightrope net show FILE)."

type evalFlags struct {
	data, norm, technique string
	model                 modelFlags
	memory                string
	eps                   float64   // the largest radius of a channel
	channels              []float64 // radii of the channels; nil: eps is that of all
	searches              bool      // the radius is searched for: of --eps only the proportions count
	noBox                 bool
	samples               int
	pgd                   pgdFlags
	seed                  uint64
	seedGiven             bool // by --seed or the file
	devices               int
}

func evalCommand() *cobra.Command {
	f := &evalFlags{}
	cmd := &cobra.Command{
		Use:   "eval MODEL.safetensors | CASCADE",
		Short: "Measure a network's standard, PGD and certified error on a test set",
		Long: "Measure the standard, PGD and certified error of a network on a test set, or those of a cascade of " +
			"models, given by its folder (tightrope train RECIPE --cascade 3). --attack auto attacks by apgd on " +
			"the cross-entropy, then by apgd on the difference of logits ratio, then by square, each on the images " +
			"that are still classified correctly.\n\n" + ofSmooth(certifies) + "\n\n" + fromFile,
		Args: exactly("a model file", "tightrope eval runs/mlp-2x100-digits/model.safetensors"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.add(cmd)
	f.pgd.addMethod(cmd.Flags())
	addDevices(cmd, &f.devices)
	cmd.Flags().StringVar(&f.technique, "technique", technique.FastLin.Row().Key,
		strings.Join(technique.Keys(certifies), ", ")+"; tightrope net show estimates their costs")
	return cmd
}

// add declares the flags that eval and verify share.
func (f *evalFlags) add(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVar(&f.data, "data", "mnist", dataUsage)
	f.model.add(cmd)
	addChannels(s, &f.eps, &f.channels, "eps", 0.1, "radius in pixel units; 0: the images themselves")
	s.StringVar(&f.norm, "norm", "linf", "norm of the ball: linf, l2 or l1")
	s.BoolVar(&f.noBox, "no-box", false, "do not clip the ball to valid pixels [0,1]")
	addMemory(cmd, &f.memory)
	addCount(s, &f.samples, "samples", 0, 0, "number of test samples, from the first; 0: all")
	f.pgd.add(s)
	s.Uint64Var(&f.seed, "seed", 0, "seed of the split into training and test samples (digits: the seed of the "+
		"network's training)")
}

func (f *evalFlags) run(cmd *cobra.Command, path string) error {
	if modelcascade.IsFolder(path) {
		return f.cascade(cmd, path)
	}
	network, set, o, err := f.open(cmd, path)
	if err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("backend")
	if name, err = backend.WithDevices(name, f.devices); err != nil {
		return err
	}
	o.Devices = f.devices
	b, info, err := backend.Open(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "evaluating %s on %d samples of %s: %s, %v eps %s (pixel units), backend %s\n",
		path, set.Len(), f.data, o.Technique.Name(), o.Ball.Norm, radiusText(o.Ball), info)
	if o.Attack != nil {
		attacked := *o.Attack
		attacked.Ball = o.Ball
		if text := attacked.Short(); text != "" {
			fmt.Fprintf(cmd.OutOrStdout(), "warning: PGD: %s\n", text)
		}
	}
	e, err := measure.Evaluate(cmd.Context(), b, network, set, o)
	if err != nil {
		return err
	}
	r := record.New(network.Name, record.Eval)
	r.Dataset.Name = f.data
	r.SetModel(network.Origin)
	r.Results = map[string]record.SplitResult{record.Test: recipe.SplitResult(e)}
	if text := e.Overflow(); text != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "warning: %s\n", text)
	}
	if text := e.Underflow(); text != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "warning: %s\n", text)
	}
	if err := record.Table(cmd.OutOrStdout(), record.Plain, r); err != nil || e.Attack == nil {
		return err
	}
	for _, line := range e.Attack.PartWords() {
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
	return nil
}

// open settles the flags, and reads the network and the images.
func (f *evalFlags) open(cmd *cobra.Command, path string) (*net.Network, *data.Set, measure.Options, error) {
	file, err := openModel(path)
	if err != nil {
		return nil, nil, measure.Options{}, err
	}
	if err := f.settle(cmd, file); err != nil {
		return nil, nil, measure.Options{}, err
	}
	o, err := f.measure(cmd)
	if err != nil {
		return nil, nil, o, err
	}
	f.seedGiven = cmd.Flags().Changed("seed")
	splits, err := loadSplits(cmd, f.data, f.seed, file.Origin)
	if err != nil {
		return nil, nil, o, err
	}
	set := firstSamples(cmd.ErrOrStderr(), splits.Test, f.samples)
	if o.Ball, err = withChannels(o.Ball, f.channels, set.Shape); err != nil {
		return nil, nil, o, err
	}
	network, err := f.model.network(cmd.ErrOrStderr(), file, set)
	return network, set, o, err
}

// measure reads the flags that say what is measured.
func (f *evalFlags) measure(cmd *cobra.Command) (measure.Options, error) {
	o := measure.Options{Ball: ball.Ball{Eps: f.eps, Box: ball.Unit}, Progress: (&stageBar{}).progress}
	var err error
	if o.Ball.Norm, err = ball.ParseNorm(f.norm); err != nil {
		return o, err
	}
	if f.noBox {
		o.Ball.Box = nil
	}
	if o.Memory, err = memory.Parse(f.memory); err != nil {
		return o, err
	}
	if err := o.Ball.Validate(); err != nil {
		return o, err
	}
	warnRadius(cmd.ErrOrStderr(), o.Ball)
	t, err := technique.ParseOf(f.technique, certifies)
	if err != nil {
		return o, err
	}
	if o.Technique, err = bound.ByID(t); err != nil {
		return o, err
	}
	o.Attack, err = f.pgd.options()
	return o, err
}
