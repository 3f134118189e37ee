package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/memory"
	"tightrope/pkg/model"
	"tightrope/pkg/modelcascade"
	"tightrope/pkg/verify/audit"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/cert/rational"
	"tightrope/pkg/verify/outcome"
)

func checkCommand() *cobra.Command {
	f := &checkFlags{}
	cmd := &cobra.Command{
		Use:   "check CERT | NET.onnx PROPERTY.vnnlib PROOF",
		Short: "Check certificates and proofs again, independently of the search that found them",
		Long: "Check certificates again in float64 with outward rounding. CERT is a file of certificates, one per " +
			"line, or the folder of a verification. Exit code 0 means that every certificate was confirmed and, " +
			"for a folder, that it is consistent: each decision has its proof, all proofs are about the recipe's " +
			"network and ball, and the record agrees with the decisions. The output states what was proved: the " +
			"ball and the number of different images.\n\nA certificate is about the input that it contains. With " +
			"--data, the command also checks that this is the test image with the number and the label that the " +
			"certificate gives.\n\nFor a cascade of models, --model is its folder and --data is required. With " +
			"three arguments, PROOF is a proof that tightrope prove --proof wrote about the network and the " +
			"property.",
		Args: certificateOrProperty,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 3 {
				return f.property(cmd, args[0], args[1], args[2])
			}
			return f.run(cmd, args[0])
		},
	}
	s := cmd.Flags()
	s.StringVar(&f.model, "model", "", "safetensors file of the network, or the folder of a cascade of models")
	f.read.add(cmd)
	addCount(s, &f.index, "image", -1, -1, "check only the certificates of the image with this number, from 0; -1: "+
		"of all images")
	s.StringVar(&f.data, "data", "", "data set whose test images the certificates must be about; empty: do not "+
		"compare")
	s.Uint64Var(&f.seed, "seed", 0, "seed of the split into training and test samples (digits: the seed of the "+
		"network's training)")
	addChannels(s, &f.eps, &f.channels, "eps", 0,
		"radius that the balls must have, in pixel units; 0: only the image itself; not given: any radius")
	s.StringVar(&f.norm, "norm", "", "norm that the balls must have: linf, l2 or l1; not given: any norm")
	s.BoolVar(&f.noBox, "no-box", false,
		"require that the balls are not clipped to valid pixels [0,1] (--no-box=false: that they are); not given: "+
			"either")
	addTime(s, &f.timeout, "timeout", 10*time.Minute, "longest time for one certificate")
	s.StringVar(&f.memory, "memory", "1GiB", "largest memory for the proofs of one certificate")
	s.BoolVar(&f.exact, "exact", false,
		"also check in exact rational arithmetic, with a second checker (small networks only; seconds to minutes)")
	s.BoolVar(&f.verbose, "verbose", false, "print a line for every certificate")
	return cmd
}

// certificateOrProperty wants certificates, or a network, a property and a proof.
func certificateOrProperty(cmd *cobra.Command, args []string) error {
	if len(args) == 3 {
		return nil
	}
	if len(args) == 2 {
		return fmt.Errorf("check: give a file of certificates or a verification's folder, or a network, a property " +
			"and a proof, e.g. tightrope check net.onnx property.vnnlib proof.json.gz")
	}
	return exactly("a file of certificates or a verification's folder",
		"tightrope check runs/verify-model --model model.safetensors")(cmd, args)
}

type checkFlags struct {
	model, data, norm, memory string
	read                      modelFlags
	eps                       float64
	channels                  []float64
	index                     int
	seed                      uint64
	timeout                   time.Duration
	noBox, exact, verbose     bool
}

func (f *checkFlags) run(cmd *cobra.Command, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("nothing to check at %s: give a file of certificates, or the folder of a verification", path)
	}
	if info.IsDir() && modelcascade.IsVerification(path) {
		return f.cascade(cmd, path)
	}
	o, n, err := f.options(cmd, path, info.IsDir())
	if err != nil {
		return err
	}
	check := audit.File
	if info.IsDir() {
		check = audit.Folder
	}
	report, err := check(cmd.Context(), path, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "network %q, %s, hash %.12s\n", n.Name, n.Arch().Text(), n.Hash())
	for _, line := range report.Lines() {
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
	return report.Err()
}

func (f *checkFlags) options(cmd *cobra.Command, path string, folder bool) (
	o audit.Options, m *model.Model, err error,
) {
	if f.model == "" {
		return o, nil, errors.New("name the network with --model FILE.safetensors: certificates hold only its hash")
	}
	if o.Limits.Memory, err = memory.Parse(f.memory); err != nil {
		return o, nil, err
	}
	file, err := openModel(f.model)
	if err != nil {
		return o, nil, err
	}
	if f.data != "" {
		splits, err := loadSplits(cmd, f.data, f.seed, file.Origin)
		if err != nil {
			return o, nil, err
		}
		o.Images = splits.Test
	}
	if m, err = f.network(cmd, file, path, folder, o.Images); err != nil {
		return o, nil, err
	}
	if o.Expect, err = f.expect(cmd, m.Input); err != nil {
		return o, nil, err
	}
	if f.index >= 0 {
		o.Only = &f.index
	}
	if f.verbose {
		o.Each = f.line(cmd)
	}
	if f.exact {
		o.Second = exactChecker(m)
	}
	o.Timeout = f.timeout
	o.Network, err = cert.NewNetwork(m)
	return o, m, err
}

// exactChecker confirms certificates without any rounding.
func exactChecker(m *model.Model) func(context.Context, *cert.Certificate) error {
	return func(ctx context.Context, c *cert.Certificate) error {
		if _, err := rational.Check(ctx, m, c); err != nil {
			return fmt.Errorf("in exact arithmetic: %w", err)
		}
		return nil
	}
}

// line prints a line for every certificate.
func (f *checkFlags) line(cmd *cobra.Command) func(int, *cert.Certificate, error) {
	return func(number int, c *cert.Certificate, err error) {
		if err == nil {
			fmt.Fprintf(cmd.OutOrStdout(), "certificate %d, image %d: %s by %.20q, confirmed\n",
				number, c.Index, c.Verdict, c.Stage)
		}
	}
}

// expect is what the flags say of the balls around inputs of a shape.
func (f *checkFlags) expect(cmd *cobra.Command, shape []int) (e audit.Expect, err error) {
	if cmd.Flags().Changed("eps") {
		b, err := withChannels(ball.Ball{Eps: f.eps}, f.channels, shape)
		if err != nil {
			return e, err
		}
		e.Eps, e.Radii = &b.Eps, b.Radii
	}
	if cmd.Flags().Changed("no-box") {
		box := !f.noBox
		e.Box = &box
	}
	if f.norm != "" {
		var norm ball.Norm
		norm, err = ball.ParseNorm(f.norm)
		e.Norm = &norm
	}
	return e, err
}

// network reads the model file; the architecture of one that names none gets its input's shape from the data set, or
// from the recipe of the folder.
func (f *checkFlags) network(
	cmd *cobra.Command, file *model.File, path string, folder bool, images *data.Set,
) (*model.Model, error) {
	var input []int
	classes := 0
	switch {
	case images != nil:
		input, classes = images.Shape, images.Classes
	case folder:
		r, err := outcome.ReadRecipe(path)
		if err != nil {
			return nil, err
		}
		input, classes = r.Input, r.Classes
	}
	m, err := f.read.load(cmd.ErrOrStderr(), file, input, classes)
	if err != nil && f.read.arch != "" && input == nil {
		return nil, fmt.Errorf("%w (--data gives the shape of the inputs and the number of classes)", err)
	}
	return m, err
}
