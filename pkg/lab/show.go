package lab

import (
	"fmt"
	"os"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"tightrope/pkg/plot"
	"tightrope/pkg/record"
)

// BatchVariable is the environment variable that, set to anything but 0, makes
// [Live] and [Run] show static results: for notebooks that run without a reader.
const BatchVariable = "TIGHTROPE_BATCH"

// Batch reports whether no reader is present to move a slider: in a batch run, or outside a notebook.
func Batch() bool {
	v := os.Getenv(BatchVariable)
	return !gonbui.IsNotebook || v != "" && v != "0"
}

// exit is os.Exit, replaced in tests.
var exit = os.Exit

// Must ends the cell with a one-line message if err is not nil.
func Must(err error) {
	if err == nil {
		return
	}
	syncOutput()
	fmt.Fprintf(os.Stderr, "error: %s\n", strings.Join(strings.Fields(err.Error()), " "))
	exit(1)
}

// Get returns a result without its error; an error ends the cell as in [Must]: lab.Get(record.Read("runs/x")).
func Get[T any](value T, err error) T {
	Must(err)
	return value
}

// Show displays a figure, as lab.Show(plot.Neuron(-1, 1.5)); an error ends the cell.
// The notebook keeps an SVG and, for viewers without SVG, a PNG.
func Show(f *plot.Figure, err error) {
	Must(err)
	if !gonbui.IsNotebook {
		fmt.Printf("[figure] %s\n", f.Caption)
		return
	}
	image, err := plot.PNG(f, 660)
	Must(err)
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMEImageSVG:  string(plot.SVG(f)),
		protocol.MIMEImagePNG:  image,
		protocol.MIMETextPlain: f.Caption,
	}})
	gonbui.Sync()
}

// Markdown displays text, with formulas between dollar signs; the arguments are those of [fmt.Sprintf].
func Markdown(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !gonbui.IsNotebook {
		fmt.Println(text)
		return
	}
	gonbui.DisplayMarkdown(text)
	gonbui.Sync()
}

// Listing displays text unchanged in a monospaced font.
func Listing(text string) {
	if !gonbui.IsNotebook {
		fmt.Println(text)
		return
	}
	gonbui.DisplayMarkdown("```text\n" + strings.TrimRight(text, "\n") + "\n```")
	gonbui.Sync()
}

// Table displays a table; every row must be as long as the header.
func Table(header []string, rows ...[]string) {
	show(func(w *strings.Builder, f record.Format) error { return record.WriteTable(w, f, header, rows) })
}

// Results displays the errors of records, one row per split.
func Results(records ...*record.Record) {
	show(func(w *strings.Builder, f record.Format) error { return record.Table(w, f, records...) })
}

// show displays what write makes, as Markdown in a notebook and as plain text elsewhere.
func show(write func(*strings.Builder, record.Format) error) {
	format := record.Plain
	if gonbui.IsNotebook {
		format = record.Markdown
	}
	var out strings.Builder
	Must(write(&out, format))
	Markdown("%s", out.String())
}
