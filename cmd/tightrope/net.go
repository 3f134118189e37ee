package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/memory"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

func netCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "net",
		Short: "List, show, import, export and annotate networks"}
	cmd.AddCommand(netListCommand(), netShowCommand(), netStampCommand(),
		netImportCommand(), netExportCommand())
	return cmd
}

func netListCommand() *cobra.Command {
	var set string
	cmd := &cobra.Command{
		Use: "list", Short: "List the named architectures with their inputs, sizes and layers", Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return listNets(cmd.OutOrStdout(), set) },
	}
	cmd.Flags().StringVar(&set, "data", "", "data set that gives the input shape; empty: "+dataOfName)
	return cmd
}

// dataOfName says which data set a named architecture is for where none is given.
const dataOfName = "cifar10 for cifar-... and mnist for all others"

// setFor is the data set given, or that which a named architecture is for.
func setFor(name, given string) string {
	switch {
	case given != "":
		return given
	case strings.HasPrefix(name, "cifar-"):
		return "cifar10"
	}
	return "mnist"
}

func listNets(w io.Writer, set string) error {
	var rows [][]string
	for _, name := range slices.SortedFunc(slices.Values(model.Concrete()), byMember) {
		set := setFor(name, set)
		shape, classes, err := data.Shape(set)
		if err != nil {
			return err
		}
		n, err := net.Named(name, shape, classes)
		if err != nil {
			rows = append(rows, []string{name, set, "", "", "", "", "does not fit " + set + ": " + err.Error()})
			continue
		}
		input := fmt.Sprint(n.Arch().Input)
		rows = append(rows, []string{name, set, input, fmt.Sprint(n.NumParams()), fmt.Sprint(n.HiddenUnits()),
			fmt.Sprintf("%.3g", float64(n.ForwardFLOPs())/1e6), strings.TrimPrefix(n.Arch().Text(), input+" ")})
	}
	header := []string{"name", "data", "input", "parameters", "neurons", "MFLOP per sample", "layers"}
	if err := record.WriteTable(w, record.Plain, header, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nAn architecture may also be mlp-LxW, 2layer(w,L), 3layer(k,w[,L]) or 4layer(w,L) "+
		"with numbers, or text such as\n\"conv(16,4,2,1) fc100 fc10\". Layers without a named activation have relus; "+
		"\"fc100 tanh fc10\" has another one. Activations: "+activations()+".")
	return err
}

// netFlags say what a network takes and what its bounds may take.
type netFlags struct {
	data, norm, memory string
	read               modelFlags
	batch              int
	plan               bool
}

func netShowCommand() *cobra.Command {
	f := &netFlags{}
	cmd := &cobra.Command{
		Use:   "show NAME|TEXT|FILE|NET.onnx",
		Short: "Show a network's layers, shapes, parameters and neurons, and what each bound costs",
		Long: "Show a network's layers, shapes, parameters and neurons, the tensors that they were read from, what " +
			"the file says about the training and, for each technique, the estimated operations and memory per " +
			"sample in verification and in a training step. --plan explains how each technique fits a batch into " +
			"--memory.\n\nFor an ONNX file, which may be gzipped, show the nodes with their shapes, and the layers " +
			"on which bounds are computed.\n\n" + ofSmooth(technique.ForGraph),
		Args: exactly("an architecture or a model file", "tightrope net show mlp-2x100"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	s := cmd.Flags()
	s.StringVar(&f.data, "data", "", "data set that gives the input shape; empty: that of the file, or "+dataOfName)
	f.read.add(cmd)
	s.StringVar(&f.norm, "norm", "linf", "norm of the ball: linf, l2 or l1")
	s.BoolVar(&f.plan, "plan", false, "explain how every technique computes --batch samples within --memory")
	addCount(s, &f.batch, "batch", 50, 1, "with --plan: number of samples per call, at least 1")
	addMemory(cmd, &f.memory)
	return cmd
}

// addMemory declares the flag of the memory budget.
func addMemory(cmd *cobra.Command, memory *string) {
	cmd.Flags().StringVar(memory, "memory", "", "largest memory for bounds in addition to the process itself, e.g. "+
		"8GiB; empty: half of the free memory (train: three quarters)")
}

func (f *netFlags) run(cmd *cobra.Command, name string) error {
	w := cmd.OutOrStdout()
	if isONNX(name) {
		return showONNX(w, name)
	}
	n, read, err := f.network(cmd, name)
	if err != nil {
		return err
	}
	norm, err := ball.ParseNorm(f.norm)
	if err != nil {
		return err
	}
	if f.plan {
		return f.plans(w, n, norm)
	}
	fmt.Fprintf(w, "%s: %s\n\n", n.Name, n.Arch().Text())
	if err := n.Describe(w); err != nil {
		return err
	}
	if read != nil {
		if err := errors.Join(writeRead(w, read.Model), writeMetadata(w, read.File)); err != nil {
			return err
		}
	}
	fmt.Fprintln(w, "\nEstimated cost of one sample in a call of its own, without the process itself:")
	return writeCosts(w, n, norm)
}

// readModel is a network's file with what was read from it.
type readModel struct {
	*model.File
	*model.Model
}

// network is one from a file, with what was read, or a named one for a data set.
func (f *netFlags) network(cmd *cobra.Command, name string) (*net.Network, *readModel, error) {
	var file *model.File
	set := setFor(name, f.data)
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		if file, err = openModel(name); err != nil {
			return nil, nil, err
		}
		set = setFor("", cmp.Or(f.data, file.Origin.Data))
	}
	shape, classes, err := data.Shape(set)
	if err != nil {
		return nil, nil, err
	}
	if file == nil {
		n, err := net.Named(name, shape, classes)
		return n, nil, err
	}
	m, err := f.read.load(cmd.ErrOrStderr(), file, shape, classes)
	if err != nil {
		return nil, nil, err
	}
	n, err := net.FromModel(m)
	return n, &readModel{file, m}, err
}

// plans explains every technique's plan; one that does not fit says so.
func (f *netFlags) plans(w io.Writer, n *net.Network, norm ball.Norm) error {
	allowed, err := memory.Parse(f.memory)
	if err == nil && allowed == 0 {
		allowed, err = bound.DefaultMemory()
	}
	if err != nil {
		return err
	}
	for _, t := range costed(n) {
		s, err := bound.Plan(t, n, bound.PlanOptions{Batch: f.batch, Memory: allowed, Norm: norm, Caches: true,
			Training: bound.IsEstimate(techniqueOf(t))})
		if err != nil {
			fmt.Fprintf(w, "%v\n\n", err)
			continue
		}
		fmt.Fprintln(w, s.Explain())
	}
	return nil
}
