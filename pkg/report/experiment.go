package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// experiment is a setting of one recipe and scale; how says how it was run.
type experiment struct {
	record.Setting
	how string
}

// experiments groups a recipe's records, the paper's scale first, baselines before regularized runs.
func experiments(name string, records []*record.Record) []experiment {
	var own []*record.Record
	for _, r := range records {
		if r.Kind == record.Train && r.Name == name {
			own = append(own, r)
		}
	}
	var all []experiment
	for _, s := range record.Settings(own) {
		all = append(all, experiment{s, HowRun(s.Records)})
	}
	slices.SortStableFunc(all, func(a, b experiment) int {
		return cmp.Or(cmp.Compare(rank(a.Experiment), rank(b.Experiment)), cmp.Compare(a.Experiment, b.Experiment))
	})
	return all
}

// rank orders scales: paper, custom, quick.
func rank(experiment string) int {
	return slices.IndexFunc([]string{" (paper)", " (", ""},
		func(mark string) bool { return strings.Contains(experiment, mark) })
}

// HowRun is the scale, epochs, images and seeds of the runs of one setting.
func HowRun(records []*record.Record) string {
	r, err := recipe.FromRecord(records[0])
	if err != nil {
		return fmt.Sprintf("%d runs", len(records))
	}
	images := "all images"
	if r.TrainSamples > 0 {
		images = fmt.Sprintf("%d images", r.TrainSamples)
	}
	tested := ""
	if t := records[0].Results[record.Test]; t.Samples > 0 && t.Samples < 10000 {
		tested = fmt.Sprintf(", tested on %d", t.Samples)
	}
	if slices.ContainsFunc(records, olderAttack) {
		tested += ", older attack"
	}
	return fmt.Sprintf("%s scale: %d epochs of %s%s, %s",
		r.Scale, r.Train.Epochs, images, tested, seedCount(len(records)))
}

// olderAttack reports whether the PGD error of a record is by the older attack, whose errors must not be compared with
// newer ones.
func olderAttack(r *record.Record) bool { return r.Results[record.Test].OlderAttack() }

func seedCount(n int) string {
	if n == 1 {
		return "1 seed"
	}
	return fmt.Sprintf("%d seeds", n)
}

// baseline returns the records without regularizer of the same recipe and scale; nil for the baseline itself, and if
// there are none.
func baseline(all []experiment, of experiment) []*record.Record {
	for _, e := range all {
		if e.Experiment == of.Experiment && e.Baseline() && !of.Baseline() {
			return e.Records
		}
	}
	return nil
}

// pairedBySeed is the relative change of the certified test error over the seeds that both have.
func pairedBySeed(base, runs []*record.Record) (string, error) {
	a, b := common(base, runs)
	if len(a) == 0 {
		return none, nil
	}
	p, err := record.Compare(a, b, record.CertifiedErrorOn(record.Test))
	if err != nil {
		return "", err
	}
	text := strings.Replace(fmt.Sprintf("%+.1f %%", 100*p.Relative), "-", "−", 1)
	if p.Difference.N > 1 && !p.Significant() {
		text += " (interval holds 0)"
	}
	return text, nil
}

// mean is the mean of a metric with its deviation over seeds.
func (e experiment) mean(metric record.Metric) string {
	s, err := e.Summary(metric)
	switch {
	case err != nil:
		return none
	case s.N < 2:
		return record.Percent(s.Mean)
	}
	return record.Percent(s.Mean) + " ± " + record.Percent(s.SD)
}

// errorColumns are the headers of the cells of [experiment.errors].
func errorColumns() []string {
	return []string{record.InPercent(record.StandardName), record.InPercent(record.PGDName),
		record.InPercent(record.CertifiedName)}
}

// errors are the standard, PGD and certified error on the test split.
func (e experiment) errors() []string {
	return []string{e.mean(record.StandardErrorOn(record.Test)),
		record.PGDCell(e.mean(record.PGDErrorOn(record.Test)), e.Records...),
		e.mean(record.CertifiedErrorOn(record.Test))}
}
