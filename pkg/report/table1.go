package report

import (
	"fmt"
	"math"
	"strconv"

	"tightrope/pkg/record"
)

// Row is one experiment of the paper's Table 1, with what is known about it apart from our records.
type Row struct {
	Recipe string
	Data   string // "mnist" or "cifar10"
	Model  string // the paper's name of the network
	Radius string // as a reader writes it
	// the relative drop of the certified error by the regularizers that the paper's text states, in percent; 0: not
	// stated
	Drop float64
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

// The rows of Table 1, and what the paper's text (section 5.1) says of them: relative drops of the certified error. The
// absolute numbers of its tables are not reproduced here.
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
			rows = append(rows, Row{Recipe: "mlp-2x100/" + d.suffix, Data: d.data, Model: "2x100, exact",
				Radius: d.radius, Drop: d.drops[0], StepMS: 0.45})
		}
		rows = append(rows,
			Row{Recipe: "small-exact/" + d.suffix, Data: d.data, Model: "Small, exact", Radius: d.radius,
				Drop: d.drops[1], StepMS: 28},
			Row{Recipe: "small/" + d.suffix, Data: d.data, Model: "Small, 50 projections", Radius: d.radius,
				Drop: d.drops[2]},
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
			rows = append(rows, []string{q.Radius, q.What, none, none, number(q.Standard), number(q.PGD),
				number(q.Certified), none, none, "quoted: " + q.Source})
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
			p, err := pairedBySeed(base, s.Records)
			if err != nil {
				return nil, err
			}
			change = p
		}
		row := append([]string{r.Radius, r.Model, format(s.Lambda), format(s.Gamma)}, s.errors()...)
		rows = append(rows, append(row, change, paper, s.how))
	}
	return rows, nil
}
