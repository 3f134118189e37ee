package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

func netStampCommand() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "stamp MODEL.safetensors...",
		Short: "Add data set, seed and radius to older model files, from their records",
		Long: "Add data set, seed, recipe, radius, norm, box and weights of the regularizers to older model files. " +
			"They are read from the record of the training: MODEL.json next to MODEL.safetensors, or record.json in " +
			"the folder of the run. The commands eval, verify, ladder and radius then need no flags. The weights " +
			"of the network do not change, and certificates remain valid. A file that already has these entries is " +
			"left unchanged.",
		Args: atLeastOne("a model file", "tightrope net stamp runs/mlp-2x100-digits/model.safetensors"),
		RunE: func(cmd *cobra.Command, models []string) error {
			if from != "" && len(models) > 1 {
				return fmt.Errorf("--record is of one training: give one model, or leave it out")
			}
			for _, path := range models {
				if err := stamp(cmd, path, from); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "record", "",
		"record of the training, or the folder of its run; empty: the record beside the model")
	return cmd
}

func stamp(cmd *cobra.Command, path, from string) error {
	if from == "" {
		var err error
		if from, err = record.Beside(path); err != nil {
			return err
		}
	}
	r, err := record.Read(from)
	if err != nil {
		return err
	}
	changed, err := recipe.Stamp(path, r)
	if err != nil {
		return err
	}
	what := "has these entries already"
	if changed {
		what = "stamped"
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s, from %s\n", path, what, from)
	return err
}
