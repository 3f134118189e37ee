package gallery

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"tightrope/pkg/record"
)

// index is the page that lists the figures.
func index(dir string, all []Drawn, records []*record.Record) []byte {
	var b strings.Builder
	b.WriteString("# Figures\n\n`tightrope figures` (`make figures`) draws these figures from the records in " +
		"`results/` and `records/`; no number is typed in by hand. The [contact sheet](contact-sheet.png) shows all " +
		"of them on one page.\n")
	for _, d := range all {
		if d.Missing != "" {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n![%s](%s.svg)\n\nFiles: [SVG](%[3]s.svg), [PNG](%[3]s.png), "+
			"[source](%[3]s.json). ", d.Name, plainSpaces(d.Caption), d.Name, d.Name)
		writeSources(&b, dir, d.Records)
	}
	writeMissing(&b, all)
	writeTables(&b, records)
	return []byte(b.String())
}

func writeSources(b *strings.Builder, dir string, records []*record.Record) {
	if len(records) == 0 {
		b.WriteString("Drawn from the parameters in its source.\n")
		return
	}
	b.WriteString("Records:\n\n")
	for _, r := range records {
		inside, _ := within(dir, r.Path) // every record is kept in dir
		fmt.Fprintf(b, "- [`%s`](%s) %s\n", r.Hash[:12], filepath.ToSlash(inside), origin(r))
	}
}

// origin is the command that made a record, as far as the record tells.
func origin(r *record.Record) string {
	if r.Kind == record.Verify {
		return verifyCommand(r)
	}
	if r.Kind != record.Train {
		return "(" + r.Name + ", computed by `tightrope figures`)"
	}
	var recipe struct {
		Scale string `json:"scale"`
	}
	_ = json.Unmarshal(r.Recipe, &recipe) // an older recipe without a scale is said so below
	command := "tightrope train " + r.Name
	switch recipe.Scale {
	case "custom":
		return fmt.Sprintf("`%s` with its own recipe (in the record), seed %d, λ = %g, γ = %g", command, r.Seed,
			r.Lambda, r.Gamma)
	case "":
	default:
		command += " --scale " + recipe.Scale
	}
	return fmt.Sprintf("`%s --seed %d --lambda %g --gamma %g`", command, r.Seed, r.Lambda, r.Gamma)
}

// verifyRecipe is what the recipe of a verification, a ladder or of distances tells of its command.
type verifyRecipe struct {
	Model      string    `json:"model"`
	Data       string    `json:"data"`
	Eps        float64   `json:"eps"`
	Radii      []float64 `json:"radii"`
	Samples    int       `json:"samples"`
	Until      string    `json:"until"`
	PerImage   string    `json:"perImage"`
	Techniques string    `json:"techniques"`
	Largest    float64   `json:"largest"`
	Tolerance  float64   `json:"tolerance"`
}

// verifyCommand is the command that made a verification, a ladder or distances, as far as its recipe tells.
func verifyCommand(r *record.Record) string {
	recipe := verifyRecipe{Data: r.Dataset.Name}
	_ = json.Unmarshal(r.Recipe, &recipe) // an unreadable recipe leaves the command without its flags
	switch {
	case r.Distances != nil:
		return command("radius "+recipe.Model+" --attacks", "data", recipe.Data, "largest", recipe.Largest, "tolerance",
			recipe.Tolerance) + ", images " + ranges(r.Distances.Images)
	case len(r.Errors) > 0:
		radii := strings.Trim(strings.ReplaceAll(fmt.Sprint(recipe.Radii), " ", ","), "[]")
		return command("ladder "+recipe.Model, "data", recipe.Data, "samples", recipe.Samples, "radii", radii,
			"techniques", recipe.Techniques)
	}
	return command("verify "+recipe.Model, "data", recipe.Data, "eps", recipe.Eps, "samples", recipe.Samples, "until",
		recipe.Until, "per-image", recipe.PerImage)
}

// command writes a command of this program with its flags, names and values in turn, without those whose value is the
// zero value, which recipes do not tell.
func command(words string, flags ...any) string {
	for i := 0; i < len(flags); i += 2 {
		if !reflect.ValueOf(flags[i+1]).IsZero() {
			words += fmt.Sprintf(" --%s %v", flags[i], flags[i+1])
		}
	}
	return "`tightrope " + words + "`"
}

// ranges lists the images: 0-7, 9.
func ranges(images []record.ImageDistance) string {
	var parts []string
	for i := 0; i < len(images); {
		last := i
		for last+1 < len(images) && images[last+1].Index == images[last].Index+1 {
			last++
		}
		part := fmt.Sprint(images[i].Index)
		if last > i {
			part += fmt.Sprintf("-%d", images[last].Index)
		}
		parts, i = append(parts, part), last+1
	}
	return strings.Join(parts, ", ")
}

func writeMissing(b *strings.Builder, all []Drawn) {
	header := "\n## Missing\n\n"
	for _, d := range all {
		if d.Missing != "" {
			fmt.Fprintf(b, "%s- %s: %s\n", header, d.Name, d.Missing)
			header = ""
		}
	}
}

// writeTables lists the results of every training, and the paired comparison of each regularizer.
func writeTables(b *strings.Builder, records []*record.Record) {
	for _, name := range trainedNames(records) {
		group := trainings(records, name)
		fmt.Fprintf(b, "\n## Table: %s\n\n", name)
		if err := record.Table(b, record.Markdown, group...); err != nil {
			fmt.Fprintf(b, "%s\n", err)
		}
		for _, line := range comparisons(group) {
			fmt.Fprintf(b, "\n%s\n", line)
		}
	}
}

// comparisons pairs each regularized setting with the baseline of the same seeds, on the certified test error.
func comparisons(group []*record.Record) []string {
	all := record.Settings(group)
	i := slices.IndexFunc(all, record.Setting.Baseline)
	if i < 0 {
		return []string{"No baseline (λ = γ = 0) to compare with."}
	}
	var lines []string
	for _, s := range all {
		if s.Baseline() {
			continue
		}
		p, err := record.Compare(all[i].Records, s.Records, record.CertifiedErrorOn(record.Test))
		if err != nil {
			lines = append(lines, fmt.Sprintf("%s against none: %s.", s.Weights(), err))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s against none, certified test error: %s.", s.Weights(), p))
	}
	return lines
}
