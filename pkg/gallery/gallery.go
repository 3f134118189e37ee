// Package gallery draws the folder of figures: it knows which figures there are, from which records each is drawn, what
// to run if a record is missing, and writes the page that lists them. The figures themselves are those of package plot,
// which draws the records it is given and does not depend on recipes.
package gallery

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tightrope/pkg/plot"
	"tightrope/pkg/record"
)

// Drawn is one figure that [Redraw] wrote, or could not write.
type Drawn struct {
	Name    string
	Caption string
	Records []*record.Record
	Missing string // why it is missing; empty: it was drawn
}

// Redraw draws every figure that the records allow into dir: NAME.svg, NAME.png and NAME.json (what it was drawn from),
// a copy under records/ of every record that is not among dir's results (see [record.Results]), contact-sheet.png, and
// index.md, which names the command and the record behind each figure and lists those whose record is missing. Of
// several records of one run the latest is drawn, and older ones under records/ are deleted. Without records only the
// figures of pure geometry are drawn. The records' paths become those in dir. It returns an error if a file cannot be
// read or written; a figure that cannot be drawn is Missing instead.
func Redraw(dir string, records ...*record.Record) ([]Drawn, error) {
	if err := os.MkdirAll(filepath.Join(dir, record.CopyFolder), 0o755); err != nil {
		return nil, fmt.Errorf("cannot make %s: %w: choose another folder", dir, err)
	}
	k := newKeeper(dir, records)
	records, superseded := record.Latest(records)
	if err := k.keep(records); err != nil {
		return nil, err
	}
	if err := k.remove(superseded); err != nil {
		return nil, err
	}
	// A second run finds the kept copies first: figures and lists must not depend on where a record was found.
	slices.SortFunc(records, func(a, b *record.Record) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Hash, b.Hash))
	})
	all, figures, err := draw(dir, plans(records))
	if err != nil {
		return nil, err
	}
	if err := removeStale(dir, all); err != nil {
		return nil, err
	}
	if err := writeContactSheet(filepath.Join(dir, "contact-sheet.png"), figures); err != nil {
		return nil, err
	}
	return all, record.WriteAtomic(filepath.Join(dir, "index.md"), index(dir, all, records))
}

// draw writes the files of every plan, and deletes those of the plans that cannot be drawn.
func draw(dir string, plans []plan) (all []Drawn, figures []*plot.Figure, err error) {
	for _, p := range plans {
		f, err := p.draw()
		if err != nil {
			all = append(all, Drawn{Name: p.name, Missing: cmp.Or(p.missing, err.Error())})
			if err := removeFigure(dir, p.name); err != nil {
				return nil, nil, err
			}
			continue
		}
		f.Name = p.name
		if err := writeFigure(dir, f); err != nil {
			return nil, nil, err
		}
		all, figures = append(all, Drawn{Name: f.Name, Caption: f.Caption, Records: f.Records}), append(figures, f)
	}
	return all, figures, nil
}

// source is what NAME.json says of a figure.
type source struct {
	Figure     string   `json:"figure"`
	Caption    string   `json:"caption"`
	Records    []string `json:"records,omitempty"` // SHA-256 of the records' files
	Parameters any      `json:"parameters,omitempty"`
}

func writeFigure(dir string, f *plot.Figure) error {
	s := source{Figure: f.Name, Caption: plainSpaces(f.Caption), Parameters: f.Data}
	for _, r := range f.Records {
		s.Records = append(s.Records, r.Hash)
	}
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return fmt.Errorf("figure %s: %w", f.Name, err)
	}
	bitmap, err := plot.PNG(f, 0)
	if err != nil {
		return err
	}
	for extension, content := range map[string][]byte{".svg": plot.SVG(f), ".png": bitmap,
		".json": append(text, '\n')} {
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
func writeContactSheet(path string, figures []*plot.Figure) error {
	if len(figures) == 0 {
		return nil
	}
	sheet, err := plot.ContactSheet(figures, 3, 500)
	if err != nil {
		return err
	}
	content, err := plot.EncodePNG(sheet)
	if err != nil {
		return err
	}
	return record.WriteAtomic(path, content)
}
