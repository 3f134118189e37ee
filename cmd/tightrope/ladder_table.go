package main

import (
	"fmt"
	"io"

	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// writeLadder prints a row for each technique and radius: of one image whether it is certified, of several the
// certified error. PGD certifies nothing, and its rows say so.
func writeLadder(w io.Writer, r *record.Record, one bool) error {
	margins := map[string]string{}
	for _, rung := range r.Ladder {
		margins[fmt.Sprint(rung.Technique, rung.Eps)] = fmt.Sprintf("%.6f", rung.Margin)
	}
	errorColumn := record.InPercent(record.CertifiedName)
	if one {
		errorColumn = "outcome"
	}
	header := []string{"technique", "ε", "least margin", errorColumn, "unchecked", "unfinished", "inferred",
		"seconds"}
	var rows [][]string
	for _, e := range r.Errors {
		margin := margins[fmt.Sprint(e.Technique, e.Eps)]
		if margin == "" {
			margin = "-"
		}
		rows = append(rows, []string{e.Technique, fmt.Sprintf("%g", e.Eps), margin, ladderOutcome(e, one),
			fmt.Sprint(e.Unchecked), fmt.Sprint(e.Unfinished), fmt.Sprint(e.Inferred), fmt.Sprintf("%.2f", e.Seconds)})
	}
	if err := record.WriteTable(w, record.Plain, header, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "certified: by a proof that the checker confirmed; unchecked: robust by the solver's "+
		"word alone, counted as not\ncertified; unfinished: images whose programs ran out of time, counted as not "+
		"certified; inferred: decided by a theorem\nfrom another technique")
	return err
}

// ladderOutcome is a technique's error, or what it says of a single image.
func ladderOutcome(e record.LadderError, one bool) string {
	attack := e.Technique == technique.PGD.String()
	switch {
	case !one && attack:
		return record.Percent(e.Error) + " (" + record.PGDName + ")"
	case !one:
		return record.Percent(e.Error)
	case attack && e.Error > 0:
		return "attack found"
	case attack:
		return "no attack found"
	case e.Unchecked > 0:
		return "unchecked"
	case e.Error > 0:
		return "not certified"
	}
	return "certified"
}
