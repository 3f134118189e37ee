package lab

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
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

// Show displays a figure, as lab.Show(plot.Neuron(-1, 1.5)), and below it what its records are of; an error ends the
// cell. The notebook keeps an SVG and, for viewers without SVG, a PNG.
func Show(f *plot.Figure, err error) {
	Must(err)
	if !gonbui.IsNotebook {
		fmt.Printf("[figure] %s\n", f.Caption)
		return
	}
	image, err := plot.PNG(f, 660)
	Must(err)
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMEImageSVG:  svg(f),
		protocol.MIMEImagePNG:  image,
		protocol.MIMETextPlain: f.Caption,
	}})
	gonbui.Sync()
	small(about(f.Records))
}

// Beside displays figures next to each other, for comparing; on a narrow page they stand below each other.
func Beside(figures ...*plot.Figure) {
	captions, page := "", `<div style="display:flex;flex-wrap:wrap;gap:1em">`
	for _, f := range figures {
		captions += f.Caption + " "
		page += `<div style="flex:1 1 300px;max-width:450px">` + string(plot.SVG(f)) + "</div>"
	}
	if !gonbui.IsNotebook {
		fmt.Printf("[figures] %s\n", captions)
		return
	}
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMETextHTML: page + "</div>", protocol.MIMETextPlain: captions}})
	gonbui.Sync()
}

// textWidth is the width of a page-wide figure in a notebook, pixels: that of a column of text.
const textWidth = 900

// svg is a figure for a notebook: as wide as the text where it is made for the whole width of a page, and narrower
// where it is not. The size stands in the attributes, since pages show it as an image of its own too.
func svg(f *plot.Figure) string {
	text := string(plot.SVG(f))
	at := sizeOfSVG.FindStringSubmatchIndex(text)
	if at == nil {
		return text
	}
	width, err := strconv.ParseFloat(text[at[2]:at[3]], 64)
	height, err2 := strconv.ParseFloat(text[at[4]:at[5]], 64)
	if err != nil || err2 != nil || width <= 0 {
		return text
	}
	wide := textWidth * f.Share()
	return fmt.Sprintf(`%swidth="%.0f" height="%.0f"%s`, text[:at[0]], wide, wide*height/width, text[at[1]:])
}

var sizeOfSVG = regexp.MustCompile(`width="([\d.]+)pt" height="([\d.]+)pt"`)

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
