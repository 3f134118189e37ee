package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/memory"
	"tightrope/pkg/property"
	"tightrope/pkg/verify/cert"
)

// propertyFlags are the flags of check that a property's proof has a use for.
var propertyFlags = map[string]bool{"timeout": true, "memory": true}

// property confirms the proof of a property.
func (f *checkFlags) property(cmd *cobra.Command, network, spec, proof string) error {
	start := time.Now()
	if err := onlyFlags(cmd, propertyFlags); err != nil {
		return err
	}
	limit, err := memory.Parse(f.memory)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	p, err := property.Load(network, spec)
	if err != nil {
		return err
	}
	read, err := property.Read(proof)
	if err != nil {
		return err
	}
	o := property.Options{}
	o.Limits.Memory = limit
	r, err := property.Check(ctx, p, read, o)
	if errors.Is(err, cert.ErrRefused) {
		return fmt.Errorf("%s: %w (nothing is proved; write a new proof with tightrope prove %s %s --proof FILE)",
			proof, err, network, spec)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", proof, err)
	}
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "%s, confirmed in %.3f s (network %.12s, property %.12s)\n", r.Answer, time.Since(start).Seconds(),
		p.NetworkHash, p.PropertyHash)
	for _, line := range r.Covers(p) {
		fmt.Fprintln(w, line)
	}
	return nil
}

// onlyFlags refuses flags that have no use with a property's proof.
func onlyFlags(cmd *cobra.Command, useful map[string]bool) (err error) {
	for _, name := range []string{"model", "arch", "layers", "image", "data", "seed", "eps", "norm", "no-box", "exact",
		"verbose"} {
		if cmd.Flags().Changed(name) && !useful[name] {
			err = fmt.Errorf("--%s is for the certificates of verify: the proof of a property takes none", name)
		}
	}
	return err
}
