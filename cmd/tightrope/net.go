package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
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
		Short: "List architectures, show a network with what its bounds cost, complete a model file"}
	cmd.AddCommand(netListCommand(), netShowCommand(), netStampCommand(),
		netImportCommand(), netExportCommand())
	return cmd
}

func netListCommand() *cobra.Command {
	var set string
	cmd := &cobra.Command{
		Use: "list", Short: "List the named architectures", Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return listNets(cmd.OutOrStdout(), set) },
	}
	cmd.Flags().StringVar(&set, "data", "", "data set whose images the networks take; empty: "+dataOfName)
	return cmd
}

// dataOfName says which data set a named architecture is for where none is given.
const dataOfName = "cifar10 for cifar-..., else mnist"

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
	for _, name := range model.Concrete() {
		set := setFor(name, set)
		shape, classes, err := data.Shape(set)
		if err != nil {
			return err
		}
		n, err := net.Named(name, shape, classes)
		if err != nil {
			rows = append(rows, []string{name, "", "", "", "does not fit " + set + ": " + err.Error()})
			continue
		}
		rows = append(rows, []string{name, fmt.Sprint(n.NumParams()), fmt.Sprint(n.HiddenUnits()), fmt.Sprintf("%.3g",
			float64(n.ForwardFLOPs())/1e6), n.Arch().Text()})
	}
	if err := record.WriteTable(w, record.Plain, []string{"name", "parameters", "neurons", "MFLOP a sample", "layers"},
		rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nAlso mlp-LxW, 2layer(w,L), 3layer(k,w[,L]), 4layer(w,L) with numbers, and any "+
		"text such as \"conv(16,4,2,1) fc100 fc10\".\nRelus stand where no activation is named; \"fc100 tanh fc10\" "+
		"has another. Activations: "+activations()+".")
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
		Long: "Show a network's layers, shapes, parameters and neurons, the tensors that they were read from, what\n" +
			"the file says of the training, and for each technique of bounds the estimated operations and memory\n" +
			"for one sample, in verification and in a training step. --plan explains how each technique fits a\n" +
			"batch into --memory. Of an ONNX file (also gzipped) the nodes with their shapes are shown, and the " +
			"layers that\n" +
			"bounds are computed of. " + ofSmooth(technique.ForGraph),
		Args: exactly("an architecture or a model file", "tightrope net show mlp-2x100"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	s := cmd.Flags()
	s.StringVar(&f.data, "data", "", "data set whose images the network takes; empty: the file's, "+dataOfName)
	f.read.add(cmd)
	s.StringVar(&f.norm, "norm", "linf", "linf, l2 or l1")
	s.BoolVar(&f.plan, "plan", false, "explain the plan of every technique for --batch samples in --memory")
	addCount(s, &f.batch, "batch", 50, 1, "samples in one call, at least 1, for --plan")
	addMemory(cmd, &f.memory)
	return cmd
}

// addMemory declares the flag of the memory budget.
func addMemory(cmd *cobra.Command, memory *string) {
	cmd.Flags().StringVar(memory, "memory", "", "memory that bounds may take beside the process itself, e.g. 8GiB; "+
		"empty: half of what is free (train: three quarters)")
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
	fmt.Fprintln(w, "\nEstimates of the cost model for one sample in a call of its own, without the process itself:")
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
