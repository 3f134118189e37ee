package report

import (
	"fmt"
	"strings"

	"tightrope/pkg/record"
)

// Room is a table of the parts of the certified error of trained networks: images that are misclassified, images that
// are not robust according to an exact verification, and robust images that the bound of the training does not certify,
// the room for tightness; means with their deviation over the seeds whose networks were verified. Below each
// regularized setting stand its paired differences from the setting without, with 95 % intervals. It returns an error
// if verifications of one network disagree.
func Room(records []*record.Record) (header []string, rows [][]string, err error) {
	metrics := roomMetrics(records)
	header = []string{"network", "λ", "γ", "seeds"}
	for _, m := range metrics {
		header = append(header, m.name)
	}
	var base record.Setting
	for _, s := range record.VerifiedSettings(records) {
		row := []string{s.Experiment, format(s.Lambda), format(s.Gamma), fmt.Sprint(len(s.Records))}
		for _, m := range metrics {
			cell, err := m.mean(s)
			if err != nil {
				return nil, nil, err
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
		switch {
		case s.Baseline():
			base = s
		case base.Experiment == s.Experiment:
			change, err := roomChange(base, s, metrics)
			if err != nil {
				return nil, nil, err
			}
			rows = append(rows, change)
		}
	}
	return header, rows, nil
}

// roomMetric is a column.
type roomMetric struct {
	name   string
	digits int // behind the point
	metric record.Metric
}

func roomMetrics(records []*record.Record) []roomMetric {
	return []roomMetric{
		{record.InPercent(record.StandardName), 2, record.StandardErrorOn(record.Test)},
		{"exact robust error %", 2, record.ExactErrorOf(records)},
		{record.InPercent(record.CertifiedName), 2, record.CertifiedErrorOn(record.Test)},
		{"room, points", 2, record.RoomOf(records)},
		{"r, last epoch of training", 4, lastR},
	}
}

// lastR is the mean gap r over the training samples of the last epoch.
func lastR(r *record.Record) (float64, error) {
	if len(r.Epochs) == 0 {
		return 0, fmt.Errorf("record of %s, seed %d, has no epochs", r.Name, r.Seed)
	}
	return r.Epochs[len(r.Epochs)-1].R, nil
}

// mean is the mean over a setting's runs, with the deviation.
func (m roomMetric) mean(s record.Setting) (string, error) {
	summary, err := s.Summary(m.metric)
	if err != nil {
		return "", err
	}
	if summary.N < 2 {
		return fmt.Sprintf("%.*f", m.digits, summary.Mean), nil
	}
	return fmt.Sprintf("%.*f ± %.*f", m.digits, summary.Mean, m.digits, summary.SD), nil
}

// difference is the mean difference over pairs, with its interval.
func (m roomMetric) difference(p record.Paired) string {
	signed := func(v float64) string {
		return strings.Replace(fmt.Sprintf("%+.*f", m.digits, v), "-", "−", 1)
	}
	text := signed(p.Difference.Mean)
	if p.Difference.N > 1 {
		text += fmt.Sprintf(" (%s to %s)", signed(p.Difference.Low), signed(p.Difference.High))
	}
	return text
}

// pairs writes a number of pairs.
func pairs(n int) string {
	if n == 1 {
		return "1 pair"
	}
	return fmt.Sprintf("%d pairs", n)
}

// roomChange is the row of differences between a setting and its baseline, over the seeds of both.
func roomChange(base, s record.Setting, metrics []roomMetric) ([]string, error) {
	a, b := common(base.Records, s.Records)
	row := []string{"difference", "", "", pairs(len(a))}
	for _, m := range metrics {
		cell := none
		if len(a) > 0 {
			p, err := record.Compare(a, b, m.metric)
			if err != nil {
				return nil, err
			}
			cell = m.difference(p)
		}
		row = append(row, cell)
	}
	return row, nil
}
