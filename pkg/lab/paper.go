package lab

import (
	"os"

	"tightrope/pkg/data"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/report"
)

// ScaleVariable is the environment variable that, set to "paper", makes [Scale] the paper's.
const ScaleVariable = "TIGHTROPE_SCALE"

// Scale is the scale at which the notebooks train: quick, or the paper's if [ScaleVariable] says so. Any other value
// ends the cell.
func Scale() recipe.Scale {
	text := os.Getenv(ScaleVariable)
	if text == "" {
		return recipe.Quick
	}
	return Get(recipe.ParseScale(text))
}

// Miniature returns a recipe at the scale of [Scale]. At quick scale it is reduced further, to a number of images and
// epochs, for cells that show a training while the reader waits.
func Miniature(name string, images, epochs int) recipe.Recipe {
	r := Get(recipe.Get(name, Scale()))
	if Scale() != recipe.Quick {
		return r
	}
	r.Scale, r.TrainSamples, r.Train = "custom", images, r.Train.Compress(epochs)
	r.Train.Batch = min(r.Train.Batch, max(32, images/100))
	r.Eval.ValidateEvery, r.Eval.TestSamples, r.Eval.PGDSamples, r.Eval.CurveSample = 0, 1000, 200, 200
	return r
}

// Records reads the records stored with the figures, and those of the finished runs on this machine.
func Records() []*record.Record {
	found := Get(record.Find(append(record.Kept("../figures"), "../runs/*/record.json", "../runs/*/*/record.json",
		"../runs/*/*/*/record.json")...))
	kept, _ := record.Latest(found)
	return kept
}

// Of are the records of some experiments, by the names of their recipes.
func Of(records []*record.Record, recipes ...string) []*record.Record {
	var out []*record.Record
	for _, r := range records {
		for _, name := range recipes {
			if r.Kind == record.Train && r.Name == name {
				out = append(out, r)
			}
		}
	}
	return out
}

// Table1 displays the paper's Table 1 for a data set beside the records; see [report.Table1].
func Table1(dataset string, records []*record.Record) {
	header, rows, err := report.Table1(dataset, records)
	Must(err)
	withMissing(header, rows)
}

// Family displays the summary of a family of networks (Tables 2 and 4); see [report.Family.Summary].
func Family(f report.Family, records []*record.Record) {
	header, rows, err := f.Summary(records)
	Must(err)
	withMissing(header, rows)
}

// Members displays a family's networks and the results of each; see [report.Family.Table].
func Members(f report.Family, records []*record.Record) {
	header, rows, err := f.Table(records)
	Must(err)
	withMissing(header, rows)
}

// Have reports whether a data set is on this machine; if it is not, it displays what to do.
func Have(dataset string) bool {
	for _, s := range Get(data.List("")) {
		if s.Name == dataset && s.Present {
			return true
		}
	}
	Markdown("> **The data set %[1]s is not here, so this part is left out.** Run `bin/tightrope data fetch %[1]s` "+
		"in the repository (it says what to do without a network), then this cell again.", dataset)
	return false
}
