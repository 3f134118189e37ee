package recipe

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tightrope/pkg/record"
)

// Row is one experiment of the paper's Table 1 with what is known of it beside our records.
type Row struct {
	Recipe string
	Data   string  // "mnist" or "cifar10"
	Model  string  // the paper's name of the network
	Radius string  // as a reader writes it
	Drop   float64 // the relative drop of the certified error by the regularizers that the paper's text states, in percent; 0: not stated
	// StepMS is the measured time of training on one sample, ms on 2 cores (docs/performance.md, README); 0: not
	// measured.
	StepMS float64
}

// Quoted are errors in percent that a publication states; NaN where it states none.
type Quoted struct {
	Data, Radius             string
	What                     string // network and how it was certified
	Source                   string
	Standard, PGD, Certified float64
}

// The rows of Table 1, and what the paper's text (section 5.1) says of them. The absolute numbers of its tables were
// lost when the paper became the text that this project works from.
var table1 = tableRows()

func tableRows() []Row {
	var rows []Row
	for _, d := range []struct {
		data, suffix, radius string
		drops                [3]float64 // 2x100 exact, small exact, small
	}{
		{"mnist", "mnist", "0.1", [3]float64{10.3, 18, 0.03}},
		{"mnist", "mnist-0.3", "0.3", [3]float64{8.7, 3.4, 3.13}},
		{"cifar10", "cifar10-2", "2/255", [3]float64{}},
		{"cifar10", "cifar10-8", "8/255", [3]float64{}},
	} {
		if d.data == "mnist" {
			rows = append(rows, Row{Recipe: "mlp-2x100/" + d.suffix, Data: d.data, Model: "2x100, exact", Radius: d.radius, Drop: d.drops[0], StepMS: 0.45})
		}
		rows = append(rows,
			Row{Recipe: "small-exact/" + d.suffix, Data: d.data, Model: "Small, exact", Radius: d.radius, Drop: d.drops[1], StepMS: 28},
			Row{Recipe: "small/" + d.suffix, Data: d.data, Model: "Small, 50 projections", Radius: d.radius, Drop: d.drops[2]},
			Row{Recipe: "large/" + d.suffix, Data: d.data, Model: "Large, 50 projections", Radius: d.radius},
			Row{Recipe: "xlarge/" + d.suffix, Data: d.data, Model: "XLarge, CROWN-IBP", Radius: d.radius, StepMS: 407})
	}
	return rows
}

var none64 = math.NaN()

// quoted are the results of others at the radii of Table 1.
var quoted = []Quoted{
	{"mnist", "0.1", "2x100, Fast-Lin", "Salman et al. 2019", 4.09, 13.39, 18.32},
	{"mnist", "0.1", "2x100, LP of every neuron", "Salman et al. 2019", 4.09, 13.39, 17.24},
	{"mnist", "0.1", "2x100, MILP (exact)", "Salman et al. 2019", 4.09, 13.39, 14.45},
	{"mnist", "0.3", "2x100, Fast-Lin", "Salman et al. 2019", 39.22, 57.29, 66.85},
	{"mnist", "0.3", "2x100, LP of every neuron", "Salman et al. 2019", 39.22, 57.29, 60.17},
	{"mnist", "0.3", "2x100, MILP (exact)", "Salman et al. 2019", 39.22, 57.29, 59.85},
	{"mnist", "0.3", "XLarge, CROWN-IBP", "Zhang et al. 2020", none64, none64, 7.02},
	{"cifar10", "2/255", "Small, 50 projections", "Wong et al. 2018", 38.9, none64, 52.8},
	{"cifar10", "2/255", "XLarge, CROWN-IBP", "Zhang et al. 2020", none64, none64, 46.03},
	{"cifar10", "8/255", "Small, 50 projections", "Wong et al. 2018", 72.2, none64, 79.2},
	{"cifar10", "8/255", "XLarge, CROWN-IBP", "Zhang et al. 2020", 54.02, none64, 66.94},
}

// NotRun marks a row of a table for which there is no record.
const NotRun = "NOT RUN HERE"

// Table1 is the part of the paper's Table 1 on one data set ("mnist", "cifar10"; empty: all): for each experiment the
// settings that records show, errors in percent on the test split as means over seeds (± standard deviation), with the
// scale at which they were run; "NOT RUN HERE" with the command and its cost where no record is; and the results that
// others published, marked as quoted.
func Table1(dataset string, records []*record.Record) (header []string, rows [][]string, err error) {
	header = append([]string{"ε", "network", "λ", "γ"}, errorColumns()...)
	header = append(header, "change of "+record.CertifiedName, "paper's change", "how it was run")
	for i, row := range table1 {
		if dataset != "" && row.Data != dataset {
			continue
		}
		own, err := row.cells(records)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, own...)
		if i+1 == len(table1) || table1[i+1].Radius != row.Radius {
			rows = append(rows, quotedCells(row.Data, row.Radius)...)
		}
	}
	if len(rows) == 0 {
		return nil, nil, fmt.Errorf("table 1 has no rows on data set %q: use mnist or cifar10", dataset)
	}
	return header, rows, nil
}

func quotedCells(dataset, radius string) (rows [][]string) {
	for _, q := range quoted {
		if q.Data == dataset && q.Radius == radius {
			rows = append(rows, []string{q.Radius, q.What, none, none, number(q.Standard), number(q.PGD), number(q.Certified), none, none, "quoted: " + q.Source})
		}
	}
	return rows
}

// cells are the table's lines of one experiment: one for each setting that was run, or one that says that none was.
func (r Row) cells(records []*record.Record) ([][]string, error) {
	paper := none
	if r.Drop > 0 {
		paper = "−" + strconv.FormatFloat(r.Drop, 'g', -1, 64) + " %"
	}
	all := experiments(r.Recipe, records)
	if len(all) == 0 {
		return [][]string{{r.Radius, r.Model, none, none, none, none, none, none, paper, r.missing()}}, nil
	}
	var rows [][]string
	for _, s := range all {
		change := none
		if base := baseline(all, s); base != nil {
			p, err := pairedBySeed(base, s.records)
			if err != nil {
				return nil, err
			}
			change = p
		}
		row := append([]string{r.Radius, r.Model, format(s.lambda), format(s.gamma)}, s.errors()...)
		rows = append(rows, append(row, change, paper, s.how))
	}
	return rows, nil
}

// missing says that a row was not run, how to run it, and what that costs.
func (r Row) missing() string {
	return fmt.Sprintf("%s: `tightrope sweep %s --pair --scale paper`%s", NotRun, r.Recipe, r.cost())
}

// cost is the time of training a pair at the paper's scale on 2 cores, from measured steps.
func (r Row) cost() string {
	paper, err := Get(r.Recipe, Paper)
	if err != nil || r.StepMS == 0 {
		return " (cost not measured)"
	}
	return fmt.Sprintf(" (about %s on 2 cores)",
		duration(2*float64(paper.Train.Epochs*trainingImages[r.Data])*r.StepMS/1000))
}

// trainingImages are the images left for training beside the default validation split.
var trainingImages = map[string]int{"mnist": 55000, "cifar10": 45000}

// duration shows seconds in a unit that leaves a small number.
func duration(seconds float64) string {
	switch hours := seconds / 3600; {
	case hours < 2:
		return fmt.Sprintf("%.0f minutes", seconds/60)
	case hours < 48:
		return fmt.Sprintf("%.0f hours", hours)
	default:
		return fmt.Sprintf("%.0f days", hours/24)
	}
}

// experiment are the runs of one recipe and scale with the same weights.
type experiment struct {
	name          string // with the scale
	how           string
	lambda, gamma float64
	records       []*record.Record
}

// experiments groups a recipe's records, the paper's scale first, baselines before regularized runs.
func experiments(recipe string, records []*record.Record) []experiment {
	var all []experiment
	for _, r := range records {
		if r.Kind != record.Train || r.Name != recipe {
			continue
		}
		i := slices.IndexFunc(all, func(e experiment) bool {
			return e.name == r.Experiment() && e.lambda == r.Lambda && e.gamma == r.Gamma
		})
		if i < 0 {
			i = len(all)
			all = append(all, experiment{name: r.Experiment(), lambda: r.Lambda, gamma: r.Gamma})
		}
		all[i].records = append(all[i].records, r)
	}
	for i := range all {
		all[i].how = howRun(all[i].records)
	}
	slices.SortStableFunc(all, func(a, b experiment) int {
		return cmp.Or(cmp.Compare(rank(a.name), rank(b.name)), cmp.Compare(a.name, b.name), cmp.Compare(a.gamma, b.gamma), cmp.Compare(a.lambda, b.lambda))
	})
	return all
}

// rank orders scales: paper, custom, quick.
func rank(experiment string) int {
	return slices.IndexFunc([]string{" (paper)", " (", ""}, func(mark string) bool { return strings.Contains(experiment, mark) })
}

// howRun is the scale, epochs, images and seeds of runs.
func howRun(records []*record.Record) string {
	r, err := FromRecord(records[0])
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

// baseline are the records without regularizer of the same recipe and scale; nil for the baseline itself, and where
// there are none.
func baseline(all []experiment, of experiment) []*record.Record {
	for _, e := range all {
		if e.name == of.name && e.lambda == 0 && e.gamma == 0 && (of.lambda != 0 || of.gamma != 0) {
			return e.records
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
	s, err := e.summary(metric)
	switch {
	case err != nil:
		return none
	case s.N < 2:
		return record.Percent(s.Mean)
	}
	return record.Percent(s.Mean) + " ± " + record.Percent(s.SD)
}

func (e experiment) summary(metric record.Metric) (record.Summary, error) {
	var values []float64
	for _, r := range e.records {
		v, err := metric(r)
		if err != nil {
			return record.Summary{}, err
		}
		values = append(values, v)
	}
	return record.Summarize(values)
}
