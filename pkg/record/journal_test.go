package record

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lines collects what a journal holds, up to a line that says stop; "???" is damaged.
func lines(all *[]string) func([]byte) (bool, error) {
	return func(line []byte) (bool, error) {
		text := strings.TrimSpace(string(line))
		if text == "???" {
			return false, errors.New("no JSON")
		}
		if text != `"stop"` {
			*all = append(*all, text)
		}
		return text != `"stop"`, nil
	}
}

// TestJournal: whatever a killed process leaves at the end is cut off when the journal is opened again, what was whole
// is kept, and what is appended stands where it is said to.
func TestJournal(t *testing.T) {
	for after, want := range map[string]string{"": "1 2", "3": "1 2", "3\n": "1 2 3", "3\n\"unfin": "1 2 3",
		"\"stop\"\n4\n": "1 2", "\n5": "1 2 "} {
		path := filepath.Join(t.TempDir(), "journal.jsonl")
		if err := os.WriteFile(path, []byte("1\n2\n"+after), 0o600); err != nil {
			t.Fatal(err)
		}
		var held []string
		j, err := OpenJournal(path, lines(&held))
		if err != nil || strings.Join(held, " ") != want {
			t.Fatalf("%q: held %q, %v, want %q", after, held, err, want)
		}
		before := j.Size()
		offset, length, err := j.Append("new")
		if err != nil || offset != before || j.Size() != before+length {
			t.Errorf("%q: appended at %d, %d bytes, %v; the size was %d", after, offset, length, err, before)
		}
		line := make([]byte, length)
		if _, err := j.ReadAt(line, offset); err != nil || string(line) != "\"new\"\n" {
			t.Errorf("%q: %q at %d, %v", after, line, offset, err)
		}
		if err := errors.Join(j.Sync(), j.Close(), j.Close()); err != nil {
			t.Error(err)
		}
		content, _ := os.ReadFile(path)
		if !bytes.HasSuffix(content, []byte("\n\"new\"\n")) || int64(len(content)) != before+length {
			t.Errorf("%q: the file holds %q", after, content)
		}
	}
}

// TestDamagedJournal: a whole line that cannot be read is an error that names it, and the file stays as it is.
func TestDamagedJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	content := []byte("1\n???\n3\n4")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var held []string
	_, err := OpenJournal(path, lines(&held))
	wantError(t, err, "line 2 is damaged")
	wantError(t, ReadJournal(path, lines(&held)), "line 2 is damaged")
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
		t.Errorf("the file holds %q now, %v", after, err)
	}
}

// TestJournalThatKeepsNothing: the zero value takes everything and holds nothing.
func TestJournalThatKeepsNothing(t *testing.T) {
	j := &Journal{}
	offset, length, err := j.Append("new")
	if err := errors.Join(err, j.Cut(0), j.Sync(), j.Close()); err != nil || offset != 0 || length != 0 {
		t.Errorf("%d, %d, %v", offset, length, err)
	}
	if _, err := j.ReadAt(make([]byte, 1), 0); err == nil {
		t.Error("it holds a byte")
	}
}
