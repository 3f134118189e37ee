package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"tightrope/pkg/data"
	"tightrope/pkg/record"
)

func dataCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "data", Short: "List and fetch data sets"}
	cmd.AddCommand(dataListCommand(), dataFetchCommand())
	return cmd
}

func dataListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the data sets, and verify those that are present", Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, _ := cmd.Flags().GetString("data-dir")
			list, err := data.List(dir)
			if err != nil {
				return err
			}
			var rows [][]string
			for _, s := range list {
				state := "missing: tightrope data fetch " + s.Name
				if s.Present {
					state = "present, verified"
				} else if s.Problem != "" {
					state = "DAMAGED: " + s.Problem
				}
				rows = append(rows, []string{s.Name, state, fmt.Sprintf("%.1f MB", float64(s.Size)/1e6), s.Licence})
			}
			return record.WriteTable(cmd.OutOrStdout(), record.Plain, []string{"data set", "state", "size", "licence"},
				rows)
		},
	}
}

func dataFetchCommand() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use: "fetch NAME...", Short: "Fetch data sets: " + strings.Join(data.Names(), ", "),
		Args: atLeastOne("data sets ("+strings.Join(data.Names(), ", ")+")", "tightrope data fetch mnist"),
		RunE: func(cmd *cobra.Command, names []string) error {
			dir, _ := cmd.Flags().GetString("data-dir")
			for _, name := range names {
				if err := fetch(cmd, name, dir, from); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "folder or archive that contains the files; nothing is downloaded")
	return cmd
}

func fetch(cmd *cobra.Command, name, dir, from string) error {
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(name), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetVisibility(terminal(os.Stderr)))
	defer bar.Exit()
	return data.Fetch(cmd.Context(), name, data.FetchOptions{Dir: dir, From: from,
		Progress: func(done, total int64) {
			if total > 0 {
				bar.ChangeMax64(total)
			}
			bar.Set64(done)
		},
		Log: func(line string) {
			bar.Clear()
			fmt.Fprintln(cmd.OutOrStdout(), line)
		}})
}
