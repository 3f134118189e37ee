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
		Short: "Write into model files what the records beside them say of the training",
		Long: "Write data set, seed, recipe, radius, norm, box and weights into older model files, from the\n" +
			"record of the training: MODEL.json beside MODEL.safetensors, or the record.json of its run's folder.\n" +
			"eval, verify, ladder and radius then need no flags. The weights stay as they are, and certificates\n" +
			"stay valid. A file that has its entries is left as it is.",
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
		"record of the training, or its run's folder; empty: the one beside the model")
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
