package record

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAttackWords: whatever was attacked, the words tell how many images that were, and only where that is known.
func TestAttackWords(t *testing.T) {
	const samples = 400
	for _, images := range []int{1, 200, 399, 400} {
		for _, older := range []bool{false, true} {
			r := New("x", Train)
			s := SplitResult{Samples: samples, PGDSteps: 40, PGDError: 12.5}
			if older {
				r.Recipe = fmt.Appendf(nil, `{"eval":{"pgd_samples":%d}}`, images)
			} else {
				s.Attack = &Attack{Steps: 40, Restarts: 2, Images: images}
			}
			r.Results = map[string]SplitResult{Test: s}
			want := fmt.Sprintf("first %d images", images)
			if images == samples {
				want = "all images"
			}
			words := r.AttackWords(Test)
			if !strings.Contains(words, want) || strings.Contains(words, "older") != older ||
				strings.Contains(words, "3 starts") == older {
				t.Errorf("%d of %d images, older %v: %q", images, samples, older, words)
			}
			cell := PGDCell("12.50", r, r)
			if !strings.HasPrefix(cell, "12.50 (40 steps") {
				t.Errorf("cell %q", cell)
			}
			if named := strings.Contains(cell, want); named != (images < samples) {
				t.Errorf("%d of %d images: cell %q", images, samples, cell)
			}
		}
	}
}

// TestAttackWordsOfUnknown: an older attack without a recipe says nothing of its images, and no attack nothing at all.
func TestAttackWordsOfUnknown(t *testing.T) {
	r := New("x", Eval)
	r.Results = map[string]SplitResult{Test: {Samples: 9, PGDSteps: 40}, Validation: {Samples: 9}}
	if words := r.AttackWords(Test); strings.Contains(words, "images") {
		t.Errorf("%q", words)
	}
	if words := r.AttackWords(Validation); words != "" {
		t.Errorf("%q", words)
	}
	other := New("x", Train)
	other.Results = map[string]SplitResult{Test: {Samples: 9, PGDSteps: 40, Attack: &Attack{Images: 3}}}
	if cell := PGDCell("1.00", r, other); cell != "1.00 (40 steps, not of all images)" {
		t.Errorf("%q", cell)
	}
}

// oldHeader finds the headers that left open whether an error or an accuracy is meant.
var oldHeader = regexp.MustCompile(`"[^"]*\b(certified|standard|PGD) ?%[^%.0-9a-z][^"]*"|"(certified|standard|PGD) ?%"`)

// TestHeadersNameErrors: no source writes such a header of its own beside the names of this package.
func TestHeadersNameErrors(t *testing.T) {
	for text, want := range map[string]bool{`"certified %"`: true, `"PGD %, test"`: true, `"certified error %"`: false,
		`"certified %d falsified %d"`: false} {
		if oldHeader.MatchString(text) != want {
			t.Errorf("%s: want %v", text, want)
		}
	}
	files := 0
	for _, root := range []string{"../../cmd", "../../pkg"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			content, err := os.ReadFile(path)
			if found := oldHeader.Find(content); found != nil {
				t.Errorf("%s writes %s: use record.InPercent", path, found)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if files < 100 {
		t.Errorf("only %d sources were read", files)
	}
}
