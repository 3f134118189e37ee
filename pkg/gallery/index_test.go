package gallery

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// emptyFlag is a flag without a value, or with one that says nothing. Attacks is a switch.
var emptyFlag = regexp.MustCompile("--[a-z-]+ (`|--)|  |--(samples|eps|largest) 0[ `]")

// TestOrigins: the command that the page of figures gives for each committed record has a value behind every flag, and
// is that of the record's kind.
func TestOrigins(t *testing.T) {
	records, err := record.Find(record.Kept(filepath.Join("..", "..", "figures"))...)
	if err != nil || len(records) == 0 {
		t.Fatalf("%d records, error %v", len(records), err)
	}
	met := map[string]int{}
	for _, r := range records {
		command := origin(r)
		if emptyFlag.MatchString(strings.Replace(command, " --attacks", "", 1)) {
			t.Errorf("%s: %s", filepath.Base(r.Path), command)
		}
		if words := strings.Fields(command); words[0] == "`tightrope" {
			met[words[1]]++
		}
	}
	for _, name := range []string{"train", "verify", "ladder", "radius"} {
		if met[name] == 0 {
			t.Errorf("no record was made by tightrope %s: %v", name, met)
		}
	}
}

// TestCommand: flags with the zero value are left out.
func TestCommand(t *testing.T) {
	if got, want := command("verify M", "data", "", "eps", 0.1, "samples", 0, "until", "bab"),
		"`tightrope verify M --eps 0.1 --until bab`"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	images := []record.ImageDistance{{Index: 0}, {Index: 1}, {Index: 3}, {Index: 5}, {Index: 6}}
	if got, want := ranges(images), "0-1, 3, 5-6"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
