package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

func netCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "net", Short: "List architectures, and show a network with what its bounds cost"}
	cmd.AddCommand(netListCommand(), netShowCommand())
	return cmd
}

func netListCommand() *cobra.Command {
	var set string
	cmd := &cobra.Command{
		Use: "list", Short: "List the named architectures", Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return listNets(cmd.OutOrStdout(), set) },
	}
	cmd.Flags().StringVar(&set, "data", "", "data set whose images the networks take"+ownData)
	return cmd
}

func listNets(w io.Writer, set string) error {
	if _, _, err := data.Shape(dataOf("", set)); err != nil {
		return err
	}
	var rows [][]string
	for _, name := range model.Concrete() {
		n, err := namedNet(name, set)
		if err != nil {
			rows = append(rows, []string{name, "", "", "", "does not fit " + dataOf(name, set) + ": " + err.Error()})
			continue
		}
		rows = append(rows, []string{name, fmt.Sprint(n.NumParams()), fmt.Sprint(n.HiddenUnits()), fmt.Sprintf("%.3g",
			float64(n.ForwardFLOPs())/1e6), n.Arch().Text()})
	}
	if err := record.WriteTable(w, record.Plain, []string{"name", "parameters", "neurons", "MFLOP a sample", "layers"}, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w,
		"\nAlso mlp-LxW, 2layer(w,L), 3layer(k,w[,L]), 4layer(w,L) with numbers, and any text such as "+
			"\"conv(16,4,2,1) fc100 fc10\".")
	return err
}

// ownData explains the standard of --data.
const ownData = "; empty: cifar10 for the families of CIFAR networks, else mnist"

// dataOf is the data set whose images an architecture takes where none is given.
func dataOf(name, set string) string {
	switch {
	case set != "":
		return set
	case strings.HasPrefix(name, "cifar"):
		return "cifar10"
	}
	return "mnist"
}

// namedNet is a named architecture for a data set, or for its own where set is empty.
func namedNet(name, set string) (*net.Network, error) {
	shape, classes, err := data.Shape(dataOf(name, set))
	if err != nil {
		return nil, err
	}
	return net.Named(name, shape, classes)
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
		Use:   "show NAME|TEXT|FILE",
		Short: "Show a network's layers, shapes, parameters and neurons, and what each bound costs",
		Long: "Show a network's layers, shapes, parameters and neurons, the tensors that they were read from, and for each technique of bounds the\n" +
			"estimated operations and memory for one sample, in verification and in a training step. --plan explains how each technique fits a batch into --memory.",
		Args: exactly("an architecture or a model file", "tightrope net show mlp-2x100"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.OutOrStdout(), args[0]) },
	}
	s := cmd.Flags()
	s.StringVar(&f.data, "data", "", "data set whose images a named architecture takes"+ownData)
	f.read.add(cmd)
	s.StringVar(&f.norm, "norm", "linf", "linf, l2 or l1")
	s.BoolVar(&f.plan, "plan", false, "explain the plan of every technique for --batch samples in --memory")
	addCount(s, &f.batch, "batch", 50, 1, "samples in one call, at least 1, for --plan")
	addMemory(cmd, &f.memory)
	return cmd
}

// addMemory declares the flag of the memory budget.
func addMemory(cmd *cobra.Command, memory *string) {
	cmd.Flags().StringVar(memory, "memory", "", "memory that bounds may take beside the process itself, e.g. 8GiB; empty: half of what is free (train: three quarters)")
}

func (f *netFlags) run(w io.Writer, name string) error {
	n, read, err := f.network(name)
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
		if err := writeRead(w, read); err != nil {
			return err
		}
	}
	fmt.Fprintln(w, "\nEstimates of the cost model for one sample in a call of its own, without the process itself:")
	return writeCosts(w, n, norm)
}

// network is one from a file, with what was read, or a named one for a data set.
func (f *netFlags) network(name string) (*net.Network, *model.Model, error) {
	if info, err := os.Stat(name); (err != nil || info.IsDir()) && filepath.Ext(name) != ".safetensors" {
		n, err := namedNet(name, f.data)
		return n, nil, err
	}
	shape, classes, err := data.Shape(dataOf(f.read.arch, f.data))
	if err != nil {
		return nil, nil, err
	}
	m, err := f.read.load(name, shape, classes)
	if err != nil {
		return nil, nil, err
	}
	n, err := net.FromModel(m)
	return n, m, err
}

// writeRead says which tensor of the file became which parameter.
func writeRead(w io.Writer, m *model.Model) error {
	precision := "float32"
	if m.Float64 {
		precision = "float64"
	}
	fmt.Fprintf(w, "\nRead from the file, in %s (hash %s):\n\n", precision, m.Hash())
	var rows [][]string
	for i, l := range m.Layers {
		for _, p := range l.Params {
			from := p.Source
			if from == "" {
				from = "none: 0"
			}
			rows = append(rows, []string{fmt.Sprint(i), l.Spec.Text(), p.Name, from, fmt.Sprint(p.Shape)})
		}
	}
	return record.WriteTable(w, record.Plain, []string{"", "layer", "parameter", "tensor", "shape"}, rows)
}

// costed are the techniques that show lists.
func costed() []bound.Named {
	return []bound.Named{bound.IBP{}, bound.CROWNIBP(), bound.FastLin{Intermediate: bound.IBP{}}, bound.FastLin{}, bound.CROWN{}, bound.Projected{},
		bound.Best{}, bound.Zonotope{}, bound.AlphaOptions{}, bound.AlphaOptions{Joint: true}}
}

// unlimited is more memory than any plan needs.
const unlimited = 1 << 60

func writeCosts(w io.Writer, n *net.Network, norm ball.Norm) error {
	var rows [][]string
	for _, t := range costed() {
		row := []string{t.Name()}
		for _, training := range []bool{false, true} {
			s, err := bound.Plan(t, n, bound.PlanOptions{Batch: 1, Memory: unlimited, Norm: norm, Training: training})
			if err != nil {
				return err
			}
			cells := []string{fmt.Sprintf("%.3g", s.FLOPs/1e9), bound.FormatBytes(s.Bytes)}
			if _, alpha := t.(bound.AlphaOptions); alpha && training || !training && bound.IsEstimate(techniqueOf(t)) {
				cells = []string{"-", "-"} // never used so
			}
			row = append(row, cells...)
		}
		rows = append(rows, row)
	}
	return record.WriteTable(w, record.Plain, []string{"technique", "verification GFLOP", "memory", "training GFLOP", "memory"}, rows)
}

func techniqueOf(t bound.Named) bound.Technique {
	technique, _ := t.(bound.Technique)
	return technique
}

// plans explains every technique's plan; one that does not fit says so.
func (f *netFlags) plans(w io.Writer, n *net.Network, norm ball.Norm) error {
	memory, err := bound.ParseBytes(f.memory)
	if err != nil {
		return err
	}
	for _, t := range costed() {
		s, err := bound.Plan(t, n, bound.PlanOptions{Batch: f.batch, Memory: memory, Norm: norm, Caches: true, Training: bound.IsEstimate(techniqueOf(t))})
		if err != nil {
			fmt.Fprintf(w, "%v\n\n", err)
			continue
		}
		fmt.Fprintln(w, s.Explain())
	}
	return nil
}
