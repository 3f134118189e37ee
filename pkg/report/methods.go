package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tightrope/pkg/record"
)

// MethodTables is the file that WriteMethods writes.
const MethodTables = "methods.md"

// Methods is a table of a comparison of training methods: errors in percent on the test images, as means with standard
// deviations over seeds, and, where others published results for the same network and radius, these, marked as quoted.
func Methods(r *record.Record) (header []string, rows [][]string, err error) {
	header = []string{"training", "seeds", record.InPercent(record.StandardName), record.InPercent(record.PGDName),
		record.InPercent(record.CertifiedName), "certified by", "clean choice %", "processor seconds per epoch", "from"}
	for runs := range methodRuns(r.Methods) {
		row, err := methodRow(runs)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, row)
	}
	t, err := taskOf(r)
	return header, append(rows, t.quoted()...), err
}

// methodRuns are the runs of each method, which stand together.
func methodRuns(all []record.Trained) iter.Seq[[]record.Trained] {
	return func(yield func([]record.Trained) bool) {
		for from := 0; from < len(all); {
			to := from
			for to < len(all) && all[to].Method == all[from].Method {
				to++
			}
			if !yield(all[from:to]) {
				return
			}
			from = to
		}
	}
}

// meanOf is a mean over runs, with the standard deviation if there are several.
func meanOf(runs []record.Trained, value func(record.Trained) float64) (string, error) {
	var values []float64
	for _, t := range runs {
		values = append(values, value(t))
	}
	s, err := record.Summarize(values)
	if err != nil || s.N < 2 {
		return record.Percent(s.Mean), err
	}
	return record.Percent(s.Mean) + " ± " + record.Percent(s.SD), nil
}

// methodRow is the row of the runs of one method.
func methodRow(runs []record.Trained) ([]string, error) {
	row := []string{runs[0].Method, strconv.Itoa(len(runs))}
	for _, value := range []func(record.Trained) float64{
		func(t record.Trained) float64 { return t.StandardError },
		func(t record.Trained) float64 { return t.PGDError },
		func(t record.Trained) float64 { return t.CertifiedError },
	} {
		cell, err := meanOf(runs, value)
		if err != nil {
			return nil, err
		}
		row = append(row, cell)
	}
	clean, seconds := none, none
	if runs[0].CleanChoiceError != nil {
		var err error
		if clean, err = meanOf(runs, func(t record.Trained) float64 { return *t.CleanChoiceError }); err != nil {
			return nil, err
		}
		clean += " (no bound)"
	}
	if s := runs[0].Second; s > 0 {
		seconds = strconv.FormatFloat(s, 'g', 2, 64)
	}
	return append(row, runs[0].Technique, clean, seconds, "measured"), nil
}

// methodsTask is what the runs of a comparison share, as its recipe tells.
type methodsTask struct {
	Data, Arch string
	Eps        float64
	Norm, Box  string
	Images     int
	// TrainSamples are the first samples of the training split; 0: all.
	TrainSamples int
	Techniques   []string       // at several radii, as their table names them
	Attack       *record.Attack // at several radii
}

func taskOf(r *record.Record) (t methodsTask, err error) {
	if err = json.Unmarshal(r.Recipe, &t); err != nil {
		err = fmt.Errorf("the recipe of %s does not tell what is compared: compare the runs again: %w", r.Name, err)
	}
	return t, err
}

// radius is that of Table 1's rows.
func (t methodsTask) radius() string { return strconv.FormatFloat(t.Eps, 'g', -1, 64) }

// threat names the norm and the box, where they are not the usual ones.
func (t methodsTask) threat() string {
	text := ""
	if t.Norm != "" && t.Norm != "linf" {
		text = " in " + t.Norm
	}
	if t.Box == "false" {
		text += ", without a box"
	}
	return text
}

// scale says how many images were trained on and measured, and for how long was trained.
func (t methodsTask) scale(runs []record.Trained) string {
	text := fmt.Sprintf("%d test images for each seed; ", t.Images)
	if t.TrainSamples > 0 {
		text += fmt.Sprintf("**trained on the first %d images only**, ", t.TrainSamples)
	}
	var epochs []string
	for _, run := range runs {
		if n := strconv.Itoa(run.Epochs); !slices.Contains(epochs, n) {
			epochs = append(epochs, n)
		}
	}
	return text + strings.Join(epochs, " or ") + " epochs."
}

// quoted are published results for the comparison's network and radius.
func (t methodsTask) quoted() (rows [][]string) {
	for _, q := range quoted {
		network, how, _ := strings.Cut(q.What, ", ")
		if q.Data == t.Data && q.Radius == t.radius() && "mlp-"+network == t.Arch {
			rows = append(rows, []string{"Fast-Lin, exact (CP)", none, number(q.Standard), number(q.PGD),
				number(q.Certified), how, none, none, "quoted: " + q.Source})
		}
	}
	return rows
}

// drop is what the paper's text states of the regularizers on this network and radius; empty: nothing.
func (t methodsTask) drop() string {
	for _, row := range table1 {
		if row.Data == t.Data && row.Radius == t.radius() && strings.HasPrefix(row.Recipe, t.Arch+"/") && row.Drop > 0 {
			return fmt.Sprintf("Quoted from the paper's text (Table 1, %s, ε = %s): the regularizers lower the "+
				"certified error by %g %% of itself.", row.Model, row.Radius, row.Drop)
		}
	}
	return ""
}

// WriteMethods writes the tables of all comparisons of training methods among records into dir. It returns an error
// if a record does not hold what its table shows, and if the file cannot be written.
func WriteMethods(dir string, records []*record.Record) error {
	records, _ = record.Latest(records)
	records = slices.SortedFunc(slices.Values(records), func(a, b *record.Record) int {
		return strings.Compare(a.Name, b.Name)
	})
	var b bytes.Buffer
	b.WriteString("# Training methods side by side\n\nWritten by `tightrope figures` from the records of " +
		"`tightrope compare`. Errors are percentages of test images, as means ± standard deviations over seeds. " +
		"The certified error counts images whose robustness was *not proven*; the PGD error counts images that are " +
		"misclassified after an attack. The error of a cascade's clean choice (Wong et al. 2018) is not a bound of " +
		"its error under attack: see docs/method.md, section 13. Processor seconds are the total over all cores " +
		"for one epoch at the target radius, without validation (median of three); for a cascade, they are those " +
		"of its first member.\n")
	for _, r := range records {
		if !r.IsMethods() {
			continue
		}
		t, err := taskOf(r)
		if err != nil {
			return err
		}
		header, rows, err := Methods(r)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n## %s on %s, ε = %g%s\n\n%s\n\n", t.Arch, t.Data, t.Eps, t.threat(), t.scale(r.Methods))
		if err := record.WriteTable(&b, record.Markdown, header, rows); err != nil {
			return err
		}
		if err := writeMethodRadii(&b, r); err != nil {
			return err
		}
		if text := t.drop(); text != "" {
			fmt.Fprintf(&b, "\n%s\n", text)
		}
	}
	return record.WriteAtomic(filepath.Join(dir, MethodTables), b.Bytes())
}
