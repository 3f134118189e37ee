// Command scale writes the tables of docs/scale.md: what this machine was measured to do, and what other machines are
// estimated to need.
//
//	go run ./benchmarks/scale [-measure 3s] [-steps 2s [-skip REGEXP]] [-docs docs/scale.md] [record.json or run
//	folder]...
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"tightrope/pkg/record"
	_ "tightrope/pkg/xlamemory" // a program's choice: see its documentation
)

func main() {
	measure := flag.Duration("measure", 0, "time for each technique's bounds on each network; 0: they are not timed")
	steps := flag.Duration("steps", 0, "time for the training steps of each recipe; 0: they are not timed")
	skip := flag.String("skip", "", "regular expression of the names of recipes whose steps are not timed")
	peers := flag.String("peers", "benchmarks/results/peers.json", "record of make bench-peers, for the peers' times")
	docs := flag.String("docs", "", "Markdown file whose tables are replaced; empty: they are printed")
	flag.Parse()
	if err := run(*measure, *steps, *skip, *peers, *docs, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// section is one table, between two marks in the page.
type section struct {
	mark  string
	write func(io.Writer) error
}

func run(measure, steps time.Duration, skip, peers, docs string, paths []string) error {
	sections := []section{{"estimates", estimates}, {"estimated growth", growth}}
	if len(paths) > 0 {
		records, err := record.Find(paths...)
		if err != nil {
			return err
		}
		sections = append(sections, section{"measured training",
			func(w io.Writer) error { return training(w, records) }})
	}
	if measure > 0 {
		sections = append(sections, section{"measured verification",
			func(w io.Writer) error { return verification(w, measure) }})
	}
	if steps > 0 {
		sections = append(sections, section{"measured steps",
			func(w io.Writer) error { return throughput(w, steps, skip, peers) }})
	}
	for _, s := range sections { // before anything takes its time
		if err := put(docs, s.mark, nil); err != nil {
			return err
		}
	}
	for _, s := range sections {
		var b bytes.Buffer
		if err := s.write(&b); err != nil {
			return err
		}
		if docs == "" {
			fmt.Printf("%s\n\n%s\n", s.mark, &b)
		} else if err := put(docs, s.mark, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// put writes a section's text into the page as it is now; nil only checks that the page has the section.
func put(docs, mark string, text []byte) error {
	if docs == "" {
		return nil
	}
	page, err := os.ReadFile(docs)
	if err != nil {
		return err
	}
	changed, err := replaced(string(page), mark, string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", docs, err)
	}
	if text == nil {
		return nil
	}
	return record.WriteAtomic(docs, []byte(changed))
}

// replaced puts text between the marks of a section.
func replaced(page, mark, text string) (string, error) {
	begin, end := "<!-- "+mark+" -->\n", "<!-- end of "+mark+" -->"
	before, rest, found := strings.Cut(page, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", fmt.Errorf("it has no marks %q and %q: write them where the table belongs", strings.TrimSpace(begin),
			end)
	}
	return before + begin + text + end + after, nil
}
