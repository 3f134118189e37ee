package lab

import (
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/record"
	"tightrope/pkg/report"
)

// Results displays the errors of trainings on their test images, one row a run. What all runs have in common stands in
// a line below the table, and the results on every split are folded below that.
func Results(records ...*record.Record) {
	if len(records) == 0 {
		Must(fmt.Errorf("no record to show: run the cell that trains first"))
	}
	header, rows, common := apart(records)
	Table(header, rows...)
	note := strings.Join(common, " · ") + "."
	if len(rows) > 1 {
		note = "All rows: " + note
	}
	small(note)
	if slices.ContainsFunc(records, func(r *record.Record) bool { return len(r.Results) > 1 }) {
		fold("The same on every split", func(w *strings.Builder, f record.Format) error {
			return record.Table(w, f, records...)
		})
	}
}

// resultColumn is a column of [Results]; errors always stand in the table, the others where the runs differ.
type resultColumn struct {
	name   string
	always bool
	cell   func(r *record.Record, s record.SplitResult) string
}

// What networks of others do not tell, and what there is to say of an attack that was not made.
const (
	notKnown    = "not known"
	notAttacked = "-"
)

func resultColumns(records []*record.Record) []resultColumn {
	attacked := slices.ContainsFunc(records, func(r *record.Record) bool { return r.Results[record.Test].PGDSteps > 0 })
	return []resultColumn{
		{"run", false, func(r *record.Record, _ record.SplitResult) string { return r.Name }},
		{"λ", false, func(r *record.Record, _ record.SplitResult) string { return weight(r, 0) }},
		{"γ", false, func(r *record.Record, _ record.SplitResult) string { return weight(r, 1) }},
		{"seed", false, func(r *record.Record, _ record.SplitResult) string {
			if seed, _, _ := r.Training(); seed != nil {
				return fmt.Sprint(*seed)
			}
			return notKnown
		}},
		{record.InPercent(record.StandardName), true, func(_ *record.Record, s record.SplitResult) string {
			return record.Percent(s.StandardError)
		}},
		{record.InPercent(record.NameOfAttacked(records...)), attacked, attackedCell},
		{record.InPercent(record.CertifiedName), true, func(_ *record.Record, s record.SplitResult) string {
			return record.Percent(s.CertifiedError)
		}},
		{"bound", false, func(_ *record.Record, s record.SplitResult) string { return s.Technique }},
		{"ε", false, func(_ *record.Record, s record.SplitResult) string { return fraction(s.Eps) }},
		{"test images", false, func(_ *record.Record, s record.SplitResult) string { return fmt.Sprint(s.Samples) }},
		{"attack", false, func(r *record.Record, s record.SplitResult) string {
			if s.PGDSteps == 0 {
				return notAttacked
			}
			return r.AttackWords(record.Test)
		}},
	}
}

func attackedCell(_ *record.Record, s record.SplitResult) string {
	if s.PGDSteps == 0 {
		return notAttacked
	}
	return record.Percent(s.PGDError)
}

// weight is that of d (0) or r (1); networks of others have none that is known.
func weight(r *record.Record, which int) string {
	_, lambda, gamma := r.Training()
	if w := []*float64{lambda, gamma}[which]; w != nil {
		return fmt.Sprintf("%g", *w)
	}
	return notKnown
}

// apart splits the columns into those that tell the rows apart, and what all rows share, as "seed 0".
func apart(records []*record.Record) (header []string, rows [][]string, common []string) {
	rows = make([][]string, len(records))
	for _, c := range resultColumns(records) {
		var cells []string
		for _, r := range records {
			cells = append(cells, c.cell(r, r.Results[record.Test]))
		}
		if distinct := slices.Compact(slices.Sorted(slices.Values(cells))); len(distinct) == 1 && !c.always {
			if cells[0] != notKnown && cells[0] != notAttacked {
				common = append(common, c.name+" "+cells[0])
			}
			continue
		}
		header = append(header, c.name)
		for i := range rows {
			rows[i] = append(rows[i], cells[i])
		}
	}
	return header, rows, common
}

// Effect displays what a regularizer changed, measure by measure: the means without and with it, and the mean of the
// differences between runs of the same seed, with its 95 % interval where there are several. Records that do not pair
// end the cell.
func Effect(without, with []*record.Record) {
	if len(without) == 0 || len(with) == 0 {
		Must(fmt.Errorf("no pair of records to compare: run the cell that trains first"))
	}
	header := []string{"measure", "without", "with " + record.WeightsText(with[0].Lambda, with[0].Gamma), "difference"}
	var rows [][]string
	for _, m := range effects() {
		if !has(m.metric, append(slices.Clone(without), with...)) {
			continue
		}
		p := Get(record.Compare(without, with, m.metric))
		difference := signed(m.digits, p.Difference.Mean)
		if p.Difference.N > 1 {
			difference += fmt.Sprintf(" (%s to %s)", signed(m.digits, p.Difference.Low),
				signed(m.digits, p.Difference.High))
		}
		rows = append(rows, []string{m.name, fmt.Sprintf("%.*f", m.digits, p.Base.Mean),
			fmt.Sprintf("%.*f", m.digits, p.Other.Mean), difference})
	}
	Table(header, rows...)
	note := "In parentheses the 95 % interval of the mean difference."
	if samples := without[0].Results[record.Test].Samples; len(without) < 2 && samples > 0 {
		note = fmt.Sprintf("One pair has no interval; a single test image is %.2f points.", 100/float64(samples))
	}
	small(about(append(slices.Clone(without), with...)) + ". " + note)
}

// effect is a row of [Effect].
type effect struct {
	name   string
	digits int // behind the point
	metric record.Metric
}

func effects() []effect {
	last := func(value func(record.EpochMetrics) float64) record.Metric {
		return func(r *record.Record) (float64, error) {
			if len(r.Epochs) == 0 || !r.Epochs[len(r.Epochs)-1].MeasuresTightness() {
				return 0, fmt.Errorf("the last epoch of %s did not measure d and r", r.Name)
			}
			return value(r.Epochs[len(r.Epochs)-1]), nil
		}
	}
	return []effect{
		{"certified error %, test", 2, record.CertifiedErrorOn(record.Test)},
		{"certified error %, validation", 2, record.CertifiedErrorOn(record.Validation)},
		{"standard error %, test", 2, record.StandardErrorOn(record.Test)},
		{"d, last epoch of training", 3, last(func(m record.EpochMetrics) float64 { return m.D })},
		{"r, last epoch of training", 4, last(func(m record.EpochMetrics) float64 { return m.R })},
		{"unstable neurons per sample, last epoch", 1, last(func(m record.EpochMetrics) float64 { return m.Unstable })},
	}
}

// has reports whether every record has a metric.
func has(metric record.Metric, records []*record.Record) bool {
	return !slices.ContainsFunc(records, func(r *record.Record) bool { _, err := metric(r); return err != nil })
}

func signed(digits int, v float64) string {
	return strings.Replace(fmt.Sprintf("%+.*f", digits, v), "-", "−", 1)
}

// Room displays where the certified error of exactly verified networks comes from; see [report.Room].
func Room(records []*record.Record) {
	header, rows, err := report.Room(records)
	Must(err)
	if len(rows) == 0 {
		Must(fmt.Errorf("no training with an exact verification: restore figures/results of the repository"))
	}
	Table(header, rows...)
}

// about says what records are of: recipe, epochs, images, seeds, radius and test images, for at most three experiments.
// It is empty for more, whose figures name them, and where none is a training.
func about(records []*record.Record) string {
	var parts []string
	for _, s := range record.Settings(slices.DeleteFunc(slices.Clone(records),
		func(r *record.Record) bool { return r.Kind != record.Train })) {
		text := s.Experiment
		if test, ok := s.Records[0].Results[record.Test]; ok {
			text = fmt.Sprintf("%s, ε = %s, %s", s.Records[0].Name, fraction(test.Eps), report.HowRun(s.Records))
		}
		if !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	if len(parts) > 3 {
		return ""
	}
	return strings.Join(parts, "; ")
}
