package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/verify"
	"tightrope/pkg/verify/cert"
)

func checkCommand() *cobra.Command {
	f := &checkFlags{}
	cmd := &cobra.Command{
		Use:   "check CERT",
		Short: "Check certificates of verify again, in float64 with outward rounding, without any backend",
		Long: "Check certificates again: CERT is a file of one or many certificates, or the folder of a verification. Exit code 0 means that every certificate was confirmed.\n" +
			"A certificate speaks of the input that it holds; --data also checks that this is the test image whose number it bears, with its label.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	cmd.Flags().StringVar(&f.model, "model", "", "safetensors file of the network")
	cmd.Flags().StringVar(&f.arch, "arch", "", "architecture of the file where its metadata names none")
	cmd.Flags().IntVar(&f.index, "image", -1, "check only the certificate of this image; -1: all")
	cmd.Flags().StringVar(&f.data, "data", "", "data set whose test images the certificates must be of; empty: not checked")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "print a line for every certificate")
	return cmd
}

type checkFlags struct {
	model, arch string
	data        string
	images      *data.Set // nil: not compared
	index       int
	verbose     bool
	plain       *cert.Network
	counts      map[cert.Verdict]int
	refused     int
	leaves      int
}

func (f *checkFlags) run(cmd *cobra.Command, path string) error {
	if f.model == "" {
		return errors.New("name the network with --model FILE.safetensors: certificates hold only its hash")
	}
	n, err := f.network()
	if err != nil {
		return err
	}
	if f.plain, err = cert.NewNetwork(n); err != nil {
		return err
	}
	if f.data != "" {
		dir, _ := cmd.Flags().GetString("data-dir")
		splits, err := data.Load(f.data, data.Options{Dir: dir})
		if err != nil {
			return err
		}
		f.images = splits.Test
	}
	f.counts = map[cert.Verdict]int{}
	if err := verify.EachCertificate(path, func(number int, c *cert.Certificate) error { return f.check(cmd, number, c) }); err != nil {
		return err
	}
	total := f.counts[cert.Certified] + f.counts[cert.Falsified]
	fmt.Fprintf(cmd.OutOrStdout(), "%d certificates confirmed: %d certified (%d leaves of trees), %d falsified; %d refused\n", total, f.counts[cert.Certified], f.leaves, f.counts[cert.Falsified], f.refused)
	switch {
	case f.refused > 0:
		return fmt.Errorf("%d certificates were refused", f.refused)
	case total == 0:
		return fmt.Errorf("no certificate to check in %s", path)
	}
	return nil
}

func (f *checkFlags) network() (*net.Network, error) {
	if f.arch == "" {
		return net.Load(f.model, nil)
	}
	a, err := net.ParseArch(f.arch, nil, 0)
	if err != nil {
		return nil, err
	}
	return net.Load(f.model, &a)
}

func (f *checkFlags) check(cmd *cobra.Command, number int, c *cert.Certificate) error {
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	if f.index >= 0 && c.Index != f.index {
		return nil
	}
	report, err := cert.Check(cmd.Context(), f.plain, c)
	if err == nil {
		err = f.compare(c)
	}
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	if err != nil {
		f.refused++
		fmt.Fprintf(cmd.OutOrStdout(), "certificate %d, image %d (%s by %s): %v\n", number, c.Index, c.Verdict, c.Stage, err)
		return nil
	}
	f.counts[c.Verdict]++
	f.leaves += report.Leaves
	if f.verbose {
		fmt.Fprintf(cmd.OutOrStdout(), "certificate %d, image %d: %s by %s, confirmed\n", number, c.Index, c.Verdict, c.Stage)
	}
	return nil
}

// compare tells whether a certificate is of the test image whose number it bears; nil too where no data set was named.
func (f *checkFlags) compare(c *cert.Certificate) error {
	switch {
	case f.images == nil:
		return nil
	case c.Index < 0 || c.Index >= f.images.Len() || len(c.Input) != f.images.Dim() || int(f.images.Y[c.Index]) != c.Label:
		return fmt.Errorf("%w: %s has no test image %d with label %d", cert.ErrRefused, f.data, c.Index, c.Label)
	}
	for k, v := range f.images.Sample(c.Index) {
		if float64(v) != c.Input[k] {
			return fmt.Errorf("%w: its input is not test image %d of %s", cert.ErrRefused, c.Index, f.data)
		}
	}
	return nil
}
