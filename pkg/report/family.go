package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// Family is a set of networks that the paper compares as a whole (Tables 2 and 4).
type Family struct {
	Number int    // of the table
	Name   string // prefix of the recipes, e.g. "mnist-small-family"
	// StepMS is the measured time of CROWN-IBP training on one sample, ms on 2 cores; 0: not measured.
	StepMS float64
}

// The families of the paper's tables.
var (
	SmallFamily = Family{Number: 2, Name: "mnist-small-family", StepMS: 2.1}
	LargeFamily = Family{Number: 4, Name: "mnist-large-family", StepMS: 62}
)

// Members are the recipes of the family at its main radius, in order.
func (f Family) Members() []string {
	var members []string
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s/%d", f.Name, i)
		if _, err := recipe.Get(name, recipe.Paper); err != nil {
			return members
		}
		members = append(members, name)
	}
}

// Summary is the family's table: for each scale and pair of weights the best, median and worst certified error over its
// members, with mean and standard deviation (each member by its mean over seeds), in percent on the test split. A scale
// at which some members lack a record says so; where no record is at the paper's scale, a row says what it costs.
func (f Family) Summary(records []*record.Record) (header []string, rows [][]string, err error) {
	certified := record.InPercent(record.CertifiedName)
	header = []string{"λ", "γ", certified + ": best", "median", "worst", "mean ± sd",
		record.InPercent(record.StandardName) + ": mean ± sd", "members run", "how it was run"}
	members := f.Members()
	groups, order := f.groups(records)
	paper := false
	for _, key := range order {
		g := groups[key]
		paper = paper || strings.HasPrefix(key.how, recipe.Paper.String()+" ")
		certified, standard, err := g.summaries()
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, []string{format(key.lambda), format(key.gamma), record.Percent(certified.Min),
			record.Percent(certified.Median), record.Percent(certified.Max),
			meanSD(certified), meanSD(standard), fmt.Sprintf("%d of %d", len(g), len(members)), key.how})
	}
	if !paper {
		rows = append(rows, []string{none, none, none, none, none, none, none, fmt.Sprintf("0 of %d",
			len(members)), f.missing(len(members))})
	}
	return header, rows, nil
}

func meanSD(s record.Summary) string {
	if s.N < 2 {
		return record.Percent(s.Mean)
	}
	return record.Percent(s.Mean) + " ± " + record.Percent(s.SD)
}

// missing says what the family at the paper's scale takes.
func (f Family) missing(members int) string {
	r, err := recipe.Get(f.Name+"/1", recipe.Paper)
	if err != nil {
		return NotRun
	}
	images, err := data.TrainSize(r.Data)
	if err != nil {
		return NotRun
	}
	seeds := max(1, r.Plan.Seeds)
	seconds := 2 * float64(seeds*members*r.Train.Epochs*images) * f.StepMS / 1000
	return fmt.Sprintf("%s at the paper's scale: `tightrope sweep %s/1 ... %s/%d --pair --scale paper` (%s each, "+
		"about %s on 2 cores)",
		NotRun, f.Name, f.Name, members, seedCount(seeds), duration(seconds))
}

// familyKey tells apart what is summarized apart.
type familyKey struct {
	lambda, gamma float64
	how           string
}

// familyGroup are the runs of each member.
type familyGroup map[string]experiment

// groups collects the records of the family's members, in the order of the first member that has them.
func (f Family) groups(records []*record.Record) (map[familyKey]familyGroup, []familyKey) {
	groups := map[familyKey]familyGroup{}
	var order []familyKey
	for _, member := range f.Members() {
		for _, e := range experiments(member, records) {
			key := familyKey{e.Lambda, e.Gamma, e.how}
			if groups[key] == nil {
				groups[key] = familyGroup{}
				order = append(order, key)
			}
			groups[key][member] = e
		}
	}
	slices.SortStableFunc(order, func(a, b familyKey) int { return strings.Compare(a.how, b.how) })
	return groups, order
}

// summaries are those of the members' certified and standard errors.
func (g familyGroup) summaries() (certified, standard record.Summary, err error) {
	var c, s []float64
	for _, e := range g {
		one, err := e.Summary(record.CertifiedErrorOn(record.Test))
		if err != nil {
			return certified, standard, err
		}
		two, err := e.Summary(record.StandardErrorOn(record.Test))
		if err != nil {
			return certified, standard, err
		}
		c, s = append(c, one.Mean), append(s, two.Mean)
	}
	if certified, err = record.Summarize(c); err != nil {
		return certified, standard, err
	}
	standard, err = record.Summarize(s)
	return certified, standard, err
}

// Table lists the members: architecture, and the certified errors of every setting that was run.
func (f Family) Table(records []*record.Record) (header []string, rows [][]string, err error) {
	header = append(append([]string{"member", "network", "λ", "γ"}, errorColumns()...), "how it was run")
	for i, member := range f.Members() {
		r, err := recipe.Get(member, recipe.Paper)
		if err != nil {
			return nil, nil, err
		}
		n, err := model.NamedText(r.Arch, 10)
		if err != nil {
			return nil, nil, err
		}
		all := experiments(member, records)
		if len(all) == 0 {
			rows = append(rows, []string{strconv.Itoa(i + 1), n, none, none, none, none, none, NotRun})
		}
		for _, e := range all {
			row := append([]string{strconv.Itoa(i + 1), n, format(e.Lambda), format(e.Gamma)}, e.errors()...)
			rows = append(rows, append(row, e.how))
		}
	}
	return header, rows, nil
}
