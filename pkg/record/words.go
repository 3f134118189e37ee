package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// The names of the three errors, in every table, figure and notebook. A certified error counts the images that are
// *not* certified, an upper bound of the robust error; a PGD error those that an attack changed, a lower bound.
const (
	StandardName  = "standard error"
	PGDName       = "PGD error"
	AttackedName  = "attacked error" // of attacks that are not all PGD
	CertifiedName = "certified error"
)

// NameOfAttacked is the name of the errors under attack of records: [PGDName] if all attacks are PGD.
func NameOfAttacked(records ...*Record) string {
	for _, r := range records {
		for _, s := range r.Results {
			if s.Attack != nil && s.Attack.Method != "" {
				return AttackedName
			}
		}
	}
	return PGDName
}

// InPercent is the header of a column, or the title of an axis, of a quantity in percent.
func InPercent(name string) string { return name + " %" }

// FirstAttacked returns the number of images that were attacked where these are only the first of a split, and 0 if
// they are all, or none, or if nobody knows.
func (r *Record) FirstAttacked(split string) int {
	if n, known := r.attacked(split); known && n < r.Results[split].Samples {
		return n
	}
	return 0
}

// attacked is the number of images of a split that were attacked. Of an older attack the recipe tells.
func (r *Record) attacked(split string) (n int, known bool) {
	s := r.Results[split]
	switch {
	case s.PGDSteps == 0:
		return s.Samples, true
	case s.Attack != nil:
		return s.Attack.Images, true
	}
	var recipe struct {
		Eval *struct {
			Images int `json:"pgd_samples"` // 0: all
		} `json:"eval"`
	}
	if json.Unmarshal(r.Recipe, &recipe) != nil || recipe.Eval == nil {
		return 0, false
	}
	return min(cmp.Or(recipe.Eval.Images, s.Samples), s.Samples), true
}

// AttackWords describes how a split was attacked: steps, starts of the attack, images, and whether it was an older one.
// It is empty if there was no attack.
func (r *Record) AttackWords(split string) string {
	s := r.Results[split]
	if s.PGDSteps == 0 {
		return ""
	}
	text := fmt.Sprintf("%d steps", s.PGDSteps)
	if s.Attack != nil {
		text = s.Attack.Words()
	}
	switch n, known := r.attacked(split); {
	case known && n < s.Samples:
		text += fmt.Sprintf(", first %d images", n)
	case known:
		text += ", all images"
	}
	if s.OlderAttack() {
		text += ", older attack"
	}
	return text
}

// PGDCell is the mean PGD error of records in percent as a table shows it: with the steps of the attack, and with how
// many images were attacked where these are not all of the row's, so that nobody compares it with the errors beside
// it. The text stands alone where the records were not attacked.
func PGDCell(percent string, records ...*Record) string {
	var parts []string
	if text, same := shared(records, (*Record).stepWords); same && text != "" {
		parts = append(parts, text)
	}
	switch first, same := shared(records, func(r *Record) int { return r.FirstAttacked(Test) }); {
	case !same:
		parts = append(parts, "not of all images")
	case first > 0:
		parts = append(parts, fmt.Sprintf("first %d images", first))
	}
	if len(parts) == 0 {
		return percent
	}
	return fmt.Sprintf("%s (%s)", percent, strings.Join(parts, ", "))
}

// stepWords tells by what the test images were attacked, without the starts of PGD; "" if they were not.
func (r *Record) stepWords() string {
	s := r.Results[Test]
	switch {
	case s.PGDSteps == 0:
		return ""
	case s.Attack != nil && s.Attack.Method != "":
		return s.Attack.Words()
	}
	return fmt.Sprintf("%d steps", s.PGDSteps)
}

// shared is a value that all records have, and whether it is the same.
func shared[T comparable](records []*Record, of func(*Record) T) (v T, same bool) {
	for i, r := range records {
		if now := of(r); i == 0 {
			v = now
		} else if now != v {
			var none T
			return none, false
		}
	}
	return v, true
}
