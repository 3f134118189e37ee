package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/torch"
)

// importFlags say how the weights of another program become a model file.
type importFlags struct {
	read      modelFlags
	data, out string
	force     bool
}

func netImportCommand() *cobra.Command {
	f := &importFlags{}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a model file from weights saved by PyTorch (.pth, .pt, .safetensors)",
		Long: "Make a model file from weights that another program saved with torch.save(model.state_dict(), FILE) " +
			"or as safetensors. A state_dict contains only tensors, so --arch must say what the network computes. " +
			"For each kind of layer, tensors are taken in the order of a .pth file; safetensors files are sorted " +
			"by name, so there the numbers in the names decide. --order gives another order. Read the table that " +
			"is printed: it says which tensor became what. 16-bit weights are stored as float32.",
		Args: exactly("a file of weights", `tightrope net import model.pth --arch "conv(16,4,2,1) fc100 fc10"`),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	s := cmd.Flags()
	s.StringVar(&f.read.arch, "arch", "", "architecture: a name or text (tightrope net list)")
	s.StringSliceVar(&f.read.layers, "order", nil,
		"the file's layer names in the network's order, e.g. conv1,bn1,fc1; empty: as described above")
	s.StringVar(&f.data, "data", "", "data set or path that gives the input shape; empty: "+dataOfName)
	s.StringVar(&f.out, "out", "", "model file to write; empty: FILE with the ending .safetensors")
	s.BoolVar(&f.force, "force", false, "replace an existing file")
	return cmd
}

func (f *importFlags) run(cmd *cobra.Command, path string) error {
	out, err := f.target(path)
	if err != nil {
		return err
	}
	file, err := openWeights(path)
	if err != nil {
		return err
	}
	if f.read.arch == "" && file.Metadata[model.ArchitectureKey] == "" {
		return fmt.Errorf("%s holds the layers %q, but not what the network computes: give --arch, as in "+
			"\"conv(16,4,2,1) bn fc100 fc10\"", path, file.Layers())
	}
	shape, classes, err := data.Shape(setFor(f.read.arch, f.data))
	if err != nil {
		return err
	}
	m, err := f.read.load(cmd.ErrOrStderr(), file, shape, classes)
	if err != nil {
		return err
	}
	n, err := net.FromModel(m)
	if err != nil {
		return err
	}
	if err := net.Save(out, n); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", out, n.Arch().Text())
	return writeRead(cmd.OutOrStdout(), m)
}

// target is the file to write, which must not be there unless it may be replaced.
func (f *importFlags) target(path string) (string, error) {
	out := f.out
	if out == "" {
		out = strings.TrimSuffix(path, filepath.Ext(path)) + ".safetensors"
	}
	if a, err := os.Stat(out); err == nil {
		if b, err := os.Stat(path); err == nil && os.SameFile(a, b) {
			return "", fmt.Errorf("%s would be replaced by what is made of it: name another file with --out", path)
		}
		if !f.force {
			return "", fmt.Errorf("%s is there already: name another file with --out, or replace it with --force", out)
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return out, nil
}

// openWeights reads the tensors of a file, by its ending.
func openWeights(path string) (*model.File, error) {
	if err := checkModelPath(path); err != nil {
		return nil, err
	}
	if !isTorch(path) {
		return model.Open(path)
	}
	values, err := torch.Read(path)
	if err != nil {
		return nil, err
	}
	return model.FromTensors(path, values), nil
}

// isTorch reports whether a file's name has an ending of torch.save's.
func isTorch(path string) bool {
	return slices.Contains([]string{".pth", ".pt", ".ckpt"}, strings.ToLower(filepath.Ext(path)))
}
