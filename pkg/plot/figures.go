package plot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tightrope/pkg/record"
)

// recordFolder holds, inside the folder of figures, the records that they were drawn from, each named by its hash.
const recordFolder = "records"

// Drawn is one figure that [Redraw] wrote, or could not write.
type Drawn struct {
	Name    string
	Caption string
	Records []*record.Record
	Missing string // why it is missing; empty: it was drawn
}

// smallPNG writes bitmaps that a repository keeps: a tenth smaller, for a little time.
var smallPNG = png.Encoder{CompressionLevel: png.BestCompression}

// Redraw draws every figure that the records allow into dir: NAME.svg, NAME.png and NAME.json (what it was drawn from), a copy of
// every record under records/, contact-sheet.png, and index.md, which names the command and the record behind each figure and
// lists those whose record is missing. Of several records of one run the latest is drawn, and older ones under records/ are
// deleted. Without records only the figures of pure geometry are drawn.
func Redraw(dir string, records ...*record.Record) ([]Drawn, error) {
	if err := os.MkdirAll(filepath.Join(dir, recordFolder), 0o755); err != nil {
		return nil, fmt.Errorf("cannot make %s: %w: choose another folder", dir, err)
	}
	records, superseded := record.Latest(records)
	if err := keepRecords(dir, records); err != nil {
		return nil, err
	}
	for _, r := range superseded {
		if r.Path != "" && filepath.Clean(r.Path) == filepath.Clean(keptPath(dir, r)) {
			if err := os.Remove(r.Path); err != nil {
				return nil, err
			}
		}
	}
	var all []Drawn
	var figures []*Figure
	for _, p := range plans(records) {
		f, err := p.draw()
		d := Drawn{Name: p.name, Missing: p.missing}
		if err != nil {
			if d.Missing == "" {
				d.Missing = err.Error()
			}
			all = append(all, d)
			if err := removeFigure(dir, p.name); err != nil {
				return nil, err
			}
			continue
		}
		f.Name = p.name
		if err := writeFigure(dir, f); err != nil {
			return nil, err
		}
		all, figures = append(all, Drawn{Name: f.Name, Caption: f.Caption, Records: f.Records}), append(figures, f)
	}
	if err := removeStale(dir, all); err != nil {
		return nil, err
	}
	if err := writeContactSheet(filepath.Join(dir, "contact-sheet.png"), figures); err != nil {
		return nil, err
	}
	return all, record.WriteAtomic(filepath.Join(dir, "index.md"), index(all, records))
}

// keepRecords copies the records' files, byte by byte so that hashes stay, and writes those that were never in a file.
func keepRecords(dir string, records []*record.Record) error {
	for _, r := range records {
		if r.Path == "" {
			path := filepath.Join(dir, recordFolder, "."+slug(r.Name)+".json")
			if err := r.Write(path); err != nil {
				return err
			}
			if err := os.Rename(path, keptPath(dir, r)); err != nil {
				return err
			}
			r.Path = keptPath(dir, r)
			continue
		}
		content, err := os.ReadFile(r.Path)
		if err != nil {
			return err
		}
		if filepath.Clean(r.Path) == filepath.Clean(keptPath(dir, r)) {
			continue
		}
		if err := record.WriteAtomic(keptPath(dir, r), content); err != nil {
			return err
		}
	}
	return nil
}

func keptPath(dir string, r *record.Record) string {
	return filepath.Join(dir, recordFolder, slug(r.Name)+"-"+r.Hash[:12]+".json")
}

// slug is a name that is fit for a file.
func slug(name string) string {
	return strings.Trim(strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-':
			return c
		}
		return '-'
	}, strings.NewReplacer(": ", "-", " (", "-").Replace(name)), "-")
}

// source is what NAME.json says of a figure.
type source struct {
	Figure     string   `json:"figure"`
	Caption    string   `json:"caption"`
	Records    []string `json:"records,omitempty"` // SHA-256 of the records' files
	Parameters any      `json:"parameters,omitempty"`
}

func writeFigure(dir string, f *Figure) error {
	s := source{Figure: f.Name, Caption: plainSpaces(f.Caption), Parameters: f.Data}
	for _, r := range f.Records {
		s.Records = append(s.Records, r.Hash)
	}
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return fmt.Errorf("figure %s: %w", f.Name, err)
	}
	bitmap, err := PNG(f, 0)
	if err != nil {
		return err
	}
	for extension, content := range map[string][]byte{".svg": SVG(f), ".png": bitmap, ".json": append(text, '\n')} {
		if err := record.WriteAtomic(filepath.Join(dir, f.Name+extension), content); err != nil {
			return err
		}
	}
	return nil
}

// removeFigure deletes what an earlier run drew, so that no figure outlives its record.
func removeFigure(dir, name string) error {
	for _, extension := range []string{".svg", ".png", ".json"} {
		if err := os.Remove(filepath.Join(dir, name+extension)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// removeStale deletes the figures of records that are not there any more; a file that Redraw did not write stays.
func removeStale(dir string, drawn []Drawn) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if slices.ContainsFunc(drawn, func(d Drawn) bool { return d.Name == name }) {
			continue
		}
		var s source
		content, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(content, &s) != nil || s.Figure != name {
			continue
		}
		if err := removeFigure(dir, name); err != nil {
			return err
		}
	}
	return nil
}

func plainSpaces(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

// writeContactSheet puts all figures into one image.
func writeContactSheet(path string, figures []*Figure) error {
	if len(figures) == 0 {
		return nil
	}
	sheet, err := ContactSheet(figures, 3, 500)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := smallPNG.Encode(&out, sheet); err != nil {
		return err
	}
	return record.WriteAtomic(path, out.Bytes())
}

// index is the page that lists the figures.
func index(all []Drawn, records []*record.Record) []byte {
	var b strings.Builder
	b.WriteString("# Figures\n\nDrawn by `tightrope figures` (`make figures`) from the records under `records/`; nothing is typed in by hand. All of them at once: [contact sheet](contact-sheet.png).\n")
	for _, d := range all {
		if d.Missing != "" {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n![%s](%s.svg)\n\nFiles: [SVG](%[3]s.svg), [PNG](%[3]s.png), [source](%[3]s.json). ", d.Name, plainSpaces(d.Caption), d.Name, d.Name)
		writeSources(&b, d.Records)
	}
	writeMissing(&b, all)
	writeTables(&b, records)
	return []byte(b.String())
}

func writeSources(b *strings.Builder, records []*record.Record) {
	if len(records) == 0 {
		b.WriteString("Drawn from the parameters in its source.\n")
		return
	}
	b.WriteString("Records:\n\n")
	for _, r := range records {
		fmt.Fprintf(b, "- [`%s`](%s/%s-%s.json) %s\n", r.Hash[:12], recordFolder, slug(r.Name), r.Hash[:12], origin(r))
	}
}

// origin is the command that made a record, as far as the record tells.
func origin(r *record.Record) string {
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
		return fmt.Sprintf("`%s` with its own recipe (in the record), seed %d, λ = %g, γ = %g", command, r.Seed, r.Lambda, r.Gamma)
	case "":
	default:
		command += " --scale " + recipe.Scale
	}
	return fmt.Sprintf("`%s --seed %d --lambda %g --gamma %g`", command, r.Seed, r.Lambda, r.Gamma)
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
	all, err := settings(group)
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(all, func(s setting) bool { return s.lambda == 0 && s.gamma == 0 })
	if i < 0 {
		return []string{"No baseline (λ = γ = 0) to compare with."}
	}
	var lines []string
	for _, s := range all {
		if s.lambda == 0 && s.gamma == 0 {
			continue
		}
		p, err := record.Compare(all[i].records, s.records, record.CertifiedErrorOn(record.Test))
		if err != nil {
			lines = append(lines, fmt.Sprintf("%s against none: %s.", weights(s.lambda, s.gamma), err))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s against none, certified test error: %s.", weights(s.lambda, s.gamma), p))
	}
	return lines
}
