package main

import (
	"fmt"
	"io"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/memory"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// costed are the techniques that show lists: those that bound in a compiled graph, and know the network's activations.
func costed(n *net.Network) (all []bound.Named) {
	smooth := len(n.Smooths()) > 0
	for _, t := range technique.Of(technique.ForGraph) {
		if graph, err := bound.ByID(t); err == nil && !(smooth && t.OfRelus()) {
			all = append(all, graph)
		}
	}
	return all
}

// unlimited is more memory than any plan needs.
const unlimited = 1 << 60

func writeCosts(w io.Writer, n *net.Network, norm ball.Norm) error {
	var rows [][]string
	for _, t := range costed(n) {
		row := []string{t.Name()}
		for _, training := range []bool{false, true} {
			s, err := bound.Plan(t, n, bound.PlanOptions{Batch: 1, Memory: unlimited, Norm: norm, Training: training})
			if err != nil {
				return err
			}
			cells := []string{fmt.Sprintf("%.3g", s.FLOPs/1e9), memory.Format(s.Bytes)}
			if _, alpha := t.(bound.AlphaOptions); alpha && training || !training && bound.IsEstimate(techniqueOf(t)) {
				cells = []string{"-", "-"} // never used so
			}
			row = append(row, cells...)
		}
		rows = append(rows, row)
	}
	return record.WriteTable(w, record.Plain, []string{"technique", "verification GFLOP", "memory", "training GFLOP",
		"memory"}, rows)
}

func techniqueOf(t bound.Named) bound.Technique {
	of, _ := t.(bound.Technique)
	return of
}
