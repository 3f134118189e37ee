package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/data"
	"tightrope/pkg/onnx"
)

// exportFlags say which ONNX file is made of which model.
type exportFlags struct {
	read      modelFlags
	data, out string
	force     bool
}

func netExportCommand() *cobra.Command {
	f := &exportFlags{}
	cmd := &cobra.Command{
		Use:   "export MODEL.safetensors",
		Short: "Write a network as an ONNX file, for other programs",
		Long: "Write a network as an ONNX file with input [batch, shape of an image] and output logits [batch, " +
			"classes], in the precision of its weights. The metadata about its training are not written.",
		Args: exactly("a model file", "tightrope net export model.safetensors --out model.onnx"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.read.add(cmd)
	s := cmd.Flags()
	s.StringVar(&f.data, "data", "", "with --arch: data set or path that gives the input shape; empty: "+dataOfName)
	s.StringVar(&f.out, "out", "", "file to write; empty: the model's path with the ending .onnx")
	s.BoolVar(&f.force, "force", false, "replace an existing file")
	return cmd
}

func (f *exportFlags) run(cmd *cobra.Command, path string) error {
	out := f.out
	if out == "" {
		out = strings.TrimSuffix(path, filepath.Ext(path)) + ".onnx"
	}
	if _, err := os.Lstat(out); !errors.Is(err, os.ErrNotExist) && !f.force {
		return fmt.Errorf("%s is there already: name another file with --out, or replace it with --force", out)
	}
	file, err := openModel(path)
	if err != nil {
		return err
	}
	var shape []int
	classes := 0
	if f.read.arch != "" {
		if shape, classes, err = data.Shape(setFor(f.read.arch, f.data)); err != nil {
			return err
		}
	}
	m, err := f.read.load(cmd.ErrOrStderr(), file, shape, classes)
	if err != nil {
		return err
	}
	if err := onnx.Write(out, m); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", out, m.Arch().Text())
	return err
}
